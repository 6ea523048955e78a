//! A case: an affair somebody handed in, as stored.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::affair::{Affair, Office, Step};
use crate::calendar::Calendar;
use crate::catalogue::DEFINITIONS;
use crate::deadline::{Clock, Deadline, Stop};
use crate::evidence::Piece;
use crate::problem;

/// Ten years: as long as community offices keep the files of ordinary affairs (short-term archives, National Archives
/// Administration order 10, 2012).
const KEEP_DAYS: u32 = 3_653;
/// Entries of one timeline. Steps, returns and links of the chain are bounded, so no case gets near it.
const MAX_TIMELINE: usize = 200;

/// A resident's cases, by when they were filed.
pub const BY_PERSON: Index = Index::new("by_person", &["/person", "/filed_at"]);
/// What the offices have to do, by deadline; whatever is returned or closed is not in it.
pub const BY_DUE: Index = Index::new("by_due", &["/waiting/queue", "/waiting/due_at"]);
/// The same for one office.
pub const BY_OFFICE: Index = Index::new("by_office", &["/waiting/office", "/waiting/due_at"]);

/// The cases, by id. What a form says is personal, whatever the form.
pub const CASES: Collection<Case> = Collection::new("cases")
    .indexes(&[BY_PERSON, BY_DUE, BY_OFFICE])
    .personal(&["/form", "/evidence", "/timeline"])
    .keep_days(KEEP_DAYS);

/// The open case of a person for an affair, by [`open_key`].
pub const OPEN: Collection<OpenCase> = Collection::new("open_cases");

/// As stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// In addresses.
    pub id: Id,
    /// For people; see [`crate::number`].
    pub number: String,
    /// Code of the affair.
    pub affair: String,
    /// What it was called.
    pub title: Text,
    /// The definition it began with, in [`DEFINITIONS`].
    pub definition: String,
    /// Whose.
    pub person: PersonRef,
    /// The relative who filed it for that person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<PersonRef>,
    /// The answers.
    pub form: Map<String, Value>,
    /// What has to be shown.
    pub evidence: Vec<Piece>,
    /// Where it stands.
    pub status: Status,
    /// The step that is being done, from 0.
    pub step: usize,
    /// When it came in.
    #[serde(with = "linli_sdk::micros")]
    pub filed_at: Timestamp,
    /// When the step began.
    #[serde(with = "linli_sdk::micros")]
    pub step_began_at: Timestamp,
    /// When the clock stood still.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// Links of the chain of escalation the step has climbed.
    #[serde(default)]
    pub level: usize,
    /// The timer of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<String>,
    /// Its place in the queue, while an office has to do something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Whether nobody does what is to be done; see [`crate::escalation`].
    #[serde(default)]
    pub alarmed: bool,
    /// What happened, in order.
    pub timeline: Vec<Entry>,
    /// Number of the certificate it issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Stars the resident gave, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<u8>,
    /// Where it stands in [`OPEN`].
    pub open_key: String,
    /// The bundle it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<Id>,
    /// Of a bundle: its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<crate::bundle::FiledPart>,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Status {
    /// An office has to do something.
    InProgress,
    /// The resident has to supplement something; the clock stands still.
    Returned,
    /// Done, and granted.
    Approved,
    /// Done, and not granted.
    Rejected,
    /// Taken back by the resident.
    Withdrawn,
    /// Of a bundle: all its parts are done.
    Finished,
}

/// A place in the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Always the same: all that wait stand in one index.
    pub queue: bool,
    /// Who has to do it.
    pub office: Office,
    /// Until when the case has to be decided.
    #[serde(with = "linli_sdk::micros")]
    pub due_at: Timestamp,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    #[serde(with = "linli_sdk::micros")]
    pub at: Timestamp,
    /// What.
    pub what: Happened,
    /// In which step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// By which office; none when the resident or the clock did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Office>,
    /// By whom. Shown to nobody; for whoever has to look into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonRef>,
    /// The reason given, to the resident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What can happen to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Happened {
    Filed,
    EvidenceFetched,
    EvidenceAsked,
    StepApproved,
    Returned,
    Supplemented,
    Escalated,
    Alarmed,
    Approved,
    Rejected,
    Withdrawn,
    Rated,
    CertificateRevoked,
}

/// The open case of a person for an affair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenCase {
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
}

impl Case {
    /// The case, whoever it belongs to.
    ///
    /// # Errors
    /// 404 `case-unknown`.
    pub fn find(id: &Id) -> Result<Self, Problem> {
        CASES.get(id).ok_or_else(problem::case_unknown)
    }

    /// The case, if it is the caller's own.
    ///
    /// # Errors
    /// 404 `case-unknown`, also for somebody else's.
    pub fn find_own(id: &Id) -> Result<Self, Problem> {
        let person = context::subject()?;
        Some(Self::find(id)?).filter(|case| case.person == person).ok_or_else(problem::case_unknown)
    }

    /// The definition it began with.
    ///
    /// # Panics
    /// When it is gone: definitions are never deleted.
    pub fn definition(&self) -> Affair {
        DEFINITIONS.get(&self.definition).expect("a case keeps the definition it began with")
    }

    /// Whether anything can still happen to it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::InProgress | Status::Returned)
    }

    /// The step that is being done.
    pub fn step<'a>(&self, affair: &'a Affair) -> Option<&'a Step> {
        affair.steps.get(self.step).filter(|_| self.is_open())
    }

    /// When the whole case has to be decided; none for a bundle.
    ///
    /// # Errors
    /// 503 `calendar-unpublished`.
    pub fn deadline(&self, affair: &Affair, calendar: &Calendar) -> Result<Option<Deadline>, Problem> {
        let clock = |period| Clock { start: self.filed_at, period, stops: &self.stops };
        affair.deadline.map(|period| clock(period).deadline(calendar)).transpose()
    }

    /// Adds a line to the timeline.
    pub fn note(&mut self, what: Happened) -> &mut Entry {
        if self.timeline.len() >= MAX_TIMELINE {
            // The first line says when it was filed; what is lost is the oldest after it.
            self.timeline.remove(1);
        }
        let at = context::now();
        self.timeline.push(Entry { at, what, step: None, office: None, by: None, reason: None });
        self.timeline.last_mut().expect("it was just pushed")
    }

    /// Ends it: out of the queue, its timer cancelled, another of its kind may be filed.
    pub fn close(&mut self, status: Status) {
        self.status = status;
        self.waiting = None;
        self.alarmed = false;
        self.stop_timer();
        OPEN.delete(&self.open_key);
    }

    /// Cancels the timer of the step.
    pub fn stop_timer(&mut self) {
        if let Some(timer) = self.timer.take() {
            linli_sdk::cancel(&timer);
        }
    }

    /// Writes it.
    pub fn save(&self) {
        CASES.put(&self.id, self);
    }
}

/// Under which key an open case stands: the person, and the start of the SHA-256 of the affair and what makes one case of
/// it another than the next. It says nothing about the values.
pub fn open_key(affair: &Affair, person: &PersonRef, form: &Map<String, Value>) -> String {
    let mut digest = Sha256::new().chain_update(affair.code.as_bytes());
    for pointer in &affair.one_open_per {
        let value = crate::facts::field(form, pointer).map(Value::to_string).unwrap_or_default();
        digest = digest.chain_update(b"\0").chain_update(value);
    }
    let first: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{person}:{first}")
}
