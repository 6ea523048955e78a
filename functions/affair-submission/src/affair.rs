//! What an affair is: data, so that a city changes it without changing code.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::Value;

use crate::form::Schema;

/// An affair of government that residents hand in, or a bundle of several. The files under `affairs/` are these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Affair {
    /// Stable name, and that of its file; kebab-case.
    pub code: String,
    /// One more with every change that matters to whoever hands it in. A running case keeps the one it began with.
    pub version: u32,
    /// What it is called.
    pub title: Text,
    /// What it is for, in a sentence.
    pub summary: Text,
    /// Promised time from filing to decision; none for a bundle, whose parts have their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Period>,
    /// What is asked for.
    pub form: Schema,
    /// What has to be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Who may have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligibility: Vec<Rule>,
    /// Who does what, one after the other; the last one's approval finishes the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Who takes a step over, one after the other, when it is overdue or has nobody to do it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<Escalation>,
    /// What an approval issues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateRule>,
    /// JSON pointers into the form: one person may have one open case for each of their values. Without any, one open
    /// case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_open_per: Vec<String>,
    /// The affairs a bundle feeds; none for a plain affair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// A length of time. Exactly one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[schemars(inline)]
pub enum Period {
    /// Days on which offices work. The day it starts on is not counted; it ends with the last second of its last day.
    WorkingDays(u16),
    /// Days of the calendar, counted the same way; one that ends on a day off ends on the next working day.
    Days(u16),
    /// Clock time.
    Hours(u16),
}

/// One thing that has to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Stable name; kebab-case.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// What kind of licence it is in the licence library, when the government already holds it: then it is fetched, and
    /// asked for only when it cannot be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// Where in the form the number stands by whose licences it is looked up; the applicant's own without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// When it is needed; always without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Whether the affair can be decided without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// One rule of who may have an affair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable name; kebab-case.
    pub id: String,
    /// What must be so.
    pub needs: Condition,
    /// To whom this rule applies; everybody without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The rule in a sentence, shown when it is not met or not known to be.
    pub reason: Text,
}

/// A test of one fact. Exactly one of the tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// `age` (whole years, from the directory), a JSON pointer into the form, or `days-since:` and a pointer to a date.
    pub fact: String,
    /// It is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// It is one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Value>>,
    /// It is an integer, and this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<i64>,
    /// It is an integer, and this or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<i64>,
}

/// Something somebody does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable name; kebab-case.
    pub id: String,
    /// What is done.
    pub title: Text,
    /// Who does it.
    pub role: Office,
    /// How long it may take.
    pub deadline: Period,
}

/// A link of the chain an overdue step climbs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Who may do it now, besides those who might before.
    pub role: Office,
    /// How long until the next link.
    pub deadline: Period,
}

/// Who works on cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Office {
    /// The front desk of the community.
    Worker,
    /// Whoever visits the homes of a grid.
    GridWorker,
    /// The street.
    Officer,
}

/// What an approval issues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRule {
    /// What stands on it.
    pub title: Text,
    /// Begins its number: two to four capital letters, the affair's own.
    pub prefix: String,
    /// JSON pointer into the form: the name of whom it is about.
    pub holder: String,
    /// For how long it is good, in calendar months; for ever without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_months: Option<u16>,
    /// JSON pointers into the form: what else stands on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// One affair of a bundle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its code.
    pub affair: String,
    /// What of its form comes from where: pointer into its form → pointer into the bundle's.
    pub answers: std::collections::BTreeMap<String, String>,
    /// When it is filed; always without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

impl Affair {
    /// Whether it feeds others.
    pub fn is_bundle(&self) -> bool {
        !self.parts.is_empty()
    }
}

impl Office {
    /// As a role of the platform.
    pub fn role(self) -> Role {
        match self {
            Self::Worker => Role::Worker,
            Self::GridWorker => Role::GridWorker,
            Self::Officer => Role::Officer,
        }
    }

    /// As in data and indexes.
    pub fn as_str(self) -> &'static str {
        self.role().as_str()
    }
}
