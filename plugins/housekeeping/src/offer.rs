//! What is offered, and when: services with a price by the hour, and times at which so many workers are free.

use linli_sdk::prelude::*;

use crate::{firm, problem};

/// Longest visit, in minutes: a day's work.
pub const MAX_MINUTES: i64 = 480;
/// Days ahead up to which times are opened: money is set aside for 90 at most.
const MAX_DAYS: i64 = 60;

/// A kind of work.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Made when it is added.
    pub id: Id,
    /// `日常保洁`.
    pub name: String,
    /// For one worker.
    pub fen_per_hour: i64,
    /// How often it was rated.
    pub ratings: i64,
    /// Stars of all ratings together.
    pub stars: i64,
}

/// A time at which workers are free.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Slot {
    /// Made when it is opened.
    pub id: Id,
    /// For which work.
    pub service: Id,
    /// When they come.
    #[serde(with = "linli_sdk::micros")]
    #[schemars(with = "i64")]
    pub starts_at: Timestamp,
    /// How long they can stay.
    pub minutes: i64,
}

/// A time, as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FreeSlot {
    id: Id,
    starts_at: Timestamp,
    minutes: i64,
    /// Workers who are free then.
    free: i64,
}

/// In the order of their ids, the oldest first.
pub const SERVICES: Collection<Service> = Collection::new("services");
const BY_TIME: Index = Index::new("by_time", &["/service", "/starts_at"]);
/// Kept a year after they were opened.
pub const SLOTS: Collection<Slot> = Collection::new("slots").indexes(&[BY_TIME]).keep_days(365);

/// Name of the counter of workers who are free at a time.
pub fn workers(slot: &Id) -> String {
    format!("slot/{slot}")
}

/// The service of this id.
pub fn known(service: &Id) -> Result<Service, Problem> {
    SERVICES.get(service).ok_or_else(problem::service_unknown)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewService {
    #[schemars(length(min = 1, max = 40))]
    name: String,
    /// Up to 500 CNY.
    #[schemars(range(min = 100, max = 50_000))]
    fen_per_hour: i64,
}

/// The firm offers another kind of work.
pub fn add_service(new: NewService) -> Result<Created<Service>, Problem> {
    firm()?;
    let NewService { name, fen_per_hour } = new;
    let service = Service { id: context::new_id(), name, fen_per_hour, ratings: 0, stars: 0 };
    SERVICES.put(&service.id, &service);
    Ok(Created(service))
}

/// All services.
pub fn list_services() -> Result<Page<Service>, Problem> {
    SERVICES.scan(&Stretch::ids(""), 100, None)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlot {
    service: Id,
    starts_at: Timestamp,
    #[schemars(range(min = 30, max = 480))]
    minutes: i64,
    #[schemars(range(min = 1, max = 200))]
    workers: i64,
}

/// The firm says when how many workers are free.
pub fn open_slot(new: NewSlot) -> Result<Created<Slot>, Problem> {
    firm()?;
    let now = context::now();
    known(&new.service)?;
    if new.starts_at <= now || new.starts_at > now.plus_seconds(MAX_DAYS * 86_400) {
        return Err(problem::slot_unfit(MAX_DAYS));
    }
    let slot =
        Slot { id: context::new_id(), service: new.service, starts_at: new.starts_at, minutes: new.minutes };
    stock::open(&workers(&slot.id), new.workers);
    SLOTS.put(&slot.id, &slot);
    Ok(Created(slot))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotsOf {
    service: Id,
}

/// Times that lie ahead, the next one first.
pub fn list_slots(SlotsOf { service }: SlotsOf) -> Result<Page<FreeSlot>, Problem> {
    known(&service)?;
    let ahead = BY_TIME.equal(service.as_str()).after(context::now());
    let free = |slot: &Slot| stock::level(&workers(&slot.id)).map_or(0, |level| level.available);
    Ok(SLOTS.scan(&ahead, 100, None)?.map(|slot| FreeSlot {
        free: free(&slot),
        id: slot.id,
        starts_at: slot.starts_at,
        minutes: slot.minutes,
    }))
}
