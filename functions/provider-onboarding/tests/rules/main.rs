//! The rules of providers, on the test platform.

mod appeals;
mod applications;
mod complaints;
mod decisions;
mod licences;
mod ratings;

use linli_provider_onboarding::PROVIDER_ONBOARDING;
use linli_sdk::prelude::*;
use linli_sdk::testing::{Actor, Outcome, Platform};
use serde_json::Value;

/// A credit code that checks; domain examples of GB 32100-2015.
const CODE: &str = "91330106673959654P";
const OTHER_CODE: &str = "91350100M000100Y43";

/// A community with a reviewer, a merchant's owner and a customer.
struct Town {
    platform: Platform,
    reviewer: Actor,
    merchant: Actor,
    customer: Actor,
}

impl Town {
    fn new() -> Self {
        let platform = Platform::new(&PROVIDER_ONBOARDING);
        let reviewer = platform.worker().with_roles(&[Role::Reviewer]);
        let (merchant, customer) = (platform.resident(45), platform.resident(70));
        Self { platform, reviewer, merchant, customer }
    }

    /// What a merchant hands in when all is well.
    fn application(code: &str) -> Value {
        json!({
            "name": "邻里家政", "credit_code": code, "category": "housekeeping",
            "licence": { "valid_from": "2020-01-01", "valid_until": "2028-12-31" },
            "contact": { "name": "某某", "phone": "0571-88888888" },
            "commission_bp": 800,
        })
    }

    fn apply(&self, application: Value) -> Outcome {
        self.platform.call(&self.merchant, "create_application", application)
    }

    /// With some members changed.
    fn apply_with(&self, changes: Value) -> Outcome {
        let mut application = Self::application(CODE);
        merge(&mut application, changes);
        self.apply(application)
    }

    fn decide(&self, application: &Value, decision: &str) -> Outcome {
        let decision = json!({ "id": application["id"], "decision": decision, "reason": "材料已核对" });
        self.platform.call(&self.reviewer, "decide_application", decision)
    }

    /// Admits a provider, with what the platform does about it.
    fn admit(&self, application: Value) {
        let application = self.apply(application).created();
        self.decide(&application, "approve").ok();
        self.platform.settle();
    }

    /// A town in which the provider is admitted.
    fn with_provider() -> Self {
        let town = Self::new();
        town.admit(Self::application(CODE));
        town
    }

    /// The customer has paid so many orders of the provider, from this number on.
    fn pay(&self, from: usize, orders: usize) {
        self.pay_to(CODE, from, orders);
    }

    fn pay_to(&self, provider: &str, from: usize, orders: usize) {
        for number in from..from + orders {
            let content = json!({
                "order": format!("order-{number}"), "provider": provider, "book": "CNY", "amount": 5_000,
                "commission": 400, "person": self.customer.person(), "component": "housekeeping",
            });
            self.platform.deliver("platform", "order.captured", content).expect("an order that is counted");
        }
    }

    /// So much of an order is given back.
    fn refund(&self, order: &str, amount: i64) {
        let content = json!({
            "order": order, "provider": CODE, "book": "CNY", "amount": amount, "commission": 0,
            "person": self.customer.person(), "component": "housekeeping",
        });
        self.platform.deliver("platform", "order.refunded", content).expect("a refund that is noted");
    }

    fn rate(&self, order: &str, stars: u8) -> Outcome {
        let rating = json!({ "id": CODE, "order": order, "stars": stars });
        self.platform.call(&self.customer, "rate_order", rating)
    }

    fn complain(&self, order: &str) -> Outcome {
        let complaint = json!({ "id": CODE, "order": order, "text": "没有按时上门" });
        self.platform.call(&self.customer, "create_complaint", complaint)
    }

    /// Complaints about orders of these numbers, and what follows at once.
    fn complain_about(&self, orders: std::ops::Range<usize>) {
        for number in orders {
            self.complain(&format!("order-{number}")).created();
        }
        self.platform.settle();
    }

    fn shown(&self) -> Value {
        self.platform.call(&Actor::anyone(), "show_provider", json!({ "id": CODE })).ok()
    }

    /// As shown here and as registered with the platform, which are the same.
    fn standing(&self) -> String {
        let shown = text(&self.shown()["standing"]);
        let registered = self.platform.registered(CODE).expect("a provider that was put");
        assert_eq!(json!(registered.standing), json!(shown), "the platform and the community agree");
        shown
    }

    fn published(&self, name: &str) -> Vec<Value> {
        let published = self.platform.take_published().into_iter();
        published.filter(|event| event.name == name).map(|event| event.content).collect()
    }
}

/// Every test ends on a store that adds up.
impl Drop for Town {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.platform.verify();
        }
    }
}

fn merge(into: &mut Value, changes: Value) {
    let (Some(into), Value::Object(changes)) = (into.as_object_mut(), changes) else { return };
    into.extend(changes);
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
