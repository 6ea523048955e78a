//! Deciding: approve a step, reject the case, or return it for a supplement.

use linli_sdk::prelude::*;

use crate::affair::{Affair, Office};
use crate::calendar::Calendar;
use crate::case::{Case, Happened, Status};
use crate::deadline::Stop;
use crate::escalation;
use crate::events::{CASE_DECIDED, CASE_RETURNED, CaseDecided, CaseNews};
use crate::reading::{CaseView, view};
use crate::{bundle, certificate, evidence, problem};

/// How often one case may be returned. The law wants everything that is missing to be told at once (Administrative
/// Licence Law, article 32); these are for what a supplement brings up.
pub const MAX_RETURNS: usize = 5;

/// A decision on the step that is being done.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// The case.
    id: Id,
    /// What.
    decision: Decision,
    /// Why; needed to reject and to return. Shown to the resident.
    #[schemars(length(max = 500))]
    reason: Option<String>,
    /// The step the decision is about, as it was shown: a decision made twice then does not decide the next step, too.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,39}$"))]
    step: Option<String>,
}

/// What can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Decision {
    /// The step is done; after the last one, the affair is granted.
    Approve,
    /// It is not granted.
    Reject,
    /// Something has to be supplemented; the clock stands still until it is.
    Return,
}

/// Decides on the step a case stands at.
///
/// # Errors
/// 404 `case-unknown`; 403 `case-of-oneself`, `step-of-another-office`; 409 `case-closed`, `case-returned`, `case-is-bundle`,
/// `step-passed`, `evidence-outstanding`, `returned-too-often`; 422 `reason-missing`; 503 `calendar-unpublished`.
pub fn create_decision(new: NewDecision) -> Result<CaseView, Problem> {
    let mut case = Case::find(&new.id)?;
    let affair = case.definition();
    let caller = context::caller();
    let by = context::subject_of(&caller)?;
    let office = may_decide(&affair, &case, &caller.roles, &by, new.step.as_deref())?;
    let reason = new.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    if new.decision != Decision::Approve && reason.is_none() {
        return Err(problem::reason_missing());
    }
    let what = match new.decision {
        Decision::Approve => {
            let outstanding = evidence::outstanding(&affair, &case.evidence);
            if !outstanding.is_empty() {
                return Err(problem::evidence_outstanding(&outstanding));
            }
            let last = case.step + 1 == affair.steps.len();
            if last { Happened::Approved } else { Happened::StepApproved }
        }
        Decision::Reject => Happened::Rejected,
        Decision::Return if case.stops.len() >= MAX_RETURNS => {
            return Err(problem::returned_too_often(MAX_RETURNS));
        }
        Decision::Return => Happened::Returned,
    };
    let step = case.step(&affair).map(|step| step.id.clone());
    let entry = case.note(what);
    (entry.step, entry.office, entry.by, entry.reason) = (step, Some(office), Some(by), reason);
    match what {
        Happened::StepApproved => {
            case.step += 1;
            escalation::begin_step(&affair, &mut case, &Calendar::configured())?;
        }
        Happened::Returned => give_back(&mut case),
        _ => finish(&affair, &mut case, what == Happened::Approved)?,
    }
    case.save();
    bundle::part_closed(&case);
    view(case)
}

/// In which office the caller decides.
fn may_decide(
    affair: &Affair,
    case: &Case,
    roles: &[Role],
    by: &PersonRef,
    step: Option<&str>,
) -> Result<Office, Problem> {
    if affair.is_bundle() {
        return Err(problem::case_is_bundle());
    }
    if case.status == Status::Returned {
        return Err(problem::case_returned());
    }
    if !case.is_open() {
        return Err(problem::case_closed(case.status));
    }
    if *by == case.person || case.acted_by.as_ref() == Some(by) {
        return Err(problem::case_of_oneself());
    }
    let now = case.step(affair);
    if step.is_some() && step != now.map(|step| step.id.as_str()) {
        return Err(problem::step_passed(now.map(|step| step.id.as_str())));
    }
    let mut offices = escalation::offices(affair, case);
    offices.find(|office| roles.contains(&office.role())).ok_or_else(problem::step_of_another_office)
}

fn give_back(case: &mut Case) {
    case.status = Status::Returned;
    case.waiting = None;
    case.alarmed = false;
    case.stop_timer();
    case.stops.push(Stop { from: context::now(), until: None });
    CASE_RETURNED.publish(&CaseNews::of(case));
}

fn finish(affair: &Affair, case: &mut Case, approved: bool) -> Result<(), Problem> {
    case.close(if approved { Status::Approved } else { Status::Rejected });
    CASE_DECIDED.publish(&CaseDecided { news: CaseNews::of(case), approved });
    if approved && let Some(rule) = &affair.certificate {
        case.certificate = Some(certificate::issue(rule, case)?);
    }
    Ok(())
}
