//! Money given back by a worker, when something was wrong with a meal.

use linli_sdk::prelude::*;

use crate::events::{MEAL_REFUNDED, MealNews, RefundCause};
use crate::menu::Menu;
use crate::order::{ORDERS, Refund, Status};
use crate::terms::{DAY_SECONDS, TERMS};
use crate::{payment, problem};

/// A refund to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRefund {
    id: Id,
    /// Kept with the order.
    #[schemars(length(min = 2, max = 200))]
    reason: String,
}

/// What a refund came to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RefundedOrder {
    id: Id,
    status: Status,
    /// Back on the card of whoever paid.
    refunded_fen: i64,
    /// Back to whoever granted the subsidy.
    subsidy_fen: i64,
}

/// A worker gives back what was charged for a meal that is over, once: a wrong dish, a kitchen without power.
pub(crate) fn refund_order(new: NewRefund) -> Result<RefundedOrder, Problem> {
    let worker = context::subject()?;
    let mut order = ORDERS.get(&new.id).ok_or_else(problem::order_unknown)?;
    if !matches!(order.status, Status::PickedUp | Status::Missed) {
        order.check_paid()?;
        return Err(problem::order_not_picked_up());
    }
    let payer = order.payment.as_ref().map(|payment| &payment.payer);
    if payer == Some(&worker) || order.person == worker {
        return Err(problem::refund_to_oneself());
    }
    if payer.is_none_or(|payer| people::open(payer).is_none()) {
        return Err(problem::resident_unknown());
    }
    let menu = Menu::find(&order.menu)?;
    let days = TERMS.get().refund_days;
    if context::now() >= menu.served_until.plus_seconds(days * DAY_SECONDS) {
        return Err(problem::refund_too_late(days));
    }
    let refunded_fen = payment::refund(&order, menu.provider.as_deref());
    let subsidized = order.payment.as_ref().is_some_and(|payment| payment.subsidized);
    let subsidy_fen = if subsidized { order.subsidy_fen } else { 0 };
    order.status = Status::Refunded;
    order.refund = Some(Refund { reason: new.reason, by: worker, at: context::now() });
    order.save();
    MEAL_REFUNDED.publish(&MealNews::of(&order).refunded(refunded_fen, RefundCause::Worker));
    Ok(RefundedOrder { id: new.id, status: order.status, refunded_fen, subsidy_fen })
}
