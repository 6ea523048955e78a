//! Affairs, as residents and offices deal with them.

use linli_contract::Role;
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

    /// An elder card: three steps of the worker, for whoever is over sixty (residents of odd numbers).
    pub fn elder_card() -> Json {
        json!({
            "affair": "elder-card",
            "form": {
                "citizen_number": CITIZEN, "kind": "first", "photo": "photo/1", "delivery": "pick-up",
                "declaration": true,
            },
            "evidence": {
                "identity-card": { "reference": "store/1" }, "household-register": { "reference": "store/2" },
                "photograph": { "reference": "store/3" },
            },
        })
    }

    /// The bundle for a child that was born a month before a world's clock starts: six affairs.
    pub fn newborn() -> Json {
        json!({
            "affair": "newborn",
            "form": {
                "child": {
                    "name": "甄晓禾", "sex": "female", "born_on": "2026-04-01", "birth_certificate": "U330000001",
                },
                "mother": { "name": "甄嘉禾", "citizen_number": CITIZEN },
                "marriage": "unmarried", "order": 1, "guardian_number": CITIZEN, "register_with": "mother",
                "household_address": "幸福路7号", "insurance_pay": "mobile", "clinic": "社区卫生服务中心",
                "first_doses": true, "card_bank": "社区银行", "card_delivery": "pick-up", "benefit": true,
                "hospital": "市妇幼保健院", "delivery_kind": "natural", "cost_fen": 500_000, "insured": true,
                "bank_card": "6222020000000000000", "stage": "after", "declaration": true,
            },
        })
    }

    /// Hands in what a case still asks for.
    ///
    /// # Panics
    /// When the case is not shown, or the supplement refused.
    pub fn give_what_is_asked(&self, who: &Person, case: &Json) {
        let shown = self.case(who, case).expect(200);
        let asked = shown["evidence"].as_array().unwrap().iter().filter(|piece| piece["state"] == "asked");
        let given: Json = asked
            .map(|piece| (piece["id"].as_str().unwrap().to_owned(), json!({ "reference": "store/1" })))
            .collect();
        if given.as_object().is_some_and(|given| !given.is_empty()) {
            self.with_case(who, case, "supplements", &json!({ "evidence": given })).expect(200);
        }
    }

    /// Approves step after step, each by the office it is for; the case at its end.
    ///
    /// # Panics
    /// When a step is refused.
    pub fn grant(&self, case: &Json) -> Json {
        let mut shown = self.case(&self.worker(), case).expect(200);
        while shown["status"] == "in-progress" {
            let office = Role::ALL.into_iter().find(|role| role.as_str() == shown["office"]).unwrap();
            shown = self.decide(&self.staff(office), case, "approve").expect(200);
        }
        shown
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
