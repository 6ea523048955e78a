//! Providers, as merchants, reviewers and residents deal with them.

use linli_contract::Role;
use serde_json::{Value as Json, json};

use crate::http::Reply;
use crate::neighbourhood::{Neighbourhood, Person};
use crate::world::{Setup, World};

/// A credit code that checks; an example of GB 32100-2015.
pub const CODE: &str = "91330106673959654P";
/// Another one.
pub const OTHER_CODE: &str = "91350100M000100Y43";

impl Setup {
    /// Providers, and the canteen that [`CODE`] runs, where one order and one complaint about it are enough for notice.
    pub fn of_providers() -> Self {
        let meals = json!({ "lunch": { "from": "11:00", "minutes": 120, "cut_off_minutes": 120 } });
        let canteens = json!({ "main": { "title": "幸福食堂", "place": "幸福路1号", "provider": CODE, "meals": meals } });
        let terms = json!({
            "complaint_limit_bp": 500, "window_days": 90, "minimum_orders": 1, "z_milli": 0, "notice_days": 15,
            "appeal_days": 30, "feedback_days": 30, "prior_stars_centi": 350, "prior_ratings": 10,
        });
        let mut setup = Self::of(&["meal-ordering", "provider-onboarding"]);
        // Clocks stand still: whatever a test calls is within one minute.
        setup.host.new_plugin.calls_per_minute = 1_000_000;
        setup.setting("meal-ordering", "canteens", canteens).setting("provider-onboarding", "terms", terms)
    }
}

impl Neighbourhood {
    /// What a merchant hands in when all is well.
    pub fn application() -> Json {
        json!({
            "name": "幸福食堂", "credit_code": CODE, "category": "canteen",
            "licence": { "valid_from": "2020-01-01", "valid_until": "2028-12-31" },
            "contact": { "name": "某某", "phone": "0571-88888888" },
            "commission_bp": 300,
        })
    }

    /// Hands an application in.
    pub fn apply(&self, who: &Person, application: &Json) -> Reply {
        self.post(who, "provider-onboarding/applications", application)
    }

    /// Decides about it: `approve`, `reject` or `return`.
    ///
    /// # Panics
    /// When it is no application.
    pub fn review(&self, application: &Json, decision: &str) -> Reply {
        let rest =
            format!("provider-onboarding/applications/{}/decisions", application["id"].as_str().unwrap());
        let decision = json!({ "decision": decision, "reason": "材料已核对" });
        self.post(&self.staff(Role::Reviewer), &rest, &decision)
    }

    /// Admits [`CODE`], for whom this resident applied.
    pub fn admit(&self, world: &World, owner: &Person) {
        let application = self.apply(owner, &Self::application()).expect(201);
        self.review(&application, "approve").expect(200);
        world.deliver();
    }

    /// [`CODE`], as everybody sees it.
    pub fn provider(&self) -> Json {
        self.call("GET", &format!("provider-onboarding/providers/{CODE}")).send().expect(200)
    }

    /// Does something about [`CODE`]: `ratings`, `complaints`, `appeals`.
    pub fn about_provider(&self, who: &Person, what: &str, body: &Json) -> Reply {
        self.post(who, &format!("provider-onboarding/providers/{CODE}/{what}"), body)
    }

    /// Offers a lunch for today's orders of the staff of [`CODE`], that is picked up and paid; the orders of these
    /// residents as the provider's.
    ///
    /// # Panics
    /// When anything of it is refused.
    pub fn eat(&self, world: &World, who: &[&Person]) -> Vec<String> {
        let staff = self.staff_of(CODE);
        let menu = self.post(&staff, "meal-ordering/menus", &Self::lunch(&[(1_000, 50)])).expect(201);
        let order = |who: &&Person| {
            self.top_up(who, 1_000);
            self.order(who, menu["id"].as_str().unwrap(), 1).expect(201)
        };
        let orders: Vec<Json> = who.iter().map(order).collect();
        world.advance_to(crate::meals::LUNCH);
        let eaten = |order: &Json| {
            let code = json!({ "pickup_code": order["pickup_code"] });
            self.post(&staff, "meal-ordering/pickups", &code).expect(201);
            order["provider_order"].as_str().unwrap().to_owned()
        };
        let eaten = orders.iter().map(eaten).collect();
        world.deliver();
        eaten
    }
}
