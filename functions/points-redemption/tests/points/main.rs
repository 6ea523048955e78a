//! The rules of points, on the test platform.

mod awards;
mod lots;
mod redemptions;
mod rules;
mod statement;

use linli_points_redemption::POINTS_REDEMPTION;
use linli_sdk::prelude::*;
use linli_sdk::testing::{Actor, Platform};
use serde_json::Value;

/// A community with a worker, a resident and the default rules.
struct Town {
    platform: Platform,
    worker: Actor,
    resident: Actor,
}

impl Town {
    fn new() -> Self {
        let platform = Platform::new(&POINTS_REDEMPTION);
        let (worker, resident) = (platform.worker(), platform.resident(70));
        Self { platform, worker, resident }
    }

    /// A worker gives the resident points.
    fn give(&self, points: i64) -> Value {
        let award = json!({ "person": self.resident.person(), "points": points, "reason": "志愿服务" });
        self.platform.call(&self.worker, "create_award", award).created()
    }

    /// A worker offers a reward; its id.
    fn offer(&self, points: i64, stock: i64) -> String {
        let reward = json!({ "title": "洗洁精", "points": points, "stock": stock });
        self.offer_this(reward)
    }

    fn offer_this(&self, reward: Value) -> String {
        text(&self.platform.call(&self.worker, "create_reward", reward).created()["id"])
    }

    fn redeem(&self, reward: &str, quantity: i64) -> linli_sdk::testing::Outcome {
        let wanted = json!({ "reward": reward, "quantity": quantity });
        self.platform.call(&self.resident, "create_redemption", wanted)
    }

    fn cancel(&self, redemption: &Value) -> linli_sdk::testing::Outcome {
        self.platform.call(&self.resident, "cancel_redemption", json!({ "id": redemption["id"] }))
    }

    fn use_voucher(&self, by: &Actor, redemption: &Value) -> linli_sdk::testing::Outcome {
        self.platform.call(by, "use_voucher", json!({ "code": redemption["voucher"] }))
    }

    fn left(&self, reward: &str) -> i64 {
        let (rewards, _) = self.platform.call(&Actor::anyone(), "list_rewards", json!({})).page();
        let found = rewards.iter().find(|shown| shown["id"] == reward).expect("an open reward");
        found["left"].as_i64().expect("a number")
    }

    /// What the resident can spend now.
    fn points(&self) -> i64 {
        let shown = self.platform.call(&self.resident, "show_balance", json!({})).ok();
        let points = shown["points"].as_i64().expect("a number");
        assert_eq!(points, self.platform.balance(&self.resident, "points"));
        points
    }

    fn balance(&self) -> Value {
        self.platform.call(&self.resident, "show_balance", json!({})).ok()
    }
}

/// Every test ends on books that add up.
impl Drop for Town {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.platform.verify();
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
