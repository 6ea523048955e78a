//! Supplements: what a returned case was lacking, and evidence that could not be fetched.

use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::{Affair, Office};
use crate::calendar::Calendar;
use crate::case::{Case, Happened, Status};
use crate::events::{CASE_SUPPLEMENTED, CaseNews};
use crate::evidence::{self, Given};
use crate::reading::{CaseView, view};
use crate::{bundle, escalation, filing, privacy, problem};

/// What was lacking.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Supplement {
    /// The case.
    id: Id,
    /// Fields of the form that change; the others stay. Null takes a field away.
    #[serde(default)]
    form: Map<String, Value>,
    /// Evidence.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 16))]
    evidence: Given,
}

/// The desks at which residents bring what a case is lacking.
const DESKS: [Office; 2] = [Office::Worker, Office::Officer];

/// Supplements a case of one's own, or, at a desk, adds the evidence a resident brought there. A returned case goes back to
/// the office, and its clock runs on. Of a bundle, it files the parts again that were refused.
///
/// # Errors
/// 404 `case-unknown`; 403 `answers-of-the-resident` when a desk would change them; 409 `case-closed`, `case-is-bundle` at
/// a desk, `case-not-returned` when answers are to change; 422 `supplement-empty` and as for filing; 503
/// `calendar-unpublished`, `numbers-short`.
pub fn create_supplement(new: Supplement) -> Result<CaseView, Problem> {
    let mut case = Case::find(&new.id)?;
    let caller = context::caller();
    let own = caller.subject.as_ref() == Some(&case.person);
    let desk = DESKS.into_iter().find(|office| !own && caller.has(office.role()));
    if !own && desk.is_none() {
        return Err(problem::case_unknown());
    }
    if !case.is_open() {
        return Err(problem::case_closed(case.status));
    }
    if new.form.is_empty() && new.evidence.is_empty() {
        return Err(problem::supplement_empty());
    }
    let affair = case.definition();
    if desk.is_some() && !new.form.is_empty() {
        return Err(problem::answers_of_the_resident());
    }
    // A part of it may be at the desk, and is supplemented by itself.
    if desk.is_some() && affair.is_bundle() {
        return Err(problem::case_is_bundle());
    }
    if case.status != Status::Returned && !affair.is_bundle() && !new.form.is_empty() {
        return Err(problem::case_not_returned());
    }
    let by = if desk.is_some() { caller.subject } else { caller.acted_by };
    case.form = merged(&affair, &case.form, new.form);
    case.evidence = filing::check(&affair, &case.form, &case.evidence, &new.evidence, &case.person)?;
    if affair.is_bundle() {
        if !bundle::refile(&affair, &mut case)? {
            return Err(problem::nothing_filed(&case.parts));
        }
        case.note(Happened::Supplemented).by = by;
    } else {
        let entry = case.note(Happened::Supplemented);
        (entry.by, entry.office) = (by, desk);
        resume(&affair, &mut case)?;
    }
    case.save();
    CASE_SUPPLEMENTED.publish(&CaseNews::of(&case));
    view(case)
}

/// Starts the clock of a returned case again, unless something is still lacking.
fn resume(affair: &Affair, case: &mut Case) -> Result<(), Problem> {
    if case.status != Status::Returned {
        return Ok(());
    }
    let outstanding = evidence::outstanding(affair, &case.evidence);
    if outstanding
        .iter()
        .any(|id| case.evidence.iter().any(|p| p.id == *id && p.state == evidence::State::Asked))
    {
        return Err(problem::evidence_outstanding(&outstanding));
    }
    case.status = Status::InProgress;
    if let Some(stop) = case.stops.last_mut() {
        stop.until = Some(context::now());
    }
    escalation::wait(affair, case, &Calendar::configured())
}

fn merged(affair: &Affair, stored: &Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    let changes = privacy::uncovered(&affair.form, changes, stored);
    let mut form = stored.clone();
    for (name, value) in changes {
        if value.is_null() {
            form.remove(&name);
        } else {
            form.insert(name, value);
        }
    }
    form
}
