//! The rules of meals, on the test platform. Every test ends on books that add up.
#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod accounts;
mod cancellation;
mod card;
mod closing;
mod kitchen;
mod menus;
mod ordering;
mod pickup;
mod rating;
mod refund;
mod relatives;
mod subsidy;
mod unpaid;

use linli_meal_ordering::MEAL_ORDERING;
use linli_sdk::prelude::*;
use linli_sdk::testing::{Actor, Outcome, Platform};
use serde_json::Value;

/// Tomorrow's lunch: ordered until 09:00, served from 11:00 to 13:00.
const LUNCH: &str = "2026-05-02.main.lunch";
const CUT_OFF: &str = "2026-05-02T09:00:00+08:00";
const SERVED: &str = "2026-05-02T11:00:00+08:00";
const OVER: &str = "2026-05-02T13:00:00+08:00";

/// A community with a worker, and a resident of 50 who gets no subsidy.
struct Town {
    platform: Platform,
    worker: Actor,
    resident: Actor,
}

impl Town {
    fn new() -> Self {
        let platform = Platform::new(&MEAL_ORDERING);
        let (worker, resident) = (platform.worker(), platform.resident(50));
        Self { platform, worker, resident }
    }

    /// With tomorrow's lunch: 10 portions of pork at 12 yuan, 5 of greens at 5 yuan of which 2 for each person.
    fn with_lunch() -> Self {
        let town = Self::new();
        town.offer(lunch(json!({}))).created();
        town
    }

    /// With tomorrow's lunch, ordered and cancelled while it is served.
    fn with_open_lunch() -> Self {
        let town = Self::new();
        town.offer(lunch(json!({ "order_until": OVER }))).created();
        town
    }

    fn offer(&self, menu: Value) -> Outcome {
        self.platform.call(&self.worker, "create_menu", menu)
    }

    fn top_up(&self, who: &Actor, fen: i64) {
        let top_up = json!({ "resident": who.person(), "amount_fen": fen });
        self.platform.call(&self.worker, "create_top_up", top_up).created();
    }

    /// So many portions of dish 1, paid now.
    fn order(&self, who: &Actor, quantity: i64) -> Outcome {
        self.order_this(who, json!([{ "dish": 1, "quantity": quantity }]))
    }

    fn order_this(&self, who: &Actor, lines: Value) -> Outcome {
        self.platform.call(who, "create_order", json!({ "menu": LUNCH, "lines": lines }))
    }

    /// The resident, with money on the card, orders one portion of dish 1 and pays.
    fn paid(&self) -> Value {
        self.top_up(&self.resident, 5_000);
        self.order(&self.resident, 1).created()
    }

    /// The same, and picks it up.
    fn eaten(&self) -> Value {
        let order = self.paid();
        self.platform.advance_to(SERVED);
        self.pick_up(&order).created();
        order
    }

    /// One of the operations on an order.
    fn act(&self, operation: &str, who: &Actor, order: &Value) -> Outcome {
        self.platform.call(who, operation, json!({ "id": order["id"] }))
    }

    fn cancel(&self, order: &Value) -> Outcome {
        self.act("cancel_order", &self.resident, order)
    }

    fn pick_up(&self, order: &Value) -> Outcome {
        self.platform.call(&self.worker, "create_pickup", json!({ "pickup_code": order["pickup_code"] }))
    }

    fn status(&self, order: &Value) -> String {
        text(&self.act("show_order", &self.resident, order).ok()["status"])
    }

    /// Portions left of each dish.
    fn left(&self) -> Vec<i64> {
        let menu = self.platform.call(&Actor::anyone(), "show_menu", json!({ "id": LUNCH })).ok();
        menu["dishes"].as_array().unwrap().iter().map(|dish| dish["left"].as_i64().unwrap()).collect()
    }

    /// What can be spent, and what is set aside.
    fn card(&self, who: &Actor) -> (i64, i64) {
        let card = self.platform.call(who, "show_card", json!({})).ok();
        let spendable = card["balance_fen"].as_i64().unwrap();
        assert_eq!(spendable, self.platform.balance(who, "CNY"));
        (spendable, card["held_fen"].as_i64().unwrap())
    }

    /// Cash, subsidy due, sales, claims due.
    fn accounts(&self) -> [i64; 4] {
        let accounts = self.platform.call(&self.worker, "show_accounts", json!({})).ok();
        ["cash_fen", "subsidy_due_fen", "sales_fen", "claims_due_fen"]
            .map(|name| accounts[name].as_i64().unwrap())
    }

    /// Names of the events since this was last asked.
    fn news(&self) -> Vec<String> {
        self.platform.take_published().into_iter().map(|event| event.name).collect()
    }
}

/// Stock within its bounds, books that sum to zero, accounts above their floors.
impl Drop for Town {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.platform.verify();
        }
    }
}

/// The input of `create_menu`, with these members besides.
fn lunch(more: Value) -> Value {
    let mut menu = json!({
        "canteen": "main",
        "date": "2026-05-02",
        "meal": "lunch",
        "dishes": [
            { "name": "红烧肉", "price_fen": 1_200, "portions": 10, "allergens": ["soybeans", "gluten"] },
            { "name": "炒青菜", "price_fen": 500, "portions": 5, "per_person": 2 },
        ],
    });
    for (name, value) in more.as_object().unwrap() {
        menu[name] = value.clone();
    }
    menu
}

/// A list of canteens in which a provider runs the second one.
fn with_provider() -> Value {
    let meals = json!({ "lunch": { "from": "11:00", "minutes": 120, "cut_off_minutes": 120 } });
    json!({
        "main": { "title": "社区长者食堂", "place": "一楼", "meals": meals },
        "garden": { "title": "花园食堂", "place": "二号楼", "provider": "garden-foods", "meals": meals },
    })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// One member a problem carries for programs.
fn member(problem: &Problem, name: &str) -> Value {
    let members: Value =
        serde_json::from_str(problem.data.as_deref().expect("a problem with members")).unwrap();
    members[name].clone()
}
