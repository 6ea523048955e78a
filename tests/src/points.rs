//! Points, as residents, workers and the counter deal with them.

use serde_json::{Value as Json, json};

use crate::http::Reply;
use crate::neighbourhood::{Neighbourhood, Person};

impl Neighbourhood {
    /// What somebody has.
    ///
    /// # Panics
    /// When it is not shown.
    pub fn points(&self, who: &Person) -> i64 {
        self.get(who, "points-redemption/balance").expect(200)["points"].as_i64().unwrap()
    }

    /// A worker gives somebody points.
    pub fn award(&self, who: &Person, points: i64) -> Reply {
        let person = self.get(who, "points-redemption/balance").expect(200)["person"].clone();
        let award = json!({ "person": person, "points": points, "reason": "志愿服务" });
        self.post(&self.worker(), "points-redemption/awards", &award)
    }

    /// Offers a reward, with these members besides; its id.
    ///
    /// # Panics
    /// When it is refused.
    pub fn reward(&self, points: i64, stock: i64, more: &Json) -> String {
        let mut reward = json!({ "title": "理发券", "points": points, "stock": stock });
        for (name, value) in more.as_object().unwrap() {
            reward[name] = value.clone();
        }
        let created = self.post(&self.worker(), "points-redemption/rewards", &reward).expect(201);
        created["id"].as_str().unwrap().to_owned()
    }

    /// What is left of a reward.
    ///
    /// # Panics
    /// When it is not offered.
    pub fn pieces_left(&self, reward: &str) -> i64 {
        let page = self.call("GET", "points-redemption/rewards").send().expect(200);
        let mut items = page["items"].as_array().unwrap().iter();
        items.find(|item| item["id"] == reward).unwrap()["left"].as_i64().unwrap()
    }

    /// Redeems points.
    pub fn redeem(&self, who: &Person, reward: &str, quantity: i64) -> Reply {
        let body = json!({ "reward": reward, "quantity": quantity });
        self.post(who, "points-redemption/redemptions", &body)
    }

    /// Gives a reward back.
    ///
    /// # Panics
    /// When it is no redemption.
    pub fn cancel_redemption(&self, who: &Person, redemption: &Json) -> Reply {
        let rest = format!("points-redemption/redemptions/{}", redemption["id"].as_str().unwrap());
        self.call("DELETE", &rest).token(&who.token).send()
    }

    /// Hands a reward out for its voucher.
    ///
    /// # Panics
    /// When it is no redemption.
    pub fn use_voucher(&self, who: &Person, redemption: &Json) -> Reply {
        let rest = format!("points-redemption/vouchers/{}/use", redemption["voucher"].as_str().unwrap());
        self.call("POST", &rest).token(&who.token).send()
    }
}
