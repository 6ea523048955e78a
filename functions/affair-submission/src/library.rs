//! The licence library: evidence the government already holds is fetched, not asked for.
//!
//! A task asks the library's connector, one request for each piece: `POST {base}/licences/{kind}/lookups` with
//! `{"citizen_number": …}` in the body, so that no number stands in an address or a log on the way. The connector answers
//! 200 with `{"reference": …, "valid_until": …}`, or 404 when it holds none. What was found leaves as an event to this
//! component, without the number, and its reaction attaches it to the case. Whatever could not be fetched is asked for.

use linli_sdk::outbound::{self, Request};
use linli_sdk::prelude::*;
use serde_json::Value;

use crate::affair::{Affair, Evidence};
use crate::case::{CASES, Case, Happened};
use crate::events::{CaseNews, EVIDENCE_ASKED, EvidenceAsked};
use crate::evidence::{Piece, State};
use crate::facts::field;
use crate::filing::CaseId;
use crate::{format, problem};

/// Address of the licence library's connector, such as `https://licences.example.gov.cn`; none when there is none. The
/// operator grants its origin besides.
pub const LIBRARY: Setting<Option<Connector>> =
    Setting::new("licence_library", "电子证照库接口", "Connector of the licence library").or("null");

/// Milliseconds for one answer. The resident waits for it.
const TIMEOUT_MILLIS: u32 = 5_000;
/// Bytes of an answer that are read: a reference and a date.
const MAX_ANSWER_BYTES: usize = 4 * 1024;
/// Characters of a reference.
const MAX_REFERENCE: usize = 200;
/// Why a citizen number is looked up, in the access log.
const PURPOSE: &str = "调取电子证照 / to fetch an electronic licence";

/// What was fetched. This component's own event; what it says is written by its own reaction.
pub const EVIDENCE_FETCHED: Event<EvidenceFetched> = Event::new("evidence.fetched");

/// Where the licence library is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Without a slash at its end.
    #[schemars(length(max = 200), regex(pattern = r"^https?://[^/?#]+(/[^?#]*[^/?#])?$"))]
    base: String,
}

/// What was fetched for a case.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceFetched {
    /// The case.
    case: Id,
    /// One for each piece that was looked up.
    found: Vec<Found>,
}

/// What became of one piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Found {
    /// Which.
    evidence: String,
    /// Whether it is there.
    outcome: Outcome,
    /// Where it lies in the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Until when it is good, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

/// What a look-up can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Outcome {
    /// It is in the library, and good.
    Found,
    /// It is not in the library, or no longer good: the resident is asked.
    NotHeld,
    /// The library did not answer: the resident is asked.
    Unreachable,
}

/// What was fetched.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Fetched {
    /// One for each piece that was looked up; none when there is nothing to fetch.
    found: Vec<Found>,
}

/// Whether there is a library.
pub fn is_configured() -> bool {
    LIBRARY.get().is_some()
}

/// Fetches the evidence of a case that the government holds, and that is not there yet.
///
/// # Errors
/// 404 `case-unknown`, also for a resident who is not the applicant; 409 `case-closed`; 503 `library-missing`.
pub fn fetch_evidence(CaseId { id }: CaseId) -> Result<linli_sdk::Accepted<Fetched>, Problem> {
    let case = Case::find(&id)?;
    let caller = context::caller();
    let works = caller.has(Role::Worker) || caller.has(Role::Officer);
    if caller.subject.as_ref() != Some(&case.person) && !works {
        return Err(problem::case_unknown());
    }
    if !case.is_open() {
        return Err(problem::case_closed(case.status));
    }
    let connector = LIBRARY.get().ok_or_else(problem::library_missing)?;
    let affair = case.definition();
    let found: Vec<Found> = wanted(&affair, &case).map(|piece| look_up(&connector, piece, &case)).collect();
    if !found.is_empty() {
        EVIDENCE_FETCHED.publish(&EvidenceFetched { case: id, found: found.clone() });
    }
    Ok(linli_sdk::Accepted(Fetched { found }))
}

/// What the library may hold and the case does not have: also what was asked for when the library was down.
fn wanted<'a>(affair: &'a Affair, case: &Case) -> impl Iterator<Item = &'a Evidence> {
    let lacking = |piece: &&Piece| matches!(piece.state, State::ToFetch | State::Asked);
    let lacking: Vec<String> = case.evidence.iter().filter(lacking).map(|piece| piece.id.clone()).collect();
    affair.evidence.iter().filter(move |piece| piece.library.is_some() && lacking.contains(&piece.id))
}

fn look_up(connector: &Connector, piece: &Evidence, case: &Case) -> Found {
    let evidence = piece.id.clone();
    let found = |outcome| Found { evidence: evidence.clone(), outcome, reference: None, valid_until: None };
    let (Some(kind), Some(number)) = (&piece.library, holder(piece, case)) else {
        return found(Outcome::NotHeld);
    };
    let request = Request {
        method: "POST".to_owned(),
        url: format!("{}/licences/{kind}/lookups", connector.base),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: json!({ "citizen_number": number }).to_string().into_bytes(),
        timeout: TIMEOUT_MILLIS,
    };
    match outbound::send(&request) {
        Ok(answer) if answer.status == 404 => found(Outcome::NotHeld),
        Ok(answer) if answer.status == 200 && answer.body.len() <= MAX_ANSWER_BYTES => {
            match licence(&answer.body) {
                Some((reference, valid_until)) if is_good(valid_until.as_deref()) => {
                    Found { reference: Some(reference), valid_until, ..found(Outcome::Found) }
                }
                Some(_) => found(Outcome::NotHeld),
                None => found(Outcome::Unreachable),
            }
        }
        Ok(_) | Err(_) => found(Outcome::Unreachable),
    }
}

/// By whose number it is looked up: the one in the form, else the applicant's own in the directory.
fn holder(piece: &Evidence, case: &Case) -> Option<String> {
    let pointer = piece.holder.as_deref().unwrap_or("/citizen_number");
    let answered = field(&case.form, pointer).and_then(Value::as_str).map(str::to_owned);
    match (answered, &piece.holder) {
        (Some(number), _) => Some(number),
        (None, Some(_)) => None,
        (None, None) => people::open(&case.person)?.reveal(Attribute::CitizenNumber, PURPOSE).ok(),
    }
}

/// What the connector says; none when it is not what was agreed. A stranger's text: only its shape is trusted.
fn licence(body: &[u8]) -> Option<(String, Option<String>)> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let shaped =
        |text: &&str| (1..=MAX_REFERENCE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let reference = answer.get("reference")?.as_str().filter(shaped)?.to_owned();
    match answer.get("valid_until") {
        None | Some(Value::Null) => Some((reference, None)),
        Some(until) => {
            let until = until.as_str().filter(|until| format::day(until).is_some())?;
            Some((reference, Some(until.to_owned())))
        }
    }
}

fn is_good(valid_until: Option<&str>) -> bool {
    let day = valid_until.and_then(format::day).map(crate::calendar::Day::of);
    day.is_none_or(|day| day.end() >= context::now())
}

/// Attaches what was fetched; asks for the rest.
///
/// # Errors
/// None: what is about a case that is gone or closed has nothing to say.
pub fn attach_evidence(EvidenceFetched { case, found }: EvidenceFetched) -> Result<(), Problem> {
    let Some(mut case) = CASES.get(&case).filter(Case::is_open) else { return Ok(()) };
    let (mut fetched, mut asked) = (false, Vec::new());
    for found in found {
        let lacking = |piece: &&mut Piece| {
            piece.id == found.evidence && matches!(piece.state, State::ToFetch | State::Asked)
        };
        let Some(piece) = case.evidence.iter_mut().find(lacking) else { continue };
        if found.outcome == Outcome::Found {
            (piece.state, piece.reference, piece.valid_until) =
                (State::Fetched, found.reference, found.valid_until);
            fetched = true;
        } else if piece.state == State::ToFetch {
            piece.state = State::Asked;
            asked.push(found.evidence);
        }
    }
    if !fetched && asked.is_empty() {
        return Ok(());
    }
    if fetched {
        case.note(Happened::EvidenceFetched);
    }
    if !asked.is_empty() {
        case.note(Happened::EvidenceAsked);
        EVIDENCE_ASKED.publish(&EvidenceAsked { news: CaseNews::of(&case), evidence: asked });
    }
    case.save();
    Ok(())
}
