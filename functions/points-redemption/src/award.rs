//! Awards: from events by the rules, and from workers by hand; and how they are taken back.

use std::collections::BTreeMap;

use linli_sdk::Delivered;
use linli_sdk::people::Denial;
use linli_sdk::prelude::*;
use serde_json::Value;

use crate::problem;
use crate::purse::Purse;
use crate::reward::DOCUMENT_ID;
use crate::rules::{AwardRule, RULES, Source, TERMS, reference};

/// Most points in one award, whatever a rule or an event says: a slipped digit must not make somebody rich.
pub(crate) const MAX_AWARD: i64 = 10_000;

/// What a day's awards by workers are counted under, beside the rules; no rule can have this name.
const BY_WORKERS: &str = "~worker";

/// An award as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Award {
    pub id: String,
    pub person: PersonRef,
    pub points: i64,
    /// The lot they went to.
    pub month: String,
    /// By which rule; none when a worker gave them.
    pub rule: Option<String>,
    /// What can earn only once by that rule.
    pub reference: Option<String>,
    /// Why a worker gave them.
    pub reason: Option<String>,
    /// Which worker.
    pub by: Option<PersonRef>,
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
    /// When they were taken back.
    #[serde(default, with = "linli_sdk::micros::option")]
    pub revoked_at: Option<Timestamp>,
    /// Why a worker took them back.
    pub revoked_for: Option<String>,
}

/// Awards of one rule for one thing: at most one for each person.
const BY_REFERENCE: Index = Index::new("by_reference", &["/rule", "/reference", "/person"]);

/// All awards. Those from events have the id `{event}.{rule}`, so that an event counts once by a rule even if the
/// platform's own promise of that failed.
pub(crate) const AWARDS: Collection<Award> = Collection::new("awards").indexes(&[BY_REFERENCE]);

/// What a person was given on one day of Asia/Shanghai, by rule.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Day {
    given: BTreeMap<String, i64>,
}

/// Days by `{person}:{date}`. Kept as long as an event may come late.
pub(crate) const DAYS: Collection<Day> = Collection::new("days").keep_days(40);

/// Somebody was given points.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PointsAwarded {
    person: PersonRef,
    points: i64,
    award: String,
}

/// For messages and for the cockpit.
pub(crate) const POINTS_AWARDED: Event<PointsAwarded> = Event::new("points.awarded");

/// Points were taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PointsRevoked {
    person: PersonRef,
    points: i64,
    award: String,
}

/// For messages and for the cockpit.
pub(crate) const POINTS_REVOKED: Event<PointsRevoked> = Event::new("points.revoked");

/// An award by hand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAward {
    /// To whom, as shown by `GET /balance`.
    person: PersonRef,
    #[schemars(range(min = 1, max = 10_000))]
    points: i64,
    /// Shown to the resident.
    #[schemars(length(min = 2, max = 100))]
    reason: String,
}

/// An award that was made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownAward {
    id: String,
    person: PersonRef,
    /// So that the worker sees whom it went to.
    name_masked: Option<String>,
    points: i64,
    /// They can be spent before this moment.
    ends_at: Option<Timestamp>,
}

/// A worker gives points.
pub(crate) fn create_award(new: NewAward) -> Result<Created<ShownAward>, Problem> {
    let worker = context::subject()?;
    let name_masked = neighbour(&new.person)?;
    if worker == new.person {
        return Err(problem::award_to_oneself());
    }
    let terms = TERMS.get();
    if new.points > terms.worker_max {
        return Err(problem::award_too_large(terms.worker_max));
    }
    let left = room_today(&new.person, BY_WORKERS, context::now(), terms.worker_daily_cap);
    if new.points > left {
        return Err(problem::award_daily_cap(left));
    }
    let mut award = Award::new(context::new_id().into(), new.person, new.points, context::now());
    (award.reason, award.by) = (Some(new.reason), Some(worker));
    let mut purse = Purse::open_to_change(&award.person);
    let ends_at = give(&mut purse, &mut award, BY_WORKERS, context::now());
    purse.save();
    let Award { id, person, points, .. } = award;
    Ok(Created(ShownAward { id, person, name_masked, points, ends_at }))
}

/// An award to take back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    #[schemars(regex(pattern = DOCUMENT_ID))]
    id: String,
    /// Shown to the resident.
    #[schemars(length(min = 2, max = 100))]
    reason: String,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Revoked {
    id: String,
    points: i64,
    /// Of these, already spent: set off against what is earned next.
    owed: i64,
}

/// A worker takes back an award that was a mistake.
pub(crate) fn revoke_award(Revocation { id, reason }: Revocation) -> Result<Revoked, Problem> {
    let mut award = AWARDS.get(&id).ok_or_else(problem::award_unknown)?;
    neighbour(&award.person)?;
    if award.revoked_at.is_some() {
        return Err(problem::award_revoked());
    }
    award.revoked_for = Some(reason);
    let mut purse = Purse::open_to_change(&award.person);
    let before = purse.owed();
    take_back(&mut purse, &mut award);
    let owed = purse.owed() - before;
    purse.save();
    Ok(Revoked { id, points: award.points, owed })
}

/// The reaction to every event that rules can be about.
///
/// Content that a rule cannot make sense of earns nothing: a publisher's mistake is logged, and nobody waits for it.
pub(crate) fn take_event(content: Value, event: &Delivered) -> Result<(), Problem> {
    let Some(source) = Source::of(event) else { return Ok(()) };
    let mut purses = BTreeMap::new();
    for rule in &RULES.get() {
        if rule.on == source {
            award_by_rule(rule, &content, event, &mut purses);
        }
        if let Some(clawback) = rule.clawback.as_ref().filter(|clawback| clawback.on == source) {
            let reference = reference(&content, &clawback.reference);
            claw_back_by_rule(rule, reference, event, &mut purses);
        }
    }
    purses.into_values().for_each(Purse::save);
    Ok(())
}

/// Purses opened so far in this call: each only once.
type Purses = BTreeMap<PersonRef, Purse>;

fn award_by_rule(rule: &AwardRule, content: &Value, event: &Delivered, purses: &mut Purses) {
    let id = format!("{}.{}", event.id, rule.id);
    let person = rule.person_in(content).filter(|person| people::open(person).is_some());
    let reference = rule.reference_in(content);
    let (Some(person), true) = (person, reference.is_some() || rule.once_per.is_none()) else {
        let line = format!("rule `{}`: {} names no resident, or not what it is about", rule.id, event.name);
        return context::log(context::Level::Warn, &line);
    };
    let earned_before = |reference: &String| {
        let same = BY_REFERENCE.equal(rule.id.as_str()).equal(reference.as_str()).equal(person.as_str());
        AWARDS.count(&same, 1) > 0
    };
    if AWARDS.get(&id).is_some() || reference.as_ref().is_some_and(earned_before) {
        return;
    }
    // The day on which it happened, however late the event comes.
    let room = room_today(&person, &rule.id, event.published_at, rule.daily_cap);
    let points = rule.points.of(content).min(room);
    if points < 1 {
        return;
    }
    let mut award = Award::new(id, person.clone(), points, context::now());
    (award.rule, award.reference) = (Some(rule.id.clone()), reference);
    let purse = purses.entry(person).or_insert_with_key(Purse::open_to_change);
    give(purse, &mut award, &rule.id, event.published_at);
}

/// People whose awards for one and the same thing are taken back together; more than any group that signs up.
const MAX_SHARED: u32 = 200;

fn claw_back_by_rule(rule: &AwardRule, reference: Option<String>, event: &Delivered, purses: &mut Purses) {
    let Some(reference) = reference else {
        let line = format!("rule `{}`: {} does not name what it takes back", rule.id, event.name);
        return context::log(context::Level::Warn, &line);
    };
    let same = BY_REFERENCE.equal(rule.id.as_str()).equal(reference);
    for mut award in AWARDS.first(&same, MAX_SHARED) {
        if award.revoked_at.is_none() && people::open(&award.person).is_some() {
            let purse = purses.entry(award.person.clone()).or_insert_with_key(Purse::open_to_change);
            take_back(purse, &mut award);
        }
    }
}

/// When the points end; none when a debt swallowed all of them.
fn give(purse: &mut Purse, award: &mut Award, under: &str, day: Timestamp) -> Option<Timestamp> {
    award.month = purse.earn(award.points, &award.id);
    AWARDS.put(&award.id, award);
    let id = day_id(&award.person, day);
    let mut given = DAYS.get(&id).unwrap_or_default();
    *given.given.entry(under.to_owned()).or_default() += award.points;
    DAYS.put(&id, &given);
    let Award { person, points, id, .. } = award.clone();
    POINTS_AWARDED.publish(&PointsAwarded { person, points, award: id });
    purse.spendable().iter().find(|lot| lot.month == award.month).map(|lot| lot.ends_at)
}

fn take_back(purse: &mut Purse, award: &mut Award) {
    purse.claw_back(award.points, &award.month, &award.id);
    award.revoked_at = Some(context::now());
    AWARDS.put(&award.id, award);
    let Award { person, points, id, .. } = award.clone();
    POINTS_REVOKED.publish(&PointsRevoked { person, points, award: id });
}

/// Points that may still be given under this name on that day.
fn room_today(person: &PersonRef, under: &str, day: Timestamp, cap: i64) -> i64 {
    let day = DAYS.get(&day_id(person, day)).unwrap_or_default();
    (cap - day.given.get(under).copied().unwrap_or(0)).max(0)
}

fn day_id(person: &PersonRef, day: Timestamp) -> String {
    let (year, month, day) = day.shanghai_date();
    format!("{person}:{year:04}-{month:02}-{day:02}")
}

/// The masked name of somebody the caller may deal with.
fn neighbour(person: &PersonRef) -> Result<Option<String>, Problem> {
    match people::open(person).ok_or_else(problem::resident_unknown)?.masked(Attribute::Name) {
        Ok(name) => Ok(Some(name)),
        Err(Denial::OutOfArea) => Err(problem::resident_of_another_area()),
        Err(Denial::NotGranted | Denial::NoConsent | Denial::Unknown) => Ok(None),
    }
}

impl Award {
    fn new(id: String, person: PersonRef, points: i64, at: Timestamp) -> Self {
        let (month, rule, reference, reason, by) = (String::new(), None, None, None, None);
        Self {
            id,
            person,
            points,
            month,
            rule,
            reference,
            reason,
            by,
            at,
            revoked_at: None,
            revoked_for: None,
        }
    }
}
