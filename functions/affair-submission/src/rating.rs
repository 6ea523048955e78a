//! Ratings: how it went, said once, when it is done.

use linli_sdk::prelude::*;

use crate::case::{Case, Happened, Status};
use crate::events::{CASE_RATED, CaseNews, CaseRated};
use crate::problem;

/// How it went.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRating {
    /// The case.
    id: Id,
    /// 1 to 5, 5 is best.
    #[schemars(range(min = 1, max = 5))]
    stars: u8,
    /// In words.
    #[schemars(length(max = 500))]
    comment: Option<String>,
}

/// Rates a finished case of one's own.
///
/// # Errors
/// 404 `case-unknown`; 409 `case-not-finished`, `case-rated`.
pub fn create_rating(NewRating { id, stars, comment }: NewRating) -> Result<NoContent, Problem> {
    let mut case = Case::find_own(&id)?;
    if !matches!(case.status, Status::Approved | Status::Rejected | Status::Finished) {
        return Err(problem::case_not_finished());
    }
    if case.rating.is_some() {
        return Err(problem::case_rated());
    }
    case.rating = Some(stars);
    case.note(Happened::Rated).reason = comment.filter(|comment| !comment.trim().is_empty());
    case.save();
    CASE_RATED.publish(&CaseRated { news: CaseNews::of(&case), stars });
    Ok(NoContent)
}
