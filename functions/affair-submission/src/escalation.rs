//! Steps in time: who has to do a step, and who takes it over when it is late or has nobody to do it.
//!
//! Each step has a durable timer at its deadline. When it fires, the case climbs one link of the affair's chain: the
//! offices before may still act, and the next has the link's own time. At the end of the chain an alarm is raised. A step
//! for which nobody is on duty climbs at once, with an alarm, instead of waiting for its deadline.

use std::collections::BTreeMap;

use linli_sdk::prelude::*;

use crate::affair::{Affair, Office, Period};
use crate::calendar::Calendar;
use crate::case::{CASES, Case, Happened, Status, Waiting};
use crate::deadline::Clock;
use crate::events::{CASE_ALARMED, CaseAlarmed, CaseNews, Cause, STEP_OVERDUE, StepOverdue};

/// Which offices have people on duty. A community that is not named has all of them.
pub const STAFF: Setting<Staff> =
    Setting::new("staff", "在岗岗位", "Offices that have people on duty").or("{}");

/// The deadline of a step, or of a link of the chain.
pub const STEP_DUE: Timer<StepDue> = Timer::new("step.due");

/// Which offices have people on duty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Community → offices.
    #[serde(default)]
    communities: BTreeMap<String, Vec<Office>>,
}

/// What a timer is about. One that is not of the case as it stands now has nothing to say.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepDue {
    case: Id,
    step: usize,
    level: usize,
}

impl Staff {
    fn has(&self, office: Office) -> bool {
        let offices = self.communities.get(&context::community().to_string());
        offices.is_none_or(|offices| offices.contains(&office))
    }
}

/// Who has to act at a level of the chain; level 0 is the step's own office.
fn office_at(affair: &Affair, case: &Case, level: usize) -> Option<(Office, Period)> {
    match level.checked_sub(1) {
        None => affair.steps.get(case.step).map(|step| (step.role, step.deadline)),
        Some(link) => affair.escalation.get(link).map(|link| (link.role, link.deadline)),
    }
}

/// Who may act on the step: its own office, and those the case has climbed to.
pub fn offices<'a>(affair: &'a Affair, case: &'a Case) -> impl Iterator<Item = Office> + 'a {
    (0..=case.level).filter_map(|level| office_at(affair, case, level).map(|(office, _)| office))
}

/// Begins the step the case stands at.
///
/// # Errors
/// 503 `calendar-unpublished`; then nothing has begun.
pub fn begin_step(affair: &Affair, case: &mut Case, calendar: &Calendar) -> Result<(), Problem> {
    case.step_began_at = context::now();
    case.level = 0;
    case.alarmed = false;
    wait(affair, case, calendar)
}

/// Puts the case in the queue of whoever has to act now, and sets the timer.
///
/// # Errors
/// 503 `calendar-unpublished`.
pub fn wait(affair: &Affair, case: &mut Case, calendar: &Calendar) -> Result<(), Problem> {
    case.stop_timer();
    let staff = STAFF.get();
    while let Some((office, _)) =
        office_at(affair, case, case.level).filter(|(office, _)| !staff.has(*office))
    {
        if !case.alarmed {
            alarm(affair, case, office, Cause::Unstaffed);
        }
        if office_at(affair, case, case.level + 1).is_none() {
            break;
        }
        case.level += 1;
    }
    let Some((office, period)) = office_at(affair, case, case.level) else { return Ok(()) };
    let start = if case.level == 0 { case.step_began_at } else { context::now() };
    let due = Clock { start, period, stops: &case.stops }.deadline(calendar)?.due;
    let whole = case.deadline(affair, calendar)?.and_then(|deadline| deadline.due);
    let (Some(due), Some(due_at)) = (due, whole) else { return Ok(()) };
    case.waiting = Some(Waiting { queue: true, office, due_at });
    let about = StepDue { case: case.id.clone(), step: case.step, level: case.level };
    // A deadline that has passed already fires at once.
    case.timer = Some(STEP_DUE.schedule(due, &about));
    Ok(())
}

/// The time of a step is over: the next link takes over, or, at the chain's end, an alarm is raised.
///
/// # Errors
/// None that could be mended by trying again.
pub fn escalate_step(StepDue { case, step, level }: StepDue) -> Result<(), Problem> {
    let Some(mut case) = CASES.get(&case) else { return Ok(()) };
    if case.status != Status::InProgress || (case.step, case.level) != (step, level) {
        return Ok(());
    }
    let affair = case.definition();
    let (Some((from, _)), Some(step)) = (office_at(&affair, &case, level), affair.steps.get(step)) else {
        return Ok(());
    };
    case.timer = None;
    let Some((to, _)) = office_at(&affair, &case, level + 1) else {
        alarm(&affair, &mut case, from, Cause::ChainEnded);
        case.save();
        return Ok(());
    };
    case.level += 1;
    STEP_OVERDUE.publish(&StepOverdue { news: CaseNews::of(&case), step: step.id.clone(), from, to });
    let entry = case.note(Happened::Escalated);
    (entry.step, entry.office) = (Some(step.id.clone()), Some(to));
    if wait(&affair, &mut case, &Calendar::configured()).is_err() {
        // Nobody is there to be told, and trying again would not publish the calendar.
        if let Some(waiting) = &mut case.waiting {
            waiting.office = to;
        }
        alarm(&affair, &mut case, to, Cause::CalendarUnpublished);
    }
    case.save();
    Ok(())
}

fn alarm(affair: &Affair, case: &mut Case, office: Office, cause: Cause) {
    case.alarmed = true;
    let step = affair.steps.get(case.step).map(|step| step.id.clone()).unwrap_or_default();
    CASE_ALARMED.publish(&CaseAlarmed { news: CaseNews::of(case), step: step.clone(), office, cause });
    let entry = case.note(Happened::Alarmed);
    (entry.step, entry.office) = (Some(step), Some(office));
}
