//! Meals, as residents, the counter and the kitchen deal with them.

use serde_json::{Value as Json, json};

use crate::http::Reply;
use crate::neighbourhood::{Neighbourhood, Person};

/// The day of the menus: the one after a world's clock starts, when orders for it are still taken.
pub const DAY: &str = "2026-05-02";
/// When lunch is served from on that day: 11:00 in Shanghai.
pub const LUNCH: &str = "2026-05-02T03:00:00Z";
/// When orders for it close: 09:00 in Shanghai.
pub const CUT_OFF: &str = "2026-05-02T01:00:00Z";
/// When it is over: 13:00 in Shanghai.
pub const LUNCH_OVER: &str = "2026-05-02T05:00:00Z";

impl Neighbourhood {
    /// The body that offers the lunch of [`DAY`]: dishes of these prices in fen and portions.
    pub fn lunch(dishes: &[(i64, i64)]) -> Json {
        let dish = |(number, (price_fen, portions)): (usize, &(i64, i64))| json!({ "name": format!("菜{number}"), "price_fen": price_fen, "portions": portions });
        let dishes: Vec<Json> = dishes.iter().enumerate().map(dish).collect();
        json!({ "canteen": "main", "date": DAY, "meal": "lunch", "dishes": dishes })
    }

    /// Offers it; its id.
    ///
    /// # Panics
    /// When it is refused.
    pub fn menu(&self, dishes: &[(i64, i64)]) -> String {
        let created = self.post(&self.worker(), "meal-ordering/menus", &Self::lunch(dishes)).expect(201);
        created["id"].as_str().unwrap().to_owned()
    }

    /// What is left of the first dish.
    ///
    /// # Panics
    /// When there is no such menu.
    pub fn portions_left(&self, menu: &str) -> i64 {
        let shown = self.call("GET", &format!("meal-ordering/menus/{menu}")).send().expect(200);
        shown["dishes"][0]["left"].as_i64().unwrap()
    }

    /// Somebody's card.
    pub fn card(&self, who: &Person) -> Json {
        self.get(who, "meal-ordering/card").expect(200)
    }

    /// What can be spent of it and what is set aside, in fen.
    ///
    /// # Panics
    /// When there is no card.
    pub fn money(&self, who: &Person) -> (i64, i64) {
        let card = self.card(who);
        (card["balance_fen"].as_i64().unwrap(), card["held_fen"].as_i64().unwrap())
    }

    /// Puts cash on somebody's card.
    ///
    /// # Panics
    /// When it is refused.
    pub fn top_up(&self, who: &Person, amount_fen: i64) {
        let path = format!("meal-ordering/cards/{}/top-ups", self.card(who)["person"].as_str().unwrap());
        self.post(&self.worker(), &path, &json!({ "amount_fen": amount_fen })).expect(201);
    }

    /// Orders portions of the first dish.
    pub fn order(&self, who: &Person, menu: &str, quantity: i64) -> Reply {
        let lines = json!([{ "dish": 1, "quantity": quantity }]);
        self.post(who, "meal-ordering/orders", &json!({ "menu": menu, "lines": lines }))
    }

    /// Cancels an order.
    ///
    /// # Panics
    /// When it is no order.
    pub fn cancel_order(&self, who: &Person, order: &Json) -> Reply {
        let rest = format!("meal-ordering/orders/{}", order["id"].as_str().unwrap());
        self.call("DELETE", &rest).token(&who.token).send()
    }

    /// Does something else with an order: `payment`, `rating`, `refund`.
    ///
    /// # Panics
    /// When it is no order.
    pub fn with_order(&self, who: &Person, order: &Json, what: &str, body: &Json) -> Reply {
        self.post(who, &format!("meal-ordering/orders/{}/{what}", order["id"].as_str().unwrap()), body)
    }

    /// Shows the code of an order at the counter.
    pub fn pick_up(&self, order: &Json) -> Reply {
        let code = json!({ "pickup_code": order["pickup_code"] });
        self.post(&self.worker(), "meal-ordering/pickups", &code)
    }
}
