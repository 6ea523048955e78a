//! The end of a meal, by the clock or because it is called off: its orders are closed, and the counters of its dishes
//! written down.
//!
//! Orders that nobody came for are charged as the terms say. When the meal was called off they are given back instead:
//! nobody pays for a kitchen without power.

use linli_sdk::prelude::*;

use crate::cancellation::{cancel, lapse};
use crate::events::{MEAL_MISSED, MealNews, RefundCause};
use crate::menu::{MENU_ID, MENUS, Menu, ShownMenu, serves_here};
use crate::order::{BY_STATUS, ORDERS, Order, Status};
use crate::terms::TERMS;
use crate::{payment, problem};

/// Fires when a meal is over, and again until all its orders are closed.
pub(crate) const MEAL_ENDED: Timer<MealEnded> = Timer::new("meal.ended");

/// Most orders that one transaction closes: each publishes two events at most, of which a call may publish 1,000.
const BATCH: u32 = 300;
/// What one transaction writes at most to close orders, of the 2,000 a call may write.
const MAX_WRITES: usize = 1_500;
/// What closing one order writes, besides giving back a portion for each of its lines: the order, the helping, the hold
/// and its expiry.
const WRITES: usize = 4;

/// Which menu.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MealEnded {
    pub menu: String,
}

/// A meal to call off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallingOff {
    /// The menu.
    #[schemars(regex(pattern = MENU_ID))]
    id: String,
    /// Shown to residents.
    #[schemars(length(min = 2, max = 100))]
    reason: String,
}

/// Calls a meal off: from this moment nothing is ordered or handed out, and everything that was paid and not picked up is
/// given back, as many orders as fit with this transaction and the others right after it.
pub(crate) fn call_off_menu(CallingOff { id, reason }: CallingOff) -> Result<ShownMenu, Problem> {
    let mut menu = Menu::find(&id)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    menu.check_called_off()?;
    if menu.is_over() {
        return Err(problem::meal_over());
    }
    menu.called_off = Some(reason);
    MENUS.put(&menu.id, &menu);
    close_orders(&mut menu);
    Ok(menu.show())
}

/// The reaction to the end of a meal, which may have been called off before.
pub(crate) fn end_meal(MealEnded { menu }: MealEnded) -> Result<(), Problem> {
    if let Some(mut menu) = MENUS.get(&menu).filter(|menu| !menu.is_closed()) {
        close_orders(&mut menu);
    }
    Ok(())
}

fn close_orders(menu: &mut Menu) {
    let with = |status: Status| BY_STATUS.equal(menu.id.as_str()).equal(status.name());
    // By the clock, the timers of unpaid orders come before this one, unless they were held up.
    let mut open = ORDERS.first(&with(Status::Held), BATCH);
    open.extend(ORDERS.first(&with(Status::Paid), BATCH));
    let no_show_charge = TERMS.get().no_show_charge;
    let (mut closed, mut writes) = (0, 0);
    for order in open.iter().take(BATCH as usize) {
        writes += WRITES + order.lines.len();
        if writes > MAX_WRITES {
            break;
        }
        close_order(order.clone(), menu, no_show_charge);
        closed += 1;
    }
    // With exactly as many as fit there may be others.
    if closed < open.len() || closed == BATCH as usize {
        MEAL_ENDED.schedule(context::now(), &MealEnded { menu: menu.id.clone() });
    } else {
        menu.close();
    }
}

fn close_order(mut order: Order, menu: &Menu, no_show_charge: u32) {
    if order.status == Status::Held {
        lapse(order);
    } else if menu.called_off.is_some() {
        cancel(&mut order, RefundCause::CalledOff);
    } else {
        miss(order, no_show_charge);
    }
}

fn miss(mut order: Order, share: u32) {
    let charged = payment::charge_no_show(&mut order, share);
    order.status = Status::Missed;
    order.save();
    MEAL_MISSED.publish(&MealNews::of(&order).charged(charged));
}
