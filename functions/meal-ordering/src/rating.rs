//! Ratings by whoever ate it.

use linli_sdk::prelude::*;

use crate::events::{MEAL_RATED, MealNews};
use crate::menu::{MENU_ID, Menu, serves_here};
use crate::order::{BY_RATING, ORDERS, Order, Rating, ShownOrder, Status};
use crate::problem;
use crate::terms::{DAY_SECONDS, TERMS};

/// Ratings on one page, when the caller does not say.
const RATINGS_SHOWN: u32 = 50;

/// A rating to give.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRating {
    id: Id,
    /// 5 is best.
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
    /// For the kitchen.
    #[schemars(length(min = 1, max = 300))]
    comment: Option<String>,
}

/// Rates a meal that was picked up, once.
pub(crate) fn rate_order(new: NewRating) -> Result<Created<ShownOrder>, Problem> {
    let mut order = Order::find_own(&new.id)?;
    let now = context::now();
    let eaten_at = eaten(&order)?;
    if order.rating.is_some() {
        return Err(problem::order_rated());
    }
    let days = TERMS.get().rating_days;
    if now >= eaten_at.plus_seconds(days * DAY_SECONDS) {
        return Err(problem::rating_too_late(days));
    }
    order.rating = Some(Rating { stars: new.stars, comment: new.comment, at: now });
    order.save();
    MEAL_RATED.publish(&MealNews::of(&order).rated(new.stars));
    Ok(Created(order.into()))
}

/// When the meal was picked up.
fn eaten(order: &Order) -> Result<Timestamp, Problem> {
    match (order.status, order.picked_up_at) {
        (Status::PickedUp, Some(at)) => Ok(at),
        _ => {
            order.check_paid()?;
            Err(problem::order_not_picked_up())
        }
    }
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RatingPage {
    /// The menu.
    #[schemars(regex(pattern = MENU_ID))]
    id: String,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// A rating, as the kitchen reads it: nothing about whose it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownRating {
    stars: u8,
    comment: Option<String>,
    at: Timestamp,
}

/// The ratings of a meal, newest first, for workers and for the provider that runs the canteen.
pub(crate) fn list_ratings(
    RatingPage { id, limit, cursor }: RatingPage,
) -> Result<Page<ShownRating>, Problem> {
    let menu = Menu::find(&id)?;
    serves_here(&context::caller(), menu.provider.as_deref())?;
    let rated = BY_RATING.equal(menu.id).descending();
    let page = ORDERS.scan(&rated, limit.unwrap_or(RATINGS_SHOWN), cursor.as_deref())?;
    let shown = |Rating { stars, comment, at }| ShownRating { stars, comment, at };
    Ok(Page {
        items: page.items.into_iter().filter_map(|order| order.rating.map(shown)).collect(),
        next: page.next,
    })
}
