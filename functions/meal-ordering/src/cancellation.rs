//! Orders that end before they are eaten: portions and money go back, once.

use linli_sdk::prelude::*;

use crate::dish::counter;
use crate::events::{MEAL_CANCELLED, MEAL_LAPSED, MEAL_REFUNDED, MealNews, RefundCause};
use crate::helping::Helping;
use crate::menu::Menu;
use crate::order::{Order, OrderId, Status};
use crate::{payment, problem};

/// What a cancellation came to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CancelledOrder {
    id: Id,
    status: Status,
    /// What was set aside on the card of whoever paid, and can be spent again.
    released_fen: i64,
}

/// Cancels an order, paid or not.
pub(crate) fn cancel_order(OrderId { id }: OrderId) -> Result<CancelledOrder, Problem> {
    let mut order = Order::find_own(&id)?;
    if !order.is_payable() {
        order.check_paid()?;
    }
    let menu = Menu::find(&order.menu)?;
    if context::now() >= menu.cut_off {
        return Err(problem::cancel_too_late(menu.cut_off));
    }
    order.stop_waiting();
    let released_fen = cancel(&mut order, RefundCause::Cancelled);
    Ok(CancelledOrder { id, status: order.status, released_fen })
}

/// Ends an order that is not wanted, or not cooked, any more; how much was let go.
pub(crate) fn cancel(order: &mut Order, cause: RefundCause) -> i64 {
    let released_fen = free(order, Status::Cancelled);
    MEAL_CANCELLED.publish(&MealNews::of(order));
    if released_fen > 0 {
        MEAL_REFUNDED.publish(&MealNews::of(order).refunded(released_fen, cause));
    }
    released_fen
}

/// Ends an order that was not paid in time.
pub(crate) fn lapse(mut order: Order) {
    order.unpaid = None;
    free(&mut order, Status::Lapsed);
    MEAL_LAPSED.publish(&MealNews::of(&order));
}

/// Portions go back to the dishes, the person's helping and what was set aside are free again; how much that was.
fn free(order: &mut Order, status: Status) -> i64 {
    for line in &order.lines {
        stock::give(&counter(&order.menu, line.dish), line.quantity);
    }
    let mut helping = Helping::of(&order.menu, &order.person);
    helping.remove(order);
    helping.save(&order.menu, &order.person);
    let released = payment::release(order);
    order.status = status;
    order.save();
    released
}
