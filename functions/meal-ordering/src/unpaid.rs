//! An order that waits to be paid: it is paid in time, or it lapses and its portions go back.

use linli_sdk::prelude::*;

use crate::cancellation::lapse;
use crate::events::{MEAL_PAID, MealNews};
use crate::helping::Helping;
use crate::menu::Menu;
use crate::order::{ORDERS, Order, OrderId, ShownOrder, Status};
use crate::{payment, problem};

/// Fires when an order was not paid in time.
pub(crate) const PAYMENT_OVERDUE: Timer<PaymentOverdue> = Timer::new("payment.overdue");

/// Which order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaymentOverdue {
    pub order: Id,
}

/// Pays an order that waits, from the card of the subject of the call: the one it is for, or the relative who ordered it
/// and now calls in their own name.
pub(crate) fn pay_order(OrderId { id }: OrderId) -> Result<ShownOrder, Problem> {
    let payer = context::subject()?;
    let concerns = |order: &Order| order.person == payer || order.acted_by.as_ref() == Some(&payer);
    let mut order = ORDERS.get(&id).filter(concerns).ok_or_else(problem::order_unknown)?;
    if !order.is_payable() {
        order.check_paid()?;
        return Err(problem::order_paid());
    }
    let menu = Menu::find(&order.menu)?;
    menu.check_called_off()?;
    if !payment::hold(&mut order, &menu)? {
        return Err(problem::card_short(order.to_pay_fen(), payment::available()));
    }
    order.stop_waiting();
    order.status = Status::Paid;
    let mut helping = Helping::of(&order.menu, &order.person);
    helping.pay();
    helping.save(&order.menu, &order.person);
    order.save();
    MEAL_PAID.publish(&MealNews::of(&order));
    Ok(order.into())
}

/// The reaction to the end of the wait; nothing is left to do when the order was paid or cancelled.
pub(crate) fn lapse_overdue(PaymentOverdue { order }: PaymentOverdue) -> Result<(), Problem> {
    if let Some(order) = ORDERS.get(&order).filter(|order| order.status == Status::Held) {
        lapse(order);
    }
    Ok(())
}
