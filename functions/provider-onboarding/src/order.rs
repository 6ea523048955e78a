//! Orders, as the platform tells of them: what can be rated and complained about, and what complaints are a share of.
//!
//! Deliveries to this component run one after the other, so counting a day's orders in one document makes nobody wait.

use linli_sdk::Delivered;
use linli_sdk::prelude::*;
use linli_sdk::registry::Order;

use crate::day::Day;
use crate::problem;
use crate::provider::PROVIDERS;
use crate::terms::{DAY_SECONDS, TERMS};

/// Days orders and their counts are kept after their last change: the longest window, and a margin.
const KEEP_DAYS: u32 = 400;

/// An order that was paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Paid {
    /// Id of the hold.
    pub id: String,
    pub provider: String,
    /// None when no person paid.
    pub person: Option<PersonRef>,
    #[serde(with = "linli_sdk::micros")]
    pub paid_at: Timestamp,
    /// Of the payment.
    pub day: Day,
    /// What was paid, in minor units.
    #[serde(default)]
    pub amount: i64,
    /// What of it was given back since.
    #[serde(default)]
    pub refunded: i64,
    /// What it was rated, 1 to 5.
    pub stars: Option<u8>,
    pub complained: bool,
}

/// Orders of one provider on one day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Count {
    provider: String,
    day: Day,
    pub orders: u64,
}

/// All orders paid to providers admitted here.
pub(crate) const ORDERS: Collection<Paid> = Collection::new("orders").keep_days(KEEP_DAYS);
/// See [`Count`].
pub(crate) const BY_DAY: Index = Index::new("by_day", &["/provider", "/day"]);
/// How many a day.
pub(crate) const COUNTS: Collection<Count> =
    Collection::new("counts").indexes(&[BY_DAY]).keep_days(KEEP_DAYS);

/// An order was paid.
pub(crate) fn count_order(order: Order, event: &Delivered) -> Result<(), Problem> {
    if PROVIDERS.get(&order.provider).is_none() || ORDERS.get(&order.order).is_some() {
        return Ok(());
    }
    let day = Day::of(event.published_at);
    let id = format!("{}:{}", order.provider, day.as_str());
    let counted = COUNTS.get(&id);
    let orders = counted.map_or(0, |count| count.orders) + 1;
    COUNTS.put(&id, &Count { provider: order.provider.clone(), day: day.clone(), orders });
    let paid = Paid {
        id: order.order,
        provider: order.provider,
        person: order.person,
        amount: order.amount,
        refunded: 0,
        paid_at: event.published_at,
        day,
        stars: None,
        complained: false,
    };
    ORDERS.put(&paid.id, &paid);
    Ok(())
}

/// A part of an order, or all of it, was given back. It counts as an order all the same: giving money back neither undoes
/// what was complained about nor makes complaints a larger share.
pub(crate) fn note_refund(order: Order, _: &Delivered) -> Result<(), Problem> {
    if let Some(mut paid) = ORDERS.get(&order.order) {
        paid.refunded += order.amount;
        ORDERS.put(&paid.id, &paid);
    }
    Ok(())
}

impl Paid {
    /// Whether nothing is left that was paid for.
    pub fn is_refunded(&self) -> bool {
        self.amount > 0 && self.refunded >= self.amount
    }
}

/// The subject's own order with that provider, while it can be talked about.
pub(crate) fn own(provider: &str, order: &str) -> Result<Paid, Problem> {
    let subject = context::subject()?;
    let own = |paid: &Paid| paid.provider == provider && paid.person.as_ref() == Some(&subject);
    let paid = ORDERS.get(order).filter(own).ok_or_else(problem::order_unknown)?;
    let days = TERMS.get().feedback_days;
    if context::now() > paid.paid_at.plus_seconds(days * DAY_SECONDS) {
        return Err(problem::order_too_old(days));
    }
    Ok(paid)
}
