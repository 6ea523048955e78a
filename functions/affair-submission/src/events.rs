//! What others can hear about. Nothing that stands in a form is in it; references to people are made for each subscriber.

use linli_sdk::prelude::*;

use crate::affair::Office;
use crate::case::Case;

/// Somebody handed something in.
pub const CASE_FILED: Event<CaseNews> = Event::new("case.filed");
/// Something has to be supplemented: tell the resident.
pub const CASE_RETURNED: Event<CaseNews> = Event::new("case.returned");
/// It was: tell the office.
pub const CASE_SUPPLEMENTED: Event<CaseNews> = Event::new("case.supplemented");
/// It is decided: tell the resident.
pub const CASE_DECIDED: Event<CaseDecided> = Event::new("case.decided");
/// The resident took it back.
pub const CASE_WITHDRAWN: Event<CaseNews> = Event::new("case.withdrawn");
/// The resident said how it went.
pub const CASE_RATED: Event<CaseRated> = Event::new("case.rated");
/// A step took too long and went up the chain.
pub const STEP_OVERDUE: Event<StepOverdue> = Event::new("step.overdue");
/// Nobody does what is to be done: somebody has to look at it now.
pub const CASE_ALARMED: Event<CaseAlarmed> = Event::new("case.alarmed");
/// What could not be fetched is asked for: tell the resident.
pub const EVIDENCE_ASKED: Event<EvidenceAsked> = Event::new("evidence.asked");
/// A certificate exists.
pub const CERTIFICATE_ISSUED: Event<CertificateNews> = Event::new("certificate.issued");
/// It is no longer good.
pub const CERTIFICATE_REVOKED: Event<CertificateNews> = Event::new("certificate.revoked");

/// Which case, and whose: enough to write a message.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseNews {
    /// The case.
    pub case: Id,
    /// Its number.
    pub number: String,
    /// Code of the affair.
    pub affair: String,
    /// Whose.
    pub person: PersonRef,
}

/// A case that was decided.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseDecided {
    /// Which.
    #[serde(flatten)]
    pub news: CaseNews,
    /// Whether it was granted.
    pub approved: bool,
}

/// A finished case that was rated.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseRated {
    /// Which.
    #[serde(flatten)]
    pub news: CaseNews,
    /// 1 to 5.
    pub stars: u8,
}

/// A step that took too long.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StepOverdue {
    /// Which case.
    #[serde(flatten)]
    pub news: CaseNews,
    /// Which step.
    pub step: String,
    /// Who had to do it.
    pub from: Office,
    /// Who may do it now, too.
    pub to: Office,
}

/// Why somebody has to look at a case now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Cause {
    /// Nobody is on duty for the step.
    Unstaffed,
    /// It is overdue and the chain has no further link.
    ChainEnded,
    /// The next deadline lies in a year without a calendar.
    CalendarUnpublished,
}

/// A case nobody works on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CaseAlarmed {
    /// Which.
    #[serde(flatten)]
    pub news: CaseNews,
    /// Which step.
    pub step: String,
    /// Who should do it.
    pub office: Office,
    /// Why.
    pub cause: Cause,
}

/// Evidence the resident has to give.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EvidenceAsked {
    /// For which case.
    #[serde(flatten)]
    pub news: CaseNews,
    /// Which pieces.
    pub evidence: Vec<String>,
}

/// A certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CertificateNews {
    /// Of which case.
    #[serde(flatten)]
    pub news: CaseNews,
    /// Its number.
    pub certificate: String,
}

impl CaseNews {
    /// About a case.
    pub fn of(case: &Case) -> Self {
        Self {
            case: case.id.clone(),
            number: case.number.clone(),
            affair: case.affair.clone(),
            person: case.person.clone(),
        }
    }
}
