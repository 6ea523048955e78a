//! The rules of activity signup, each on the test platform.
#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod cancellation;
mod check_in;
mod eligibility;
mod lottery;
mod planning;
mod quota;
mod signup;
mod waitlist;

use linli_activity_signup::ACTIVITY_SIGNUP;
use linli_sdk::testing::{Actor, Platform};
use serde_json::{Value, json};

/// A platform with the component on it, and a worker.
struct Community {
    platform: Platform,
    worker: Actor,
}

impl Community {
    fn new() -> Self {
        let platform = Platform::new(&ACTIVITY_SIGNUP);
        let worker = platform.worker();
        Self { platform, worker }
    }

    /// An activity that starts in ten days, with these members besides; its id.
    fn activity(&self, capacity: i64, more: Value) -> String {
        let created =
            self.platform.call(&self.worker, "create_activity", described(capacity, more)).created();
        created["id"].as_str().unwrap().to_owned()
    }

    fn sign_up(&self, who: &Actor, activity: &str, party_size: i64) -> Value {
        self.try_sign_up(who, activity, party_size).created()
    }

    fn try_sign_up(&self, who: &Actor, activity: &str, party_size: i64) -> linli_sdk::testing::Outcome {
        self.platform.call(who, "create_signup", json!({ "id": activity, "party_size": party_size }))
    }

    /// A new resident who signs up for one place; the resident and the answer.
    fn newcomer(&self, activity: &str, party_size: i64) -> (Actor, Value) {
        let resident = self.platform.resident(30);
        let signup = self.sign_up(&resident, activity, party_size);
        (resident, signup)
    }

    fn cancel(&self, who: &Actor, activity: &str, signup: &Value) {
        self.act("cancel_signup", who, activity, signup).no_content();
    }

    /// One of the operations on a signup.
    fn act(
        &self,
        operation: &str,
        who: &Actor,
        activity: &str,
        signup: &Value,
    ) -> linli_sdk::testing::Outcome {
        self.platform.call(who, operation, json!({ "id": activity, "signup": signup["id"] }))
    }

    /// The resident's only signup.
    fn mine(&self, who: &Actor) -> Value {
        let (mut items, next) = self.platform.call(who, "list_signups", json!({})).page();
        assert_eq!((items.len(), next), (1, None));
        items.remove(0)
    }

    fn shown(&self, activity: &str) -> Value {
        self.platform.call(&Actor::anyone(), "get_activity", json!({ "id": activity })).ok()
    }

    /// Places left and parties waiting.
    fn left(&self, activity: &str) -> (i64, i64) {
        let shown = self.shown(activity);
        (shown["places_left"].as_i64().unwrap(), shown["waitlisted"].as_i64().unwrap())
    }

    /// Names of the events since this was last asked.
    fn news(&self) -> Vec<String> {
        self.platform.take_published().into_iter().map(|event| event.name).collect()
    }
}

/// The input of `create_activity`.
fn described(capacity: i64, more: Value) -> Value {
    let mut activity = json!({
        "title": "八段锦",
        "place": "社区广场",
        "starts_at": "2026-05-11T09:00:00+08:00",
        "ends_at": "2026-05-11T11:00:00+08:00",
        "capacity": capacity,
    });
    for (name, value) in more.as_object().unwrap() {
        activity[name] = value.clone();
    }
    activity
}
