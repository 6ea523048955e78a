//! Bundles: one form whose answers feed several cases.
//!
//! Each part is a case of its own, with its own number, deadline, evidence and certificate. A part that cannot be filed
//! says why and does not hold up the others; it is filed again when the bundle's answers are supplemented.

use std::collections::BTreeMap;

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::{Affair, Part};
use crate::case::{CASES, Case, Status};
use crate::catalogue;
use crate::evidence::Given;
use crate::facts::{Facts, field};
use crate::filing::{Filed, Filing};
use crate::problem;

/// What became of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct FiledPart {
    /// Code of its affair.
    pub affair: String,
    /// What it is called.
    pub title: Text,
    /// Its case, when it was filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Id>,
    /// The number of its case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Why it was not filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// Why a part was not filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Refusal {
    /// As in problems.
    code: String,
    /// What to do.
    detail: Text,
    /// What is wrong with which field, or the open case, as in problems.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    data: Map<String, Value>,
}

/// How far a bundle is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Progress {
    /// Parts that are decided or withdrawn.
    done: usize,
    /// Parts that were filed.
    filed: usize,
    /// All of them.
    total: usize,
}

/// A part as shown.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ShownPart {
    #[serde(flatten)]
    part: FiledPart,
    /// Where its case stands.
    status: Option<Status>,
    /// The certificate it issued.
    certificate: Option<String>,
}

/// Files a bundle and each of its parts that can be.
///
/// # Errors
/// 422 `nothing-filed` when none can; 503 as for a single case.
pub fn file(filing: Filing) -> Result<Filed, Problem> {
    let (bundle, form, person) = (filing.affair(), filing.form(), filing.person());
    let wanted = wanted(bundle, form, person).into_iter();
    let prepared: Vec<Prepared> = wanted.filter_map(|part| prepare(part, form, person)).collect();
    if prepared.iter().all(|part| part.filing.is_err()) {
        let refused: Vec<FiledPart> = prepared.into_iter().filter_map(Prepared::refused).collect();
        return Err(problem::nothing_filed(&refused));
    }
    let mut case = filing.file(None)?;
    case.parts = prepared.into_iter().map(|part| file_part(part, &case.id)).collect::<Result<_, _>>()?;
    case.save();
    case.filed()
}

/// Files the parts again that were refused, with the answers the bundle has now, and drops those that are no longer
/// wanted; whether that changed anything.
///
/// # Errors
/// 503 as for a single case.
pub fn refile(bundle: &Affair, case: &mut Case) -> Result<bool, Problem> {
    let (mut parts, refused): (Vec<_>, Vec<_>) = case.parts.drain(..).partition(|part| part.case.is_some());
    let wanted = wanted(bundle, &case.form, &case.person).into_iter();
    let again = wanted.filter(|part| !parts.iter().any(|filed| filed.affair == part.affair));
    let again: Vec<_> = again.filter_map(|part| prepare(part, &case.form, &case.person)).collect();
    let mut filed = false;
    for part in again {
        let part = file_part(part, &case.id)?;
        filed |= part.case.is_some();
        parts.push(part);
    }
    let still_refused = parts.iter().filter(|part| part.case.is_none()).count();
    let changed = filed || still_refused < refused.len();
    parts.sort_by_key(|filed| bundle.parts.iter().position(|part| part.affair == filed.affair));
    case.parts = parts;
    finish_if_done(case, &[]);
    Ok(changed)
}

/// A part that may be filed, or why it may not.
struct Prepared {
    affair: String,
    title: Text,
    filing: Result<Filing, Problem>,
}

/// The parts these answers want.
fn wanted<'b>(bundle: &'b Affair, form: &Map<String, Value>, person: &PersonRef) -> Vec<&'b Part> {
    let facts = Facts::new(form, Some(person.clone()), context::now());
    bundle.parts.iter().filter(|part| facts.apply(part.when.as_ref())).collect()
}

/// None when the part is not offered here.
fn prepare(part: &Part, form: &Map<String, Value>, person: &PersonRef) -> Option<Prepared> {
    let code = part.affair.clone();
    let affair = match catalogue::offered(&code) {
        Ok(affair) => affair?.into_owned(),
        // What it is called stands in the definition that cannot be read.
        Err(problem) => {
            return Some(Prepared {
                title: Text::new(code.clone(), code.clone()),
                affair: code,
                filing: Err(problem),
            });
        }
    };
    let title = affair.title.clone();
    let filing = Filing::prepare(affair, answers(&part.answers, form), &Given::new(), person);
    Some(Prepared { affair: code, title, filing })
}

impl Prepared {
    /// None when it can be filed.
    fn refused(self) -> Option<FiledPart> {
        let refusal = Some(Refusal::of(self.filing.err()?));
        Some(FiledPart { affair: self.affair, title: self.title, case: None, number: None, refusal })
    }
}

impl Refusal {
    fn of(problem: Problem) -> Self {
        let data =
            problem.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
        Self { code: problem.code.into_owned(), detail: problem.detail, data }
    }
}

fn file_part(part: Prepared, bundle: &Id) -> Result<FiledPart, Problem> {
    let (affair, title) = (part.affair.clone(), part.title.clone());
    let (case, number, refusal) = match part.filing {
        Ok(filing) => {
            let case = filing.file(Some(bundle))?;
            (Some(case.id), Some(case.number), None)
        }
        Err(problem) => (None, None, Some(Refusal::of(problem))),
    };
    Ok(FiledPart { affair, title, case, number, refusal })
}

/// A part's form out of the bundle's. What the bundle leaves out, the part leaves out.
fn answers(pointers: &BTreeMap<String, String>, form: &Map<String, Value>) -> Map<String, Value> {
    let mut answers = Map::new();
    for (to, from) in pointers {
        if let Some(value) = field(form, from) {
            put(&mut answers, to.trim_start_matches('/'), value.clone());
        }
    }
    answers
}

fn put(members: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('/') {
        None => drop(members.insert(path.to_owned(), value)),
        Some((first, rest)) => {
            let inner = members.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// The open cases of a bundle's parts.
pub fn open_parts(bundle: &Case) -> Vec<Case> {
    cases(bundle).into_iter().flatten().filter(Case::is_open).collect()
}

fn cases(bundle: &Case) -> Vec<Option<Case>> {
    let ids: Vec<String> =
        bundle.parts.iter().filter_map(|part| Some(part.case.as_ref()?.to_string())).collect();
    CASES.get_many(&ids)
}

/// Tells the bundle that one of its parts is done; the last one finishes it.
pub fn part_closed(part: &Case) {
    let Some(mut bundle) = part.bundle.as_ref().and_then(|id| CASES.get(id)) else { return };
    if !part.is_open() && finish_if_done(&mut bundle, &[&part.id]) {
        bundle.save();
    }
}

/// Finishes a bundle whose parts are all filed and done, those counted that have just been `closed`.
fn finish_if_done(bundle: &mut Case, closed: &[&Id]) -> bool {
    let refused = bundle.parts.iter().any(|part| part.case.is_none());
    let done = !refused && open_parts(bundle).iter().all(|case| closed.contains(&&case.id));
    if done && bundle.is_open() {
        bundle.close(Status::Finished);
        return true;
    }
    false
}

/// The parts of a bundle, and how far it is; none for a plain case.
pub fn shown(bundle: &Case) -> Option<(Vec<ShownPart>, Progress)> {
    if bundle.parts.is_empty() {
        return None;
    }
    let cases: Vec<Case> = cases(bundle).into_iter().flatten().collect();
    let of = |part: &FiledPart| cases.iter().find(|case| Some(&case.id) == part.case.as_ref());
    let shown = |part: &FiledPart| ShownPart {
        part: part.clone(),
        status: of(part).map(|case| case.status),
        certificate: of(part).and_then(|case| case.certificate.clone()),
    };
    let parts: Vec<_> = bundle.parts.iter().map(shown).collect();
    let done = cases.iter().filter(|case| !case.is_open()).count();
    let progress = Progress { done, filed: cases.len(), total: parts.len() };
    Some((parts, progress))
}
