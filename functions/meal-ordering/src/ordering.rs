//! Making an order: portions and money in one transaction.

use std::collections::BTreeMap;

use linli_sdk::prelude::*;
use linli_sdk::spoken_codes;

use crate::dish::{MAX_DISHES, counter};
use crate::events::{MEAL_ORDERED, MealNews};
use crate::helping::Helping;
use crate::menu::{MENU_ID, Menu};
use crate::order::{Line, Order, ShownOrder, Status, Unpaid};
use crate::payment::{self, MAX_ORDER_FEN};
use crate::pickup::{CODE_LENGTH, CODES, Code};
use crate::terms::TERMS;
use crate::unpaid::{PAYMENT_OVERDUE, PaymentOverdue};
use crate::{problem, subsidy};

/// Most portions on one line: a large family's worth.
const MAX_QUANTITY: i64 = 20;
/// Codes drawn before giving up. That one of 2^35 is taken is rare; four times in a row does not happen.
const DRAWS: usize = 4;

/// An order to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    #[schemars(regex(pattern = MENU_ID))]
    menu: String,
    /// Lines of one dish are added up.
    #[schemars(length(min = 1, max = MAX_DISHES))]
    lines: Vec<NewLine>,
    /// For the kitchen: less salt, cut small.
    #[schemars(length(min = 1, max = 60))]
    note: Option<String>,
    /// Now, when it is left out.
    #[serde(default)]
    payment: When,
}

/// So many portions of a dish.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLine {
    /// Its number on the menu.
    #[schemars(range(min = 1, max = MAX_DISHES))]
    dish: u32,
    #[schemars(range(min = 1, max = MAX_QUANTITY))]
    quantity: i64,
}

/// When an order is paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum When {
    /// From the card of whom it is for. Where there is too little on it, the order waits to be paid.
    #[default]
    Now,
    /// By `POST /orders/{id}/payment`: so a relative pays with their own card.
    Later,
}

/// Takes the portions, grants the subsidy and sets the money aside, or, with too little on the card, keeps the portions
/// for a while.
pub(crate) fn create_order(new: NewOrder) -> Result<Created<ShownOrder>, Problem> {
    let caller = context::caller();
    let person = context::subject_of(&caller)?;
    let menu = Menu::find(&new.menu).map_err(|problem| problem.at("/menu"))?;
    let now = context::now();
    menu.check_called_off()?;
    if !menu.takes_orders() {
        return Err(problem::orders_closed(menu.cut_off));
    }
    let lines = sum_lines(&menu, &new.lines)?;
    let total_fen: i64 = lines.iter().map(|line| line.price_fen * line.quantity).sum();
    if total_fen > MAX_ORDER_FEN {
        return Err(problem::order_too_large(MAX_ORDER_FEN));
    }
    let mut helping = Helping::of(&menu.id, &person);
    helping.add(&menu, &lines)?;
    take_portions(&menu, &lines)?;
    let subsidy_fen = subsidy::grant(&person, total_fen, helping.subsidy_fen);
    helping.subsidy_fen += subsidy_fen;
    let id = context::new_id();
    let mut order = Order {
        pickup_code: draw_code(&id)?,
        id,
        person,
        acted_by: caller.acted_by,
        canteen: menu.title.clone(),
        place: menu.place.clone(),
        date: menu.date.clone(),
        meal: menu.meal,
        lines,
        note: new.note,
        total_fen,
        subsidy_fen,
        status: Status::Paid,
        at: now,
        unpaid: None,
        payment: None,
        picked_up_at: None,
        rating: None,
        refund: None,
        menu: new.menu,
    };
    if new.payment == When::Later || !payment::hold(&mut order, &menu)? {
        wait_for_payment(&mut order, &menu, &mut helping, new.payment)?;
    }
    helping.save(&menu.id, &order.person);
    order.save();
    MEAL_ORDERED.publish(&MealNews::of(&order));
    Ok(Created(order.into()))
}

/// The lines with those of one dish added up, in the order of the menu.
fn sum_lines(menu: &Menu, lines: &[NewLine]) -> Result<Vec<Line>, Problem> {
    let mut summed: BTreeMap<u32, Line> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        let dish = menu.dish(line.dish);
        let dish = dish.ok_or_else(|| problem::dish_unknown(format!("/lines/{place}/dish")))?;
        let empty =
            Line { dish: dish.number, name: dish.name.clone(), quantity: 0, price_fen: dish.price_fen };
        summed.entry(dish.number).or_insert(empty).quantity += line.quantity;
    }
    Ok(summed.into_values().collect())
}

fn take_portions(menu: &Menu, lines: &[Line]) -> Result<(), Problem> {
    for line in lines {
        let counter = counter(&menu.id, line.dish);
        if !stock::take(&counter, line.quantity) {
            let left = stock::level(&counter).map_or(0, |level| level.available);
            return Err(problem::dish_short(line, left));
        }
    }
    Ok(())
}

/// Keeps the portions until the order is paid, for as long as the terms say and at most until the cut-off: then the
/// kitchen wants to know.
fn wait_for_payment(
    order: &mut Order,
    menu: &Menu,
    helping: &mut Helping,
    when: When,
) -> Result<(), Problem> {
    let terms = TERMS.get();
    if let Some(waiting) = &helping.unpaid {
        return Err(problem::order_unpaid(waiting));
    }
    if helping.tries >= terms.unpaid_tries {
        return Err(match when {
            When::Now => problem::card_short(order.to_pay_fen(), payment::available()),
            When::Later => problem::unpaid_too_often(),
        });
    }
    let pay_by = order.at.plus_seconds(terms.unpaid_minutes * 60).min(menu.cut_off);
    let timer = PAYMENT_OVERDUE.schedule(pay_by, &PaymentOverdue { order: order.id.clone() });
    order.unpaid = Some(Unpaid { pay_by, timer });
    order.status = Status::Held;
    helping.unpaid = Some(order.id.clone());
    helping.tries += 1;
    Ok(())
}

/// A code that no order has, given to this one.
fn draw_code(order: &Id) -> Result<String, Problem> {
    for _ in 0..DRAWS {
        let code = spoken_codes::draw(CODE_LENGTH);
        if CODES.get(&code).is_none() {
            CODES.put(&code, &Code { order: order.clone() });
            return Ok(code);
        }
    }
    Err(problem::codes_short())
}
