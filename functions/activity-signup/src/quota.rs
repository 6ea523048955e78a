//! Which places there are, and for whom.
//!
//! Every rule is a counter, and a signup takes its party's size from **every** counter it counts in, or from none. So one
//! place can count in several quotas. The counters of an activity:
//!
//! - `all`: everybody counts in it; it holds the capacity.
//! - for each quota of kind *limit* (at most so many of these ages): those of these ages count in it; it holds the
//!   quota's capacity.
//! - for quotas of kind *reserve* (so many places only for these ages): for each set of reserves, those who are in none of
//!   them count in it; it holds the capacity less what these reserves hold. Of 40 places with 10 for those over 60, those
//!   under 60 can take 30, whoever comes first; those over 60 can take all 40.
//!
//! Reserves of one activity do not overlap in ages: then, and only then, is a counter per set exact, in whatever order
//! people come and go. Limits may overlap with anything.
//!
//! A whole party counts with the age of the resident who signs it up: the platform knows nobody else in it.

use linli_sdk::prelude::*;
use linli_sdk::stock::{self, Level};

use crate::activity::Activity;
use crate::problem;

/// Most places of an activity: the largest square of a street, and what a call can still tell everybody about in batches.
pub const MAX_CAPACITY: i64 = 10_000;
/// Most quotas of an activity: nobody can explain more at the door.
pub const MAX_QUOTAS: usize = 4;
/// Most reserves among them: each doubles the counters.
const MAX_RESERVES: usize = 3;
/// Most counters a signup counts in: `all`, and the worst mix of limits and sets of reserves.
pub const MAX_COUNTERS: usize = 1 + (MAX_QUOTAS - MAX_RESERVES) + ((1 << MAX_RESERVES) - 1);

/// A rule about some ages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Shown with the activity.
    #[schemars(length(min = 1, max = 40))]
    pub name: String,
    /// What the number means.
    pub kind: QuotaKind,
    /// Whole years, inclusive.
    #[schemars(range(max = 150))]
    pub min_age: Option<u32>,
    /// Whole years, inclusive.
    #[schemars(range(max = 150))]
    pub max_age: Option<u32>,
    /// Places.
    #[schemars(range(min = 1, max = MAX_CAPACITY))]
    pub capacity: i64,
}

/// What a quota's number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum QuotaKind {
    /// At most so many places for these ages.
    Limit,
    /// So many places for these ages only.
    Reserve,
}

/// The quotas whose ages somebody is of, one bit each. Kept with a signup instead of the age, so that its places can be
/// given back, and the waiting list served, without asking the directory again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counted(u8);

impl Counted {
    /// Whether it is in no quota.
    pub fn is_none(&self) -> bool {
        self.0 == 0
    }
}

impl Quota {
    fn covers(&self, age: u32) -> bool {
        self.min_age.is_none_or(|min| age >= min) && self.max_age.is_none_or(|max| age <= max)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let low = self.min_age.unwrap_or(0).max(other.min_age.unwrap_or(0));
        let high = self.max_age.unwrap_or(u32::MAX).min(other.max_age.unwrap_or(u32::MAX));
        low <= high
    }
}

/// A counter by its name in the activity, and how many places it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counter {
    name: String,
    ceiling: i64,
    counts: Counts,
}

/// Who counts in a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Everybody,
    /// Those in the quota of this bit.
    Within(u8),
    /// Those in none of the quotas of these bits.
    Outside(u8),
}

impl Counter {
    fn counts(&self, who: Counted) -> bool {
        match self.counts {
            Counts::Everybody => true,
            Counts::Within(bit) => who.0 & bit != 0,
            Counts::Outside(bits) => who.0 & bits == 0,
        }
    }
}

/// # Errors
/// 422 for quotas that contradict each other or the capacity.
pub fn check(activity: &Activity) -> Result<(), Problem> {
    let at = |place: usize| format!("/quotas/{place}");
    for (place, quota) in activity.quotas.iter().enumerate() {
        if quota.min_age.is_none() && quota.max_age.is_none() {
            return Err(problem::quota_without_ages(at(place)));
        }
        if quota.min_age.unwrap_or(0) > quota.max_age.unwrap_or(u32::MAX) {
            return Err(problem::ages_out_of_order(format!("/quotas/{place}/max_age")));
        }
    }
    let reserves: Vec<_> = reserves(activity).collect();
    if reserves.len() > MAX_RESERVES {
        return Err(problem::too_many_reserves());
    }
    for (i, (place, quota, _)) in reserves.iter().enumerate() {
        if reserves[..i].iter().any(|(_, other, _)| other.overlaps(quota)) {
            return Err(problem::reserves_overlap(at(*place)));
        }
    }
    let reserved: i64 = reserves.iter().map(|(_, quota, _)| quota.capacity).sum();
    let largest = activity.quotas.iter().map(|quota| quota.capacity).max().unwrap_or(0);
    if reserved > activity.capacity || largest > activity.capacity {
        return Err(problem::quota_above_capacity());
    }
    Ok(())
}

/// The quotas somebody of this age counts in.
pub fn counted(activity: &Activity, age: u32) -> Counted {
    let covering = activity.quotas.iter().enumerate().filter(|(_, quota)| quota.covers(age));
    Counted(covering.fold(0, |bits, (place, _)| bits | 1 << place))
}

/// Makes the counters of a new activity.
pub fn open(activity: &Activity) {
    for counter in counters(activity) {
        stock::open(&key(&activity.id, &counter.name), counter.ceiling);
    }
}

/// Fits the counters to the activity's capacity; false when more is taken than would be left.
pub fn resize(activity: &Activity) -> bool {
    counters(activity).iter().all(|counter| stock::resize(&key(&activity.id, &counter.name), counter.ceiling))
}

/// Removes the counters: nobody can take or give any more.
pub fn close(activity: &Activity) {
    for counter in counters(activity) {
        stock::close(&key(&activity.id, &counter.name));
    }
}

/// Takes a place for each of a party from every counter it counts in, or from none.
pub fn take(activity: &Activity, who: Counted, party: i64) -> bool {
    if activity.quotas.is_empty() {
        return stock::take(&key(&activity.id, ALL), party);
    }
    let mut taken = Vec::new();
    for counter in counters(activity).into_iter().filter(|counter| counter.counts(who)) {
        let key = key(&activity.id, &counter.name);
        if !stock::take(&key, party) {
            taken.iter().for_each(|key: &String| stock::give(key, party));
            return false;
        }
        taken.push(key);
    }
    true
}

/// Gives back what [`take`] took.
pub fn give(activity: &Activity, who: Counted, party: i64) {
    for counter in counters(activity).iter().filter(|counter| counter.counts(who)) {
        stock::give(&key(&activity.id, &counter.name), party);
    }
}

/// The largest party that could get places if nobody else came.
pub fn largest_party(activity: &Activity, who: Counted) -> i64 {
    let counters = counters(activity).into_iter().filter(|counter| counter.counts(who));
    counters.map(|counter| counter.ceiling).min().unwrap_or(0)
}

/// Places nobody has; none once the activity is called off.
pub fn places_left(activity: &Activity) -> i64 {
    stock::level(&key(&activity.id, ALL)).map_or(0, |Level { available, .. }| available)
}

/// The counter everybody counts in.
const ALL: &str = "all";

fn key(activity: &Id, counter: &str) -> String {
    format!("{activity}/{counter}")
}

/// The reserves with their place in the list and their bit.
fn reserves(activity: &Activity) -> impl Iterator<Item = (usize, &Quota, u8)> {
    let quotas = activity.quotas.iter().enumerate();
    quotas
        .filter(|(_, quota)| quota.kind == QuotaKind::Reserve)
        .map(|(place, quota)| (place, quota, 1 << place))
}

/// All counters, `all` first: it is the one that is full most often.
fn counters(activity: &Activity) -> Vec<Counter> {
    let mut counters =
        vec![Counter { name: ALL.to_owned(), ceiling: activity.capacity, counts: Counts::Everybody }];
    for (place, quota) in activity.quotas.iter().enumerate().filter(|(_, q)| q.kind == QuotaKind::Limit) {
        let name = format!("limit-{place}");
        counters.push(Counter { name, ceiling: quota.capacity, counts: Counts::Within(1 << place) });
    }
    let reserves: Vec<_> = reserves(activity).collect();
    for set in 1..1_usize << reserves.len() {
        let chosen = reserves
            .iter()
            .enumerate()
            .filter(|(place, _)| set >> place & 1 == 1)
            .map(|(_, reserve)| reserve);
        let (bits, held) =
            chosen.fold((0, 0), |(bits, held), (_, quota, bit)| (bits | bit, held + quota.capacity));
        let name = format!("outside-{bits}");
        counters.push(Counter { name, ceiling: activity.capacity - held, counts: Counts::Outside(bits) });
    }
    counters
}
