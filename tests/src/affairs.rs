//! Affairs, as residents and offices deal with them.

use serde_json::{Value as Json, json};

use crate::http::Reply;
use crate::neighbourhood::{Neighbourhood, Person};

/// A made-up citizen number whose check digit is right.
pub const CITIZEN: &str = "11010519491231002X";

impl Neighbourhood {
    /// The yearly proof of life for a pension: one step, for whoever is old enough (residents of odd numbers).
    pub fn pension() -> Json {
        json!({
            "affair": "pension-qualification",
            "form": { "citizen_number": CITIZEN, "pension": "resident", "home_visit": false, "declaration": true },
            "evidence": { "identity-card": { "reference": "store/1" } },
        })
    }

    /// A proof of residence: three steps, for everybody who has lived here for a month.
    pub fn residence() -> Json {
        json!({
            "affair": "residence-proof",
            "form": {
                "citizen_number": CITIZEN, "since": "2020-03-01", "tenure": "employer", "purpose": "bank",
                "declaration": true,
            },
            "evidence": {
                "identity-card": { "reference": "store/1" }, "employer-letter": { "reference": "store/2" },
            },
        })
    }

    /// Hands something in.
    pub fn file(&self, who: &Person, case: &Json) -> Reply {
        self.post(who, "affair-submission/cases", case)
    }

    /// A case, as somebody sees it.
    pub fn case(&self, who: &Person, case: &Json) -> Reply {
        self.get(who, &at(case, ""))
    }

    /// Takes a case back.
    pub fn withdraw(&self, who: &Person, case: &Json) -> Reply {
        self.call("DELETE", &at(case, "")).token(&who.token).send()
    }

    /// Decides on a case: `approve`, `reject` or `return`, the latter two with a reason.
    pub fn decide(&self, who: &Person, case: &Json, decision: &str) -> Reply {
        self.with_case(who, case, "decisions", &json!({ "decision": decision, "reason": "材料不清晰" }))
    }

    /// Does something else with a case: `supplements`, `evidence`, `rating`.
    pub fn with_case(&self, who: &Person, case: &Json, what: &str, body: &Json) -> Reply {
        self.post(who, &at(case, what), body)
    }

    /// A certificate, as anybody sees it.
    pub fn certificate(&self, number: &str) -> Reply {
        self.call("GET", &format!("affair-submission/certificates/{number}")).send()
    }
}

fn at(case: &Json, what: &str) -> String {
    let rest = format!("affair-submission/cases/{}/{what}", case["id"].as_str().unwrap());
    rest.trim_end_matches('/').to_owned()
}
