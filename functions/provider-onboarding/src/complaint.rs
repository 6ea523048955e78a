//! Complaints: one for each order. Each asks for a review of the provider, which runs on its own right afterwards, so
//! that complaining waits for nobody.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::day::Day;
use crate::order::{self, ORDERS};
use crate::provider::{self, find};
use crate::review::{REVIEW_DUE, ReviewDue};
use crate::{problem, terms};

/// Days a complaint is kept: as long as applications, since appeals may turn on it.
const KEEP_DAYS: u32 = 1_826;
/// Complaints on one page, when the caller does not say.
const SHOWN: u32 = 50;

/// A complaint as stored, under the id of its order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Complaint {
    order: String,
    provider: String,
    /// On which the order was paid: it counts with the orders of that day.
    day: Day,
    #[serde(with = "linli_sdk::micros")]
    made_at: Timestamp,
    text: String,
}

const BY_DAY: Index = Index::new("by_day", &["/provider", "/day"]);
const NEWEST: Index = Index::new("newest", &["/provider", "/made_at"]);

/// All complaints.
pub(crate) const COMPLAINTS: Collection<Complaint> =
    Collection::new("complaints").indexes(&[BY_DAY, NEWEST]).personal(&["/text"]).keep_days(KEEP_DAYS);

/// A complaint to make.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComplaint {
    /// The provider.
    #[schemars(regex(pattern = r"^[0-9A-Z]{18}$"))]
    id: String,
    /// One's own order with it.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9._~:-]+$"))]
    order: String,
    /// What went wrong. Shown to the provider and to whoever decides about it.
    #[schemars(length(min = 2, max = 1_000))]
    text: String,
}

/// A complaint as the provider and the community see it: not whose it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownComplaint {
    order: String,
    text: String,
    made_at: Timestamp,
}

/// Complains about an order of one's own.
pub(crate) fn create_complaint(new: NewComplaint) -> Result<Created<ShownComplaint>, Problem> {
    let provider = find(&new.id)?;
    let mut paid = order::own(&new.id, &new.order)?;
    if paid.complained {
        return Err(problem::order_complained());
    }
    paid.complained = true;
    ORDERS.put(&paid.id, &paid);
    let complaint = Complaint {
        order: paid.id,
        provider: paid.provider,
        day: paid.day,
        made_at: context::now(),
        text: new.text,
    };
    COMPLAINTS.put(&complaint.order, &complaint);
    if provider.standing != Standing::Removed {
        REVIEW_DUE.schedule(context::now(), &ReviewDue { provider: provider.id });
    }
    Ok(Created(complaint.into()))
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComplaintPage {
    /// The provider.
    #[schemars(regex(pattern = r"^[0-9A-Z]{18}$"))]
    id: String,
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// What is held against a provider, for itself, workers and reviewers, the newest first.
pub(crate) fn list_complaints(page: ComplaintPage) -> Result<Page<ShownComplaint>, Problem> {
    let (provider, caller) = (provider::find(&page.id)?, context::caller());
    if !(caller.has(Role::Worker) || caller.has(Role::Reviewer) || provider.is_of(&caller)) {
        return Err(problem::provider_not_yours());
    }
    let newest = NEWEST.equal(provider.id).descending();
    let found = COMPLAINTS.scan(&newest, page.limit.unwrap_or(SHOWN), page.cursor.as_deref())?;
    Ok(found.map(Into::into))
}

/// Complaints about orders paid on that day or later; counted up to 10,000, more than ever decide anything.
pub(crate) fn count_since(provider: &str, day: &Day) -> u64 {
    let since = BY_DAY.equal(provider).from(day.as_str());
    COMPLAINTS.count(&since, terms::MAX_COMPLAINTS_COUNTED).into()
}

impl From<Complaint> for ShownComplaint {
    fn from(complaint: Complaint) -> Self {
        Self { order: complaint.order, text: complaint.text, made_at: complaint.made_at }
    }
}
