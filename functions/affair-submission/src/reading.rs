//! Cases as they are shown: one's own, and the office's queue.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::{Affair, Office};
use crate::bundle::{self, Progress, ShownPart};
use crate::calendar::Calendar;
use crate::case::{BY_DUE, BY_OFFICE, BY_PERSON, CASES, Case, Entry, Happened, Status};
use crate::certificate::{self, HeldCertificate};
use crate::deadline::Explained;
use crate::evidence::{self, ShownPiece};
use crate::filing::CaseId;
use crate::number::NUMBERS;
use crate::privacy::{self, Reader};
use crate::problem;

/// Cases on one page, unless asked otherwise.
const PAGE: u32 = 20;
/// The roles of an office.
const OFFICES: [Role; 3] = [Role::Worker, Role::GridWorker, Role::Officer];

/// Which cases.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `mine`, or the office's `queue`; without, the queue for whoever has one.
    view: Option<Which>,
    /// Of the queue: what this office has to do.
    office: Option<Office>,
    /// The one case of this number.
    #[schemars(length(max = 60))]
    number: Option<String>,
    /// How many at most; 20 unless asked otherwise.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Whose cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Which {
    /// The caller's own, the latest first.
    Mine,
    /// What the offices of the community have to do, by deadline.
    Queue,
}

/// A case in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseLine {
    id: Id,
    number: String,
    affair: String,
    title: Text,
    status: Status,
    filed_at: Timestamp,
    /// Whoever has to act now.
    office: Option<Office>,
    /// When the case has to be decided.
    due_at: Option<Timestamp>,
    overdue: bool,
    /// Whether nobody does what is to be done.
    alarmed: bool,
    /// Covered name of whom it is about; to the office.
    applicant: Option<String>,
    /// The bundle it is a part of.
    bundle: Option<Id>,
}

/// A case.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseView {
    #[serde(flatten)]
    line: CaseLine,
    /// The version of the affair it began with.
    version: u32,
    /// The step that is being done.
    step: Option<ShownStep>,
    /// Why it is due then, day by day.
    due_explained: Option<Explained>,
    /// The answers, covered as privacy wants.
    form: Map<String, Value>,
    evidence: Vec<ShownPiece>,
    timeline: Vec<ShownEntry>,
    /// The certificate; whole to the holder alone.
    certificate: Option<HeldCertificate>,
    /// Stars the resident gave.
    rating: Option<u8>,
    /// Of a bundle.
    parts: Vec<ShownPart>,
    /// Of a bundle.
    progress: Option<Progress>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ShownStep {
    id: String,
    title: Text,
    /// From 1.
    number: usize,
    /// How many there are.
    of: usize,
}

/// A line of the timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ShownEntry {
    at: Timestamp,
    what: Happened,
    step: Option<String>,
    office: Option<Office>,
    reason: Option<String>,
}

/// Lists the caller's cases, or the queue of the caller's office.
///
/// # Errors
/// 403 `queue-of-an-office`; 422 `cursor-invalid`.
pub fn list_cases(wanted: Wanted) -> Result<Page<CaseLine>, Problem> {
    let caller = context::caller();
    let works = OFFICES.iter().any(|role| caller.has(*role));
    let queue = match wanted.view {
        Some(Which::Queue) if !works => return Err(problem::queue_of_an_office()),
        Some(view) => view == Which::Queue,
        None => works,
    };
    if let Some(number) = &wanted.number {
        let found =
            is_number(number).then(|| NUMBERS.get(number)).flatten().and_then(|found| CASES.get(&found.case));
        let visible = found.filter(|case| queue || caller.subject.as_ref() == Some(&case.person));
        return Ok(Page { items: visible.iter().map(|case| line(case, queue)).collect(), next: None });
    }
    let stretch = match (queue, wanted.office) {
        (false, _) => BY_PERSON.equal(context::subject_of(&caller)?.as_str()).descending(),
        (true, None) => BY_DUE.equal(true),
        (true, Some(office)) => BY_OFFICE.equal(office.as_str()),
    };
    let page = CASES.scan(&stretch, wanted.limit.unwrap_or(PAGE), wanted.cursor.as_deref())?;
    Ok(page.map(|case| line(&case, queue)))
}

/// One case, to whom it is about and to the offices.
///
/// # Errors
/// 404 `case-unknown`, also for somebody else's.
pub fn get_case(CaseId { id }: CaseId) -> Result<CaseView, Problem> {
    view(Case::find(&id)?)
}

/// A case as the caller may see it.
///
/// # Errors
/// As [`get_case`].
pub fn view(case: Case) -> Result<CaseView, Problem> {
    let caller = context::caller();
    let own = caller.subject.as_ref() == Some(&case.person);
    if !own && !OFFICES.iter().any(|role| caller.has(*role)) {
        return Err(problem::case_unknown());
    }
    let affair = case.definition();
    // An old case stays readable when its year's calendar is configured no longer.
    let deadline = case.deadline(&affair, &Calendar::configured()).ok().flatten();
    let (due_at, due_explained) = deadline.map_or((None, None), |d| (d.due, Some(d.explained)));
    let reader = if own { Reader::Applicant } else { Reader::Office };
    let (parts, progress) = bundle::shown(&case).map_or((vec![], None), |(parts, all)| (parts, Some(all)));
    let line = line(&case, !own);
    let overdue = case.is_open() && due_at.is_some_and(is_over);
    Ok(CaseView {
        line: CaseLine { due_at, overdue, ..line },
        version: affair.version,
        step: shown_step(&case, &affair),
        due_explained,
        form: privacy::masked(&affair.form, &case.form, reader),
        evidence: evidence::shown(&affair, &case.evidence),
        timeline: case.timeline.iter().map(ShownEntry::of).collect(),
        certificate: case
            .certificate
            .as_deref()
            .and_then(|number| certificate::held(number, &affair, &case, own)),
        rating: case.rating,
        parts,
        progress,
    })
}

fn shown_step(case: &Case, affair: &Affair) -> Option<ShownStep> {
    let step = case.step(affair)?;
    let (id, title) = (step.id.clone(), step.title.clone());
    Some(ShownStep { id, title, number: case.step + 1, of: affair.steps.len() })
}

fn line(case: &Case, to_office: bool) -> CaseLine {
    let due_at = case.waiting.as_ref().map(|waiting| waiting.due_at);
    CaseLine {
        id: case.id.clone(),
        number: case.number.clone(),
        affair: case.affair.clone(),
        title: case.title.clone(),
        status: case.status,
        filed_at: case.filed_at,
        office: case.waiting.as_ref().map(|waiting| waiting.office),
        due_at,
        overdue: due_at.is_some_and(is_over),
        alarmed: case.alarmed,
        applicant: to_office.then(|| applicant(&case.person)).flatten(),
        bundle: case.bundle.clone(),
    }
}

/// The moment itself is still in time.
fn is_over(due: Timestamp) -> bool {
    context::has_passed(due.plus_micros(1))
}

/// None when the directory does not say, or may not.
fn applicant(person: &PersonRef) -> Option<String> {
    people::open(person)?.masked(Attribute::Name).ok()
}

/// Whether a text can be the id of a document at all.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

impl ShownEntry {
    fn of(entry: &Entry) -> Self {
        let Entry { at, what, step, office, reason, .. } = entry.clone();
        Self { at, what, step, office, reason }
    }
}
