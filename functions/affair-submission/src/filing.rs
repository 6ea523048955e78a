//! Handing something in, and taking it back.
//!
//! A filing is prepared before anything is written, so that one part of a bundle can fail beside another that does not.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::Affair;
use crate::bundle::{self, FiledPart};
use crate::calendar::Calendar;
use crate::case::{Case, Happened, OPEN, OpenCase, Status, open_key};
use crate::catalogue;
use crate::deadline::Explained;
use crate::draft;
use crate::eligibility::{self, Verdict};
use crate::escalation;
use crate::events::{CASE_FILED, CASE_WITHDRAWN, CaseNews};
use crate::evidence::{self, Given, Piece, ShownPiece};
use crate::facts::Facts;
use crate::number;
use crate::{privacy, problem};

/// Bytes of one form as JSON: the longest of the catalogue, every field at its longest, has half of it.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// What somebody hands in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// Code of the affair.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,39}$"))]
    affair: String,
    /// The answers, by the affair's own schema. What the directory knows may be left out.
    form: Map<String, Value>,
    /// Evidence the resident gives; what the government holds is fetched.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 16))]
    evidence: Given,
    /// The draft this was; it is deleted.
    draft: Option<Id>,
}

/// What was handed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Filed {
    id: Id,
    number: String,
    status: Status,
    /// When it has to be decided; none for a bundle, whose parts have their own.
    due_at: Option<Timestamp>,
    /// Why then.
    due_explained: Option<Explained>,
    /// What has to be shown, and what is asked for.
    evidence: Vec<ShownPiece>,
    /// Of a bundle: what became of each part.
    parts: Vec<FiledPart>,
}

/// A filing that may be made.
pub struct Filing {
    affair: Affair,
    form: Map<String, Value>,
    evidence: Vec<Piece>,
    person: PersonRef,
    open_key: String,
}

/// Which case.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseId {
    /// The case.
    pub id: Id,
}

/// Hands in an affair or a bundle.
///
/// # Errors
/// 404 `affair-unknown`; 422 `form-invalid`, `not-eligible`, `evidence-unknown`, `form-too-large`, `nothing-filed`; 409
/// `case-open` with the open one; 503 `affair-misconfigured`, `calendar-unpublished`, `numbers-short`.
pub fn create_case(new: NewCase) -> Result<Created<Filed>, Problem> {
    let person = context::subject()?;
    let affair = catalogue::find(&new.affair)?.into_owned();
    let form = match new.draft.as_ref().and_then(|draft| draft::stored(&person, draft)) {
        Some(stored) => privacy::uncovered(&affair.form, new.form, &stored),
        None => new.form,
    };
    let filing = Filing::prepare(affair, form, &new.evidence, &person)?;
    let filed = if filing.affair.is_bundle() { bundle::file(filing)? } else { filing.file(None)?.filed()? };
    if let Some(draft) = &new.draft {
        draft::discard(&person, draft);
    }
    Ok(Created(filed))
}

/// Takes a case back. A bundle takes its open parts back with it.
///
/// # Errors
/// 404 `case-unknown`, also for somebody else's; 409 `case-closed`.
pub fn withdraw_case(CaseId { id }: CaseId) -> Result<NoContent, Problem> {
    let mut case = Case::find_own(&id)?;
    if !case.is_open() {
        return Err(problem::case_closed(case.status));
    }
    for mut part in bundle::open_parts(&case) {
        withdraw(&mut part);
    }
    withdraw(&mut case);
    bundle::part_closed(&case);
    Ok(NoContent)
}

fn withdraw(case: &mut Case) {
    case.close(Status::Withdrawn);
    case.note(Happened::Withdrawn);
    case.save();
    CASE_WITHDRAWN.publish(&CaseNews::of(case));
}

impl Filing {
    /// Checks everything that can be checked, and writes nothing.
    ///
    /// # Errors
    /// As [`create_case`], but for what writing needs.
    pub fn prepare(
        affair: Affair,
        form: Map<String, Value>,
        given: &Given,
        person: &PersonRef,
    ) -> Result<Self, Problem> {
        let form = privacy::prefilled(&affair.form, form, person);
        let evidence = check(&affair, &form, &[], given, person)?;
        let open_key = open_key(&affair, person, &form);
        if let Some(open) = OPEN.get(&open_key) {
            return Err(problem::case_open(&open));
        }
        // What cannot be counted now is refused now, whatever else the affair would write.
        let calendar = Calendar::configured();
        let start = context::now();
        for period in affair.deadline.iter().chain(affair.steps.first().map(|step| &step.deadline)) {
            crate::deadline::Clock { start, period: *period, stops: &[] }.deadline(&calendar)?;
        }
        Ok(Self { affair, form, evidence, person: person.clone(), open_key })
    }

    /// What it is for.
    pub fn affair(&self) -> &Affair {
        &self.affair
    }

    /// What was answered.
    pub fn form(&self) -> &Map<String, Value> {
        &self.form
    }

    /// Whose it is.
    pub fn person(&self) -> &PersonRef {
        &self.person
    }

    /// Writes it, as a part of a bundle or by itself.
    ///
    /// # Errors
    /// 503 `numbers-short`, `calendar-unpublished`.
    pub fn file(self, bundle: Option<&Id>) -> Result<Case, Problem> {
        let id = context::new_id();
        let number = number::draw(&id)?;
        let now = context::now();
        let Self { affair, form, evidence, person, open_key } = self;
        let mut case = Case {
            number,
            affair: affair.code.clone(),
            title: affair.title.clone(),
            definition: catalogue::keep(&affair),
            person,
            acted_by: context::caller().acted_by,
            form,
            evidence,
            status: Status::InProgress,
            step: 0,
            filed_at: now,
            step_began_at: now,
            stops: vec![],
            level: 0,
            timer: None,
            waiting: None,
            alarmed: false,
            timeline: vec![],
            certificate: None,
            rating: None,
            open_key,
            bundle: bundle.cloned(),
            parts: vec![],
            id,
        };
        case.note(Happened::Filed);
        OPEN.put(&case.open_key, &OpenCase { case: case.id.clone(), number: case.number.clone() });
        if !affair.is_bundle() {
            escalation::begin_step(&affair, &mut case, &Calendar::configured())?;
        }
        case.save();
        CASE_FILED.publish(&CaseNews::of(&case));
        Ok(case)
    }
}

impl Case {
    /// As whoever filed it sees it.
    ///
    /// # Errors
    /// 503 `calendar-unpublished`.
    pub fn filed(self) -> Result<Filed, Problem> {
        let affair = self.definition();
        let deadline = self.deadline(&affair, &Calendar::configured())?;
        let evidence = evidence::shown(&affair, &self.evidence);
        let (due_at, due_explained) = deadline.map_or((None, None), |d| (d.due, Some(d.explained)));
        let Self { id, number, status, parts, .. } = self;
        Ok(Filed { id, number, status, due_at, due_explained, evidence, parts })
    }
}

/// Checks a form with its evidence, and says which pieces it needs.
///
/// # Errors
/// 422 `form-too-large`, `form-invalid`, `not-eligible`, `evidence-unknown`.
pub fn check(
    affair: &Affair,
    form: &Map<String, Value>,
    had: &[Piece],
    given: &Given,
    person: &PersonRef,
) -> Result<Vec<Piece>, Problem> {
    check_size(form)?;
    let violations = affair.form.violations(form);
    if !violations.is_empty() {
        return Err(problem::form_invalid(&violations));
    }
    let facts = Facts::new(form, Some(person.clone()), context::now());
    let eligible = eligibility::judge(affair, &facts);
    if eligible.verdict == Verdict::No {
        let no = eligible.reasons.iter().filter(|reason| reason.verdict == Verdict::No);
        let reasons: Vec<Text> = no.map(|reason| reason.reason.clone()).collect();
        return Err(problem::not_eligible(&reasons));
    }
    evidence::pieces(affair, &facts, had, given).map_err(|unknown| problem::evidence_unknown(&unknown))
}

/// Refuses a form that is larger than any honest one.
///
/// # Errors
/// 422 `form-too-large`.
pub fn check_size(form: &Map<String, Value>) -> Result<(), Problem> {
    let bytes = serde_json::to_string(form).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_FORM_BYTES { Err(problem::form_too_large()) } else { Ok(()) }
}
