//! How it was: once for each visit that was completed.

use linli_sdk::prelude::*;

use crate::booking::{BOOKINGS, Status, own};
use crate::offer::{self, SERVICES};
use crate::problem;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    id: Id,
    #[schemars(range(min = 1, max = 5))]
    stars: i64,
}

/// A resident rates a visit; the service shows the sum of all.
pub fn rate_booking(NewRating { id, stars }: NewRating) -> Result<NoContent, Problem> {
    let mut booking = own(&id)?;
    if booking.status != Status::Completed {
        return Err(problem::not_completed());
    }
    if booking.stars.is_some() {
        return Err(problem::rated_already());
    }
    let mut service = offer::known(&booking.service)?;
    service.ratings += 1;
    service.stars += stars;
    SERVICES.put(&service.id, &service);
    booking.stars = Some(stars);
    BOOKINGS.put(&booking.id, &booking);
    Ok(NoContent)
}
