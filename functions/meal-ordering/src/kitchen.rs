//! What the kitchen needs to know: how much of what, what is in it, and what was asked for.

use std::collections::BTreeSet;

use linli_sdk::prelude::*;

use crate::calendar::Day;
use crate::canteen::Meal;
use crate::card::masked_name;
use crate::dish::{Allergen, Dish, Portions};
use crate::menu::{Menu, MenuId, serves_here};
use crate::order::{BY_NOTE, ORDERS, Order, Status};

/// Notes on one sheet: more than a kitchen can follow at one meal. Equal ones lie together.
const MAX_NOTES: u32 = 500;

/// One dish to cook.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DishCount {
    number: u32,
    name: String,
    /// Portions to cook. Orders that wait to be paid are in it until they lapse, at the latest at the cut-off.
    ordered: i64,
    /// Portions there may be in all.
    portions: i64,
    allergens: BTreeSet<Allergen>,
}

/// What somebody asked for.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KitchenNote {
    note: String,
    /// Which dishes it is about.
    dishes: Vec<NotedDish>,
    /// For the label on the plate; none when the directory does not show it.
    name_masked: Option<String>,
}

/// So many portions with a note.
#[derive(Serialize, JsonSchema)]
pub(crate) struct NotedDish {
    number: u32,
    quantity: i64,
}

/// The sheet of one meal.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KitchenSheet {
    menu: String,
    canteen: String,
    date: Day,
    meal: Meal,
    order_until: Timestamp,
    served_from: Timestamp,
    /// Whether the cut-off has passed, so that no order comes or goes any more.
    complete: bool,
    dishes: Vec<DishCount>,
    /// Of orders that are paid and not picked up yet.
    notes: Vec<KitchenNote>,
    /// Whether there are more notes than a sheet shows.
    more_notes: bool,
}

/// The sheet of a meal, for workers and for the provider that runs the canteen.
pub(crate) fn show_kitchen_sheet(MenuId { id }: MenuId) -> Result<KitchenSheet, Problem> {
    let menu = Menu::find(&id)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    let noted = BY_NOTE.equal(menu.id.as_str()).equal(Status::Paid.name());
    let page = ORDERS.scan(&noted, MAX_NOTES, None)?;
    Ok(KitchenSheet {
        complete: context::has_passed(menu.cut_off),
        dishes: menu.dishes.iter().map(|dish| count(dish, &menu.id)).collect(),
        more_notes: page.next.is_some(),
        notes: page.items.into_iter().filter_map(note).collect(),
        menu: menu.id,
        canteen: menu.title,
        date: menu.date,
        meal: menu.meal,
        order_until: menu.cut_off,
        served_from: menu.served_from,
    })
}

fn count(dish: &Dish, menu: &str) -> DishCount {
    let Portions { all, ordered } = dish.portions(menu);
    DishCount {
        number: dish.number,
        name: dish.name.clone(),
        ordered,
        portions: all,
        allergens: dish.allergens.clone(),
    }
}

fn note(order: Order) -> Option<KitchenNote> {
    let dishes = order.lines.iter().map(|line| NotedDish { number: line.dish, quantity: line.quantity });
    Some(KitchenNote { dishes: dishes.collect(), name_masked: masked_name(&order.person), note: order.note? })
}
