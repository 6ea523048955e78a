//! Who may have an affair: asked before a form is filled in, and again when it is filed.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::Affair;
use crate::catalogue;
use crate::facts::Facts;

/// Whether somebody may have an affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Verdict {
    /// Every rule is met.
    Yes,
    /// A rule is not met.
    No,
    /// No rule is known not to be met, but something is not known.
    Perhaps,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Whether it is met.
    pub verdict: Verdict,
    /// The rule in a sentence.
    pub reason: Text,
    /// What would have to be answered to know; a pointer into the form, or `age`.
    pub asks: Option<String>,
}

/// Yes, no or perhaps, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Eligibility {
    /// All rules together.
    pub verdict: Verdict,
    /// Each of them that applies, in the order of the definition.
    pub reasons: Vec<Reason>,
}

/// What somebody answers before filling in the form.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Of which affair.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,39}$"))]
    code: String,
    /// As much of the form as is known.
    #[serde(default)]
    answers: Map<String, Value>,
}

/// Says whether the caller may have an affair, from the answers given and, for a resident, from the directory.
///
/// # Errors
/// 404 `affair-unknown`; 503 `affair-misconfigured`.
pub fn check_eligibility(question: Question) -> Result<Eligibility, Problem> {
    let affair = catalogue::find(&question.code)?;
    let person = context::caller().subject;
    Ok(judge(&affair, &Facts::new(&question.answers, person, context::now())))
}

/// What the rules of an affair say about these facts.
pub fn judge(affair: &Affair, facts: &Facts) -> Eligibility {
    let mut reasons = Vec::new();
    for rule in &affair.eligibility {
        let applies = rule.when.as_ref().map_or(Some(true), |when| facts.hold(when));
        let (verdict, asks) = match (applies, facts.hold(&rule.needs)) {
            (Some(false), _) => continue,
            (_, Some(true)) => (Verdict::Yes, None),
            (None, _) => (Verdict::Perhaps, rule.when.as_ref().map(|when| when.fact.clone())),
            (Some(true), Some(false)) => (Verdict::No, None),
            (Some(true), None) => (Verdict::Perhaps, Some(rule.needs.fact.clone())),
        };
        reasons.push(Reason { rule: rule.id.clone(), verdict, reason: rule.reason.clone(), asks });
    }
    let any = |verdict| reasons.iter().any(|reason| reason.verdict == verdict);
    let verdict = if any(Verdict::No) {
        Verdict::No
    } else if any(Verdict::Perhaps) {
        Verdict::Perhaps
    } else {
        Verdict::Yes
    };
    Eligibility { verdict, reasons }
}
