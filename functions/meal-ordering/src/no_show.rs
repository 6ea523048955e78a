//! The end of a meal: orders that nobody came for are closed, and the counters of the dishes written down.

use linli_sdk::prelude::*;

use crate::events::{MEAL_MISSED, MealNews};
use crate::menu::{MENUS, Menu};
use crate::order::{BY_STATUS, ORDERS, Order, Status};
use crate::payment;
use crate::terms::TERMS;
use crate::unpaid::lapse;

/// Fires when a meal is over, and again until all its orders are closed.
pub(crate) const MEAL_ENDED: Timer<MealEnded> = Timer::new("meal.ended");

/// Orders of each kind that one transaction closes: each is a document, a hold and an event, well below what a call may
/// write.
const BATCH: u32 = 150;

/// Which menu.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MealEnded {
    pub menu: String,
}

/// The reaction to the end of a meal.
pub(crate) fn end_meal(MealEnded { menu }: MealEnded) -> Result<(), Problem> {
    let Some(menu) = MENUS.get(&menu) else { return Ok(()) };
    let with = |status: Status| BY_STATUS.equal(menu.id.as_str()).equal(status.name());
    // Their own timers come before this one, unless they were held up.
    let unpaid = ORDERS.first(&with(Status::Held), BATCH);
    let left = ORDERS.first(&with(Status::Paid), BATCH);
    let more = unpaid.len().max(left.len()) == BATCH as usize;
    unpaid.into_iter().for_each(lapse);
    let share = TERMS.get().no_show_charge;
    for order in left {
        miss(order, share);
    }
    if more {
        MEAL_ENDED.schedule(context::now(), &MealEnded { menu: menu.id });
    } else {
        close(menu);
    }
    Ok(())
}

fn miss(mut order: Order, share: u32) {
    let charged = payment::charge_no_show(&mut order, share);
    order.status = Status::Missed;
    order.save();
    MEAL_MISSED.publish(&MealNews::of(&order).charged(charged));
}

fn close(mut menu: Menu) {
    for dish in &mut menu.dishes {
        dish.close(&menu.id);
    }
    MENUS.put(&menu.id, &menu);
}
