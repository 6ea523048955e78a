//! Ratings: one for each order. A provider's sum and number are counters of stock, so that residents who rate at once do
//! not wait for each other.

use linli_sdk::prelude::*;

use crate::order::{self, ORDERS};
use crate::problem;
use crate::terms::Terms;

/// Most stars a counter holds: more than all residents of a city ever give.
const CEILING: i64 = 1_000_000_000;

/// A rating.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRating {
    /// The provider.
    #[schemars(regex(pattern = r"^[0-9A-Z]{18}$"))]
    id: String,
    /// One's own order with it.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9._~:-]+$"))]
    order: String,
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
}

/// What was rated.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Rated {
    order: String,
    stars: u8,
}

/// What a provider was given.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Rating {
    /// On average, in hundredths of a star; none without ratings.
    pub stars_centi: Option<i64>,
    pub ratings: i64,
}

/// Rates an order of one's own.
pub(crate) fn rate_order(new: NewRating) -> Result<Created<Rated>, Problem> {
    crate::provider::find(&new.id)?;
    let mut paid = order::own(&new.id, &new.order)?;
    if paid.stars.is_some() {
        return Err(problem::order_rated());
    }
    if paid.is_refunded() {
        return Err(problem::order_refunded());
    }
    paid.stars = Some(new.stars);
    ORDERS.put(&paid.id, &paid);
    // What is taken is what was given; a counter that is full counts no more.
    let _ = stock::take(&stars(&new.id), i64::from(new.stars)) && stock::take(&ratings(&new.id), 1);
    Ok(Created(Rated { order: paid.id, stars: new.stars }))
}

/// Makes a new provider's counters.
pub(crate) fn open_counters(provider: &str) {
    stock::open(&stars(provider), CEILING);
    stock::open(&ratings(provider), CEILING);
}

/// What it was given so far, and what it ranks as, in hundredths of a star: as if it had had the terms' number of
/// ratings before, so that one friend's five stars do not make a first place.
pub(crate) fn rating(provider: &str, terms: &Terms) -> (Rating, i64) {
    let used = |counter: &str| stock::level(counter).map_or(0, |level| level.ceiling - level.available);
    let (sum, ratings) = (used(&stars(provider)), used(&ratings(provider)));
    let stars_centi = (ratings > 0).then(|| sum * 100 / ratings);
    let weight = ratings + terms.prior_ratings;
    let rank = if weight > 0 {
        (sum * 100 + terms.prior_stars_centi * terms.prior_ratings) / weight
    } else {
        terms.prior_stars_centi
    };
    (Rating { stars_centi, ratings }, rank)
}

fn stars(provider: &str) -> String {
    format!("stars:{provider}")
}

fn ratings(provider: &str) -> String {
    format!("ratings:{provider}")
}
