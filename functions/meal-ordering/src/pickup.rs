//! The counter: a code is good once.

use linli_sdk::prelude::*;
use linli_sdk::spoken_codes;

use crate::calendar::Day;
use crate::canteen::Meal;
use crate::card::masked_name;
use crate::events::{MEAL_PICKED_UP, MealNews};
use crate::menu::{MENU_ID, Menu, serves_here};
use crate::order::{BY_STATUS, Line, ORDERS, Order, Status};
use crate::{payment, problem};

/// Characters of a code: 35 bits of chance and one that checks them. Short enough for an elder to read out; only workers
/// and the staff of canteens can try codes at all.
pub(crate) const CODE_LENGTH: u32 = 8;
/// Days a code is kept: longer than a menu lies ahead, so that the second use is told from a code that never was.
const KEEP_DAYS: u32 = 90;

/// Most orders of one person at one meal that the counter is shown.
const MAX_WAITING: u32 = 50;

/// Which order a code belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub order: Id,
}

/// Codes by their text.
pub(crate) const CODES: Collection<Code> = Collection::new("codes").keep_days(KEEP_DAYS);

/// A code as somebody typed it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPickup {
    #[schemars(length(min = 8, max = 20))]
    pickup_code: String,
}

/// Whose meals.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhoseMeals {
    /// The menu.
    #[schemars(regex(pattern = MENU_ID))]
    id: String,
    /// As shown by `GET /card`: what the resident's card says when it is scanned.
    resident: PersonRef,
}

/// A meal that waits to be picked up.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WaitingMeal {
    order: Id,
    pickup_code: String,
    lines: Vec<Line>,
    note: Option<String>,
}

/// What a resident who has only the card at hand ordered, paid and did not pick up yet.
pub(crate) fn list_waiting_meals(wanted: WhoseMeals) -> Result<Page<WaitingMeal>, Problem> {
    let menu = Menu::find(&wanted.id)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    let paid = BY_STATUS.equal(menu.id).equal(Status::Paid.name()).equal(wanted.resident.as_str());
    let shown = |order: Order| WaitingMeal {
        order: order.id,
        pickup_code: order.pickup_code,
        lines: order.lines,
        note: order.note,
    };
    Ok(Page { items: ORDERS.first(&paid, MAX_WAITING).into_iter().map(shown).collect(), next: None })
}

/// What goes on the tray.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Pickup {
    order: Id,
    canteen: String,
    date: Day,
    meal: Meal,
    lines: Vec<Line>,
    note: Option<String>,
    /// To call out; none when the directory does not show it.
    name_masked: Option<String>,
    picked_up_at: Timestamp,
}

/// Hands the meal out, once; the canteen is paid in the same transaction.
pub(crate) fn create_pickup(NewPickup { pickup_code }: NewPickup) -> Result<Created<Pickup>, Problem> {
    let mut order = find(&pickup_code)?;
    let menu = Menu::find(&order.menu)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    order.check_paid()?;
    menu.check_called_off()?;
    let now = context::now();
    if now < menu.served_from {
        return Err(problem::pickup_too_early(menu.served_from));
    }
    if now >= menu.served_until {
        return Err(problem::order_missed());
    }
    payment::settle(&mut order, &menu);
    order.status = Status::PickedUp;
    order.picked_up_at = Some(now);
    order.save();
    MEAL_PICKED_UP.publish(&MealNews::of(&order));
    Ok(Created(Pickup {
        name_masked: masked_name(&order.person),
        order: order.id,
        canteen: order.canteen,
        date: order.date,
        meal: order.meal,
        lines: order.lines,
        note: order.note,
        picked_up_at: now,
    }))
}

fn find(typed: &str) -> Result<Order, Problem> {
    let length = usize::try_from(CODE_LENGTH).expect("a handful");
    let code = spoken_codes::read(typed, length).ok_or_else(problem::code_mistyped)?;
    CODES.get(&code).and_then(|code| ORDERS.get(&code.order)).ok_or_else(problem::code_unknown)
}
