//! Booking a visit, with the price set aside; and cancelling it.

use linli_sdk::ledger::{self, Account, HoldRequest, Refusal};
use linli_sdk::prelude::*;

use crate::offer::{self, SLOTS, Slot};
use crate::price::{cancellation, deposit, price};
use crate::{manifest, problem, visit};

/// The book everything is paid in.
pub const BOOK: &str = "CNY";

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Status {
    /// The money is set aside; somebody will come.
    Booked,
    /// Done and paid.
    Completed,
    /// By the resident; what was due for it is paid.
    Cancelled,
    /// By the firm; nothing was paid.
    Refused,
    /// Nobody said that it was done; nothing was paid.
    Lapsed,
}

/// A booking, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Booking {
    pub id: Id,
    pub service: Id,
    pub slot: Id,
    pub person: PersonRef,
    #[serde(with = "linli_sdk::micros")]
    pub starts_at: Timestamp,
    pub minutes: i64,
    pub fen_per_hour: i64,
    /// Of the money set aside; also the id of the order, for ratings and complaints at the platform.
    pub order: String,
    pub price: i64,
    /// In the end.
    pub paid: i64,
    pub status: Status,
    /// When nobody says that it was done.
    pub timer: String,
    pub stars: Option<i64>,
}

/// A booking, as its resident sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    id: Id,
    service: Id,
    starts_at: Timestamp,
    minutes: i64,
    /// The id of the order, for ratings and complaints at the platform.
    order: String,
    price: i64,
    /// What a cancellation would cost now; what it has cost, or the work, when it is over.
    due: i64,
    status: Status,
}

const BY_PERSON: Index = Index::new("by_person", &["/person", "/starts_at"]);
/// For the firm: what lies ahead, and what was.
pub const BY_STATUS: Index = Index::new("by_status", &["/status", "/starts_at"]);
/// Kept two years, as long as somebody may complain.
pub const BOOKINGS: Collection<Booking> =
    Collection::new("bookings").indexes(&[BY_PERSON, BY_STATUS]).keep_days(730);

/// A visit was called off by whom it was for.
pub const CANCELLED: Event<Gone> = Event::new("booking.cancelled");

/// What others hear of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Gone {
    booking: Id,
    slot: Id,
}

impl Booking {
    fn shown(self, now: Timestamp) -> Shown {
        let due = if self.status == Status::Booked {
            cancellation(self.price, seconds_until(self.starts_at, now))
        } else {
            self.paid
        };
        let Self { id, service, starts_at, minutes, order, price, status, .. } = self;
        Shown { id, service, starts_at, minutes, order, price, due, status }
    }
}

/// The booking of this id, whoever's it is.
pub fn known(id: &Id) -> Result<Booking, Problem> {
    BOOKINGS.get(id).ok_or_else(problem::booking_unknown)
}

/// The caller's own booking of this id.
pub fn own(id: &Id) -> Result<Booking, Problem> {
    let person = context::subject()?;
    BOOKINGS.get(id).filter(|booking| booking.person == person).ok_or_else(problem::booking_unknown)
}

fn seconds_until(then: Timestamp, now: Timestamp) -> i64 {
    (then.micros() - now.micros()).div_euclid(1_000_000)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    service: Id,
    #[schemars(range(min = 30, max = 480))]
    minutes: i64,
}

/// What it would cost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quote {
    price: i64,
    /// What a cancellation within the last day costs.
    deposit: i64,
}

/// What so long a visit costs.
pub fn quote_service(Wanted { service, minutes }: Wanted) -> Result<Quote, Problem> {
    let price = price(offer::known(&service)?.fen_per_hour, minutes);
    Ok(Quote { price, deposit: deposit(price) })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBooking {
    slot: Id,
    #[schemars(range(min = 30, max = 480))]
    minutes: i64,
}

/// A resident books a visit: a worker is taken from the time, and the price is set aside.
pub fn create_booking(NewBooking { slot, minutes }: NewBooking) -> Result<Created<Shown>, Problem> {
    let (person, now) = (context::subject()?, context::now());
    let slot: Slot = SLOTS.get(&slot).ok_or_else(problem::slot_unknown)?;
    if slot.starts_at <= now {
        return Err(problem::slot_past());
    }
    if minutes > slot.minutes {
        return Err(problem::visit_too_long(slot.minutes));
    }
    let service = offer::known(&slot.service)?;
    let price = price(service.fen_per_hour, minutes);
    if !stock::take(&offer::workers(&slot.id), 1) {
        return Err(problem::slot_full());
    }
    let lapses_at = visit::lapses_at(&slot);
    let order = ledger::hold(&HoldRequest {
        book: BOOK.to_owned(),
        payer: Account::Subject,
        payee: Account::Provider(manifest::PROVIDER.to_owned()),
        maximum: price,
        // The timer comes first and says so; this is for when it cannot.
        expires_at: lapses_at.plus_seconds(86_400),
        memo: service.name.clone(),
    });
    let order = order.map_err(|refusal| match refusal {
        Refusal::Insufficient => problem::balance_too_low(price),
        _ => problem::charge_not_allowed(),
    })?;
    let id = context::new_id();
    let booking = Booking {
        timer: visit::LAPSED.schedule(lapses_at, &visit::Lapse { booking: id.clone() }),
        id,
        service: service.id,
        slot: slot.id,
        person,
        starts_at: slot.starts_at,
        minutes,
        fen_per_hour: service.fen_per_hour,
        order,
        price,
        paid: 0,
        status: Status::Booked,
        stars: None,
    };
    BOOKINGS.put(&booking.id, &booking);
    Ok(Created(booking.shown(now)))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    cursor: Option<String>,
}

/// A resident's bookings, the latest visit first.
pub fn list_bookings(Cursor { cursor }: Cursor) -> Result<Page<Shown>, Problem> {
    let now = context::now();
    let mine = BY_PERSON.equal(context::subject()?.as_str()).descending();
    Ok(BOOKINGS.scan(&mine, 50, cursor.as_deref())?.map(|booking| booking.shown(now)))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingId {
    /// Of the booking.
    pub id: Id,
}

/// A resident calls it off: free up to a day before, the deposit after that, and not at all once it has begun.
pub fn cancel_booking(BookingId { id }: BookingId) -> Result<Shown, Problem> {
    let now = context::now();
    let booking = own(&id)?;
    if booking.status != Status::Booked {
        return Err(problem::booking_closed());
    }
    let before = seconds_until(booking.starts_at, now);
    if before <= 0 {
        return Err(problem::visit_begun());
    }
    let due = cancellation(booking.price, before);
    let booking = close(booking, Status::Cancelled, due)?;
    stock::give(&offer::workers(&booking.slot), 1);
    CANCELLED.publish(&Gone { booking: booking.id.clone(), slot: booking.slot.clone() });
    Ok(booking.shown(now))
}

/// Ends it: pays what is due, frees the rest, and there is nothing left to wait for.
pub fn close(mut booking: Booking, status: Status, due: i64) -> Result<Booking, Problem> {
    let settled = if due > 0 {
        ledger::capture(&booking.order, due).map(drop)
    } else {
        ledger::release(&booking.order)
    };
    settled.map_err(|_| problem::booking_closed())?;
    linli_sdk::cancel(&booking.timer);
    booking.status = status;
    booking.paid = due;
    BOOKINGS.put(&booking.id, &booking);
    Ok(booking)
}
