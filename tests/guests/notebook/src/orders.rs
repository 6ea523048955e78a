//! Providers and orders: who is registered, and what is paid to them.

use linli_sdk::Delivered;
use linli_sdk::ledger::{self, HoldRequest, Refusal};
use linli_sdk::prelude::*;
use linli_sdk::registry::{self, Order, Provider, Standing};

/// How long an order stays open, in seconds.
const OPEN_SECONDS: i64 = 3_600;

/// A provider as far as tests care.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    provider: String,
    commission: u32,
    standing: Standing,
    licensed_until: Timestamp,
}

/// Registers a provider.
pub fn register_provider(new: Registration) -> Result<NoContent, Problem> {
    registry::put(&Provider {
        id: new.provider,
        name: "服务商".to_owned(),
        credit_code: "91330106673959654P".to_owned(),
        category: "test".to_owned(),
        commission: new.commission,
        public_key: None,
        standing: new.standing,
        licensed_until: new.licensed_until,
    });
    Ok(NoContent)
}

/// Which provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderId {
    provider: String,
}

/// How a provider stands.
pub fn show_provider(ProviderId { provider }: ProviderId) -> Result<Option<Standing>, Problem> {
    Ok(registry::get(&provider).map(|provider| provider.standing))
}

/// An order to place.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    provider: String,
    #[schemars(range(min = 1, max = 1_000))]
    amount: i64,
}

fn refused(refusal: Refusal) -> Problem {
    Problem::conflict("order-refused", "未能下单，请换一家。", format!("It was refused: {refusal:?}."))
}

/// Sets points aside for a provider; the id of the hold.
pub fn place_order(NewOrder { provider, amount }: NewOrder) -> Result<Created<String>, Problem> {
    let request = HoldRequest {
        book: "points".to_owned(),
        payer: ledger::Account::Subject,
        payee: ledger::Account::Provider(provider),
        maximum: amount,
        expires_at: context::now().plus_seconds(OPEN_SECONDS),
        memo: String::new(),
    };
    ledger::hold(&request).map(Created).map_err(refused)
}

/// What to do with an order.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    order: String,
    /// Nothing: it is given back.
    amount: Option<i64>,
}

/// Pays an order, or gives it back.
pub fn settle_order(Settlement { order, amount }: Settlement) -> Result<NoContent, Problem> {
    match amount {
        Some(amount) => ledger::capture(&order, amount).map(|_| NoContent).map_err(refused),
        None => ledger::release(&order).map(|()| NoContent).map_err(refused),
    }
}

/// What to give back of an order that was paid.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRefund {
    order: String,
    #[schemars(range(min = 1, max = 1_000))]
    amount: i64,
}

/// Gives back a part of an order; what is given back of it in all.
pub fn refund_order(OrderRefund { order, amount }: OrderRefund) -> Result<Created<i64>, Problem> {
    ledger::refund(&order, amount).map_err(refused)?;
    let state = ledger::hold_of(&order).expect("a hold that was refunded is there");
    Ok(Created(state.refunded))
}

/// Something the platform told.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Told {
    name: String,
    order: String,
    provider: String,
    amount: i64,
    commission: i64,
    person: Option<PersonRef>,
    component: String,
    expired: bool,
}

/// What the platform told, in the order of the events' ids.
pub const TOLD: Collection<Told> = Collection::new("told");

/// The platform tells of an order.
pub fn hear(order: Order, event: &Delivered) -> Result<(), Problem> {
    let Order { order, provider, amount, commission, person, component, expired, .. } = order;
    let name = event.name.clone();
    TOLD.put(&event.id, &Told { name, order, provider, amount, commission, person, component, expired });
    Ok(())
}

/// All of it.
pub fn list_told() -> Result<Page<Told>, Problem> {
    TOLD.scan(&Stretch::ids(""), 100, None)
}
