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
/// 422 `nothing-filed` when none can; 404 and 503 as for a single case.
pub fn file(filing: Filing) -> Result<Filed, Problem> {
    let (bundle, form, person) = (filing.affair().clone(), filing.form().clone(), filing.person().clone());
    let mut prepared = Vec::new();
    let facts = Facts::new(&form, Some(person.clone()), context::now());
    for part in bundle.parts.iter().filter(|part| facts.apply(part.when.as_ref())) {
        prepared.push(prepare(part, &form, &person)?);
    }
    if prepared.iter().all(|(_, filing)| filing.is_err()) {
        let refusals: Vec<_> =
            prepared.into_iter().filter_map(|(part, filing)| Some((part, filing.err()?))).collect();
        return Err(problem::nothing_filed(&refusals.into_iter().map(refused).collect::<Vec<_>>()));
    }
    let mut case = filing.file(None)?;
    case.parts = prepared.into_iter().map(|part| file_part(part, &case.id)).collect::<Result<_, _>>()?;
    case.save();
    case.filed()
}

/// Files the parts again that were refused, with the answers the bundle has now; how many were filed.
///
/// # Errors
/// 404 and 503 as for a single case.
pub fn refile(bundle: &Affair, case: &mut Case) -> Result<usize, Problem> {
    let facts = Facts::new(&case.form, Some(case.person.clone()), context::now());
    let wanted = |part: &FiledPart| {
        let definition = bundle.parts.iter().find(|definition| definition.affair == part.affair);
        part.case.is_some() || definition.is_some_and(|definition| facts.apply(definition.when.as_ref()))
    };
    case.parts = case.parts.iter().filter(|part| wanted(part)).cloned().collect();
    let mut filed = 0;
    for place in 0..case.parts.len() {
        let definition = bundle.parts.iter().find(|part| part.affair == case.parts[place].affair);
        let (None, Some(definition)) = (&case.parts[place].case, definition) else { continue };
        let part = file_part(prepare(definition, &case.form, &case.person)?, &case.id)?;
        filed += usize::from(part.case.is_some());
        case.parts[place] = part;
    }
    Ok(filed)
}

/// A part that may be filed, or why it may not.
type Prepared = (Affair, Result<Filing, Problem>);

fn prepare(part: &Part, form: &Map<String, Value>, person: &PersonRef) -> Result<Prepared, Problem> {
    let affair = catalogue::find(&part.affair)?.into_owned();
    let filing = Filing::prepare(affair.clone(), answers(&part.answers, form), &Given::new(), person);
    Ok((affair, filing))
}

fn file_part((affair, filing): Prepared, bundle: &Id) -> Result<FiledPart, Problem> {
    match filing {
        Err(problem) => Ok(refused((affair, problem))),
        Ok(filing) => {
            let case = filing.file(Some(bundle))?;
            let (affair, title) = (case.affair.clone(), case.title.clone());
            Ok(FiledPart { affair, title, case: Some(case.id), number: Some(case.number), refusal: None })
        }
    }
}

fn refused((affair, problem): (Affair, Problem)) -> FiledPart {
    let data = problem.data.as_deref().and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    let refusal = Refusal { code: problem.code.into_owned(), detail: problem.detail, data };
    FiledPart { affair: affair.code, title: affair.title, case: None, number: None, refusal: Some(refusal) }
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
    let refused = bundle.parts.iter().any(|part| part.case.is_none());
    let open = open_parts(&bundle).iter().any(|case| case.id != part.id);
    if bundle.is_open() && !open && !refused {
        bundle.close(Status::Finished);
        bundle.save();
    }
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
