//! The rules of affairs, on the test platform.
#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod bundle;
mod catalogue;
mod certificate;
mod deadline;
mod decision;
mod draft;
mod eligibility;
mod escalation;
mod evidence;
mod filing;
mod form;
mod privacy;
mod reading;
mod sample;
mod supplement;

use linli_affair_submission::AFFAIR_SUBMISSION;
use linli_sdk::testing::{Actor, Outcome, Platform};
use linli_sdk::{Attribute, Role};
use serde_json::{Value, json};

/// A number of GB 11643's own examples; nobody's.
const CITIZEN: &str = "11010519491231002X";

/// A community with an office of each sort, and a resident of 85.
struct Town {
    platform: Platform,
    worker: Actor,
    grid: Actor,
    officer: Actor,
    resident: Actor,
}

impl Town {
    fn new() -> Self {
        let platform = Platform::new(&AFFAIR_SUBMISSION);
        let worker = platform.worker();
        let grid = platform.worker().with_roles(&[Role::GridWorker]);
        let officer = platform.worker().with_roles(&[Role::Officer]);
        let resident = platform.resident(85);
        platform.record(&resident.person(), Attribute::CitizenNumber, CITIZEN);
        platform.record(&resident.person(), Attribute::Address, "文三路1号");
        Self { platform, worker, grid, officer, resident }
    }

    fn call(&self, who: &Actor, operation: &str, input: Value) -> Outcome {
        self.platform.call(who, operation, input)
    }

    /// The resident hands in an affair with everything it wants.
    fn file(&self, affair: &str) -> Value {
        self.file_form(affair, sample::form(affair)).created()
    }

    fn file_form(&self, affair: &str, form: Value) -> Outcome {
        let evidence = sample::evidence(affair, &form);
        self.call(
            &self.resident,
            "create_case",
            json!({ "affair": affair, "form": form, "evidence": evidence }),
        )
    }

    fn shown(&self, who: &Actor, case: &Value) -> Value {
        self.call(who, "get_case", json!({ "id": case["id"] })).ok()
    }

    fn decide(&self, who: &Actor, case: &Value, decision: &str) -> Outcome {
        let reason = (decision != "approve").then_some("材料不清晰");
        self.call(who, "create_decision", json!({ "id": case["id"], "decision": decision, "reason": reason }))
    }

    /// Whoever's turn it is approves, until the case is decided.
    fn approve_all(&self, case: &Value) -> Value {
        loop {
            let shown = self.shown(&self.worker, case);
            let who = match shown["office"].as_str() {
                Some("worker") => &self.worker,
                Some("grid-worker") => &self.grid,
                Some("officer") => &self.officer,
                _ => return self.shown(&self.resident, case),
            };
            let _ = self.decide(who, case, "approve").ok();
        }
    }

    fn supplement(&self, case: &Value, form: Value, evidence: Value) -> Outcome {
        let input = json!({ "id": case["id"], "form": form, "evidence": evidence });
        self.call(&self.resident, "create_supplement", input)
    }

    /// Names of the events since this was last asked.
    fn news(&self) -> Vec<String> {
        self.platform.take_published().into_iter().map(|event| event.name).collect()
    }
}

/// Every test ends on a store that is sound.
impl Drop for Town {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.platform.verify();
        }
    }
}
