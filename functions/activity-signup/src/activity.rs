//! An activity: what is kept of it, and what everybody may see.

use linli_sdk::prelude::*;

use crate::lottery::{Lottery, LotteryView};
use crate::quota::{self, Quota};
use crate::waitlist;
use crate::{problem, quota::Counted};

/// By status, then by when it ends: what is coming, and what is over.
const BY_END: Index = Index::new("by_end", &["/status", "/ends_at"]);
/// Three years: what a community's yearly report may ask about.
const KEEP_DAYS: u32 = 1_096;
/// The activities.
pub const ACTIVITIES: Collection<Activity> =
    Collection::new("activities").indexes(&[BY_END]).keep_days(KEEP_DAYS);

/// Activities on one page, unless asked otherwise.
const PAGE: u32 = 20;
/// In seconds: times of activities are whole minutes, nearly always.
const MINUTE: u32 = 60;

/// As stored. Times are in microseconds, so that an index orders them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    /// Its id.
    pub id: Id,
    /// For lists.
    pub title: String,
    /// For whoever wants to know more.
    pub description: String,
    /// Where.
    pub place: String,
    /// When it starts.
    #[serde(with = "linli_sdk::micros")]
    pub starts_at: Timestamp,
    /// When it ends.
    #[serde(with = "linli_sdk::micros")]
    pub ends_at: Timestamp,
    /// Places in all.
    pub capacity: i64,
    /// From when residents can sign up.
    #[serde(with = "linli_sdk::micros")]
    pub signup_opens_at: Timestamp,
    /// Until when.
    #[serde(with = "linli_sdk::micros")]
    pub signup_closes_at: Timestamp,
    /// Whole years, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_age: Option<u32>,
    /// Whole years, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Further rules on who gets how many places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// Lots instead of first come, first served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lottery: Option<Lottery>,
    /// Points for whoever comes.
    pub points_on_check_in: i64,
    /// Whether it takes place.
    pub status: Standing,
}

/// Whether an activity takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It does, or did.
    Scheduled,
    /// It was called off.
    Cancelled,
}

/// What has become of an activity, to those who look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActivityStatus {
    /// It is coming, or on.
    Scheduled,
    /// It is over.
    Ended,
    /// It was called off.
    Cancelled,
}

/// What everybody may see of an activity.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ActivityView {
    id: Id,
    title: String,
    description: String,
    place: String,
    starts_at: Timestamp,
    ends_at: Timestamp,
    status: ActivityStatus,
    /// Places in all.
    capacity: i64,
    /// Places nobody has, and nobody has been offered.
    places_left: i64,
    /// Residents on the waiting list, groups counted once.
    waitlisted: i64,
    signup_opens_at: Timestamp,
    signup_closes_at: Timestamp,
    min_age: Option<u32>,
    max_age: Option<u32>,
    quotas: Vec<Quota>,
    lottery: Option<LotteryView>,
    points_on_check_in: i64,
}

/// Which activity.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityId {
    /// The activity.
    pub id: Id,
}

/// Which activities.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityFilter {
    /// Those that are coming, unless asked otherwise.
    status: Option<ActivityStatus>,
    /// How many at most; 20 unless asked otherwise.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Shows one activity.
///
/// # Errors
/// 404 `activity-unknown`.
pub fn get_activity(ActivityId { id }: ActivityId) -> Result<ActivityView, Problem> {
    let activity = Activity::find(&id)?;
    let waitlisted = waitlist::waiting(&activity.id);
    Ok(activity.view(waitlisted))
}

/// Lists activities: those that are coming by when they end, those over or called off the latest first.
///
/// # Errors
/// 422 `cursor-invalid`.
pub fn list_activities(filter: ActivityFilter) -> Result<Page<ActivityView>, Problem> {
    let wanted = filter.status.unwrap_or(ActivityStatus::Scheduled);
    // To the minute, so that everybody who asks within one is given the same page.
    let minute = context::now_rounded(MINUTE);
    let stretch = match wanted {
        ActivityStatus::Scheduled => BY_END.equal("scheduled").after(minute),
        ActivityStatus::Ended => {
            BY_END.equal("scheduled").up_to(minute.plus_seconds(MINUTE.into())).descending()
        }
        ActivityStatus::Cancelled => BY_END.equal("cancelled").descending(),
    };
    let mut page = ACTIVITIES.scan(&stretch, filter.limit.unwrap_or(PAGE), filter.cursor.as_deref())?;
    // Of those that end within this minute, some have.
    page.items.retain(|activity| activity.status() == wanted);
    let ids: Vec<String> = page.items.iter().map(|activity| activity.id.to_string()).collect();
    let mut waiting = waitlist::waiting_many(&ids).into_iter();
    Ok(page.map(|activity| activity.view(waiting.next().unwrap_or_default())))
}

impl Activity {
    /// # Errors
    /// 404 `activity-unknown`.
    pub fn find(id: &Id) -> Result<Self, Problem> {
        ACTIVITIES.get(id).ok_or_else(problem::activity_unknown)
    }

    /// The activity, if it was not called off.
    ///
    /// # Errors
    /// 404 `activity-unknown`, 409 `activity-cancelled`.
    pub fn find_scheduled(id: &Id) -> Result<Self, Problem> {
        let activity = Self::find(id)?;
        if activity.is_cancelled() { Err(problem::activity_cancelled()) } else { Ok(activity) }
    }

    /// Keeps it.
    pub fn save(&self) {
        ACTIVITIES.put(&self.id, self);
    }

    /// Whether it was called off.
    pub fn is_cancelled(&self) -> bool {
        self.status == Standing::Cancelled
    }

    /// Whether its lots are not drawn yet: signing up is entering, and nobody has a place.
    pub fn awaits_draw(&self) -> bool {
        self.lottery.as_ref().is_some_and(Lottery::is_open)
    }

    /// What became of it.
    pub fn status(&self) -> ActivityStatus {
        match self.status {
            Standing::Cancelled => ActivityStatus::Cancelled,
            Standing::Scheduled if context::has_passed(self.ends_at) => ActivityStatus::Ended,
            Standing::Scheduled => ActivityStatus::Scheduled,
        }
    }

    /// What a resident counts in when no rule asks for the age; none when one does.
    pub fn counted_without_age(&self) -> Option<Counted> {
        let asks = self.min_age.is_some() || self.max_age.is_some() || !self.quotas.is_empty();
        (!asks).then(Counted::default)
    }

    /// What everybody may see.
    pub fn view(self, waitlisted: i64) -> ActivityView {
        ActivityView {
            status: self.status(),
            places_left: quota::places_left(&self),
            waitlisted,
            lottery: self.lottery.as_ref().map(Lottery::view),
            id: self.id,
            title: self.title,
            description: self.description,
            place: self.place,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            capacity: self.capacity,
            signup_opens_at: self.signup_opens_at,
            signup_closes_at: self.signup_closes_at,
            min_age: self.min_age,
            max_age: self.max_age,
            quotas: self.quotas,
            points_on_check_in: self.points_on_check_in,
        }
    }
}
