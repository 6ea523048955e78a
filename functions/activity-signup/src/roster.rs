//! The worker's list of who signed up.

use linli_sdk::prelude::*;

use crate::activity::Activity;
use crate::signup::{SIGNUPS, Signup, SignupStatus};

/// Signups on one page, unless asked otherwise.
const PAGE: u32 = 50;

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterPage {
    /// The activity.
    id: Id,
    /// How many at most; 50 unless asked otherwise.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// One signup, as a worker sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RosterEntry {
    id: Id,
    /// Masked; none when the directory does not show it.
    name: Option<String>,
    party_size: i64,
    status: SignupStatus,
    signed_up_at: Timestamp,
    /// Whether a relative signed up for that person.
    delegated: bool,
    checked_in_at: Option<Timestamp>,
}

/// Lists the signups of an activity that still stand, in an order that does not change. A page may have fewer entries
/// than asked for, and the next one still more.
///
/// # Errors
/// 404 `activity-unknown`; 422 `cursor-invalid`.
pub fn list_roster(wanted: RosterPage) -> Result<Page<RosterEntry>, Problem> {
    let activity = Activity::find(&wanted.id)?;
    let all = Signup::of_activity(&activity.id);
    let page = SIGNUPS.scan(&all, wanted.limit.unwrap_or(PAGE), wanted.cursor.as_deref())?;
    let standing = page.items.into_iter().filter(|signup| signup.status.is_active());
    Ok(Page { items: standing.map(entry).collect(), next: page.next })
}

fn entry(signup: Signup) -> RosterEntry {
    RosterEntry {
        name: masked_name(&signup.person),
        id: signup.id,
        party_size: signup.party_size,
        status: signup.status,
        signed_up_at: signup.signed_up_at,
        delegated: signup.acted_by.is_some(),
        checked_in_at: signup.checked_in_at,
    }
}

/// A resident's name, covered but for what tells two neighbours apart.
pub fn masked_name(person: &PersonRef) -> Option<String> {
    people::open(person)?.masked(Attribute::Name).ok()
}
