//! Every operation of meal ordering over HTTP: its good path, and each way it refuses.

mod counter;
mod menus;
mod money;
mod orders;

use linli_contract::Role;
use linli_tests::http::Reply;
use linli_tests::meals::{CUT_OFF, LUNCH};
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use crate::coverage::{self, NOTHING};

/// A world whose clock this test may move.
fn own_world() -> World {
    Setup::of(&["meal-ordering"]).start()
}

/// A command of a worker.
fn by_worker(here: &Neighbourhood, method: &str, rest: &str, body: &Value) -> Reply {
    here.call(method, &format!("meal-ordering/{rest}")).token(&here.worker().token).json(body).send()
}

/// The worker, who lives here, too.
fn worker_at_home(here: &Neighbourhood) -> Person {
    here.person(here.worker().id, Role::Resident, &linli_contract::Area::of(here.community))
}

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_meal_ordering_is_provoked() {
    coverage::assert_provoked(
        concat!(
            include_str!("../../../../functions/meal-ordering/src/problem.rs"),
            include_str!("../../../../functions/meal-ordering/src/problem/money.rs"),
        ),
        concat!(
            include_str!("mod.rs"),
            include_str!("counter.rs"),
            include_str!("menus.rs"),
            include_str!("money.rs"),
            include_str!("orders.rs"),
        ),
        // That four of 2^35 codes drawn in a row are taken is for the component's own tests.
        &["codes-short"],
    );
}

#[test]
fn every_operation_of_meal_ordering_has_a_good_path() {
    let world = own_world();
    let here = coverage::watched(world.neighbourhood(1));
    let (resident, worker) = (here.resident(0), here.worker());
    for public in ["canteens", "subsidy-bands", "menus?date=2026-05-02"] {
        here.call("GET", &format!("meal-ordering/{public}")).send().expect(200);
    }
    here.top_up(&resident, 3_000);
    let menu = here.menu(&[(1_000, 10)]);
    by_worker(&here, "PATCH", &format!("menus/{menu}/dishes/1"), &json!({ "portions": 12 })).expect(200);
    here.portions_left(&menu);
    let cancelled = here.order(&resident, &menu, 1).expect(201);
    here.cancel_order(&resident, &cancelled).expect(200);
    let lines = json!([{ "dish": 1, "quantity": 1 }]);
    let later = json!({ "menu": menu, "lines": lines, "payment": "later" });
    let order = here.post(&resident, "meal-ordering/orders", &later).expect(201);
    here.with_order(&resident, &order, "payment", &json!({})).expect(200);
    here.get(&resident, "meal-ordering/orders").expect(200);
    here.get(&resident, &format!("meal-ordering/orders/{}", order["id"].as_str().unwrap())).expect(200);
    world.advance_to(CUT_OFF);
    here.get(&worker, &format!("meal-ordering/menus/{menu}/kitchen-sheet")).expect(200);
    let person = here.card(&resident)["person"].as_str().unwrap().to_owned();
    let waiting = format!("meal-ordering/menus/{menu}/waiting-meals?resident={person}");
    assert_eq!(here.get(&worker, &waiting).expect(200)["items"][0]["order"], order["id"]);
    world.advance_to(LUNCH);
    here.pick_up(&order).expect(201);
    here.with_order(&resident, &order, "rating", &json!({ "stars": 4 })).expect(201);
    here.get(&worker, &format!("meal-ordering/menus/{menu}/ratings")).expect(200);
    let settled = json!({ "account": "sales", "amount_fen": 600, "reference": "2026-05-02-1" });
    assert_eq!(by_worker(&here, "POST", "settlements", &settled).expect(201)["left_fen"], 400);
    here.with_order(&worker, &order, "refund", &json!({ "reason": "菜品有误" })).expect(200);
    for list in ["top-ups", "settlements", "accounts"] {
        here.get(&worker, &format!("meal-ordering/{list}")).expect(200);
    }
    let mut dinner = Neighbourhood::lunch(&[(1_000, 10)]);
    (dinner["date"], dinner["meal"]) = (json!("2026-05-03"), json!("dinner"));
    let dinner = by_worker(&here, "POST", "menus", &dinner).expect(201)["id"].clone();
    let off = format!("menus/{}/cancellation", dinner.as_str().unwrap());
    by_worker(&here, "POST", &off, &json!({ "reason": "停电" })).expect(200);
    world.verify();
    coverage::assert_called(&world, &here, "meal-ordering");
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_wrong() {
    let here = World::shared().neighbourhood(1);
    let menu = "menus/2026-05-02.main.supper";
    let reason = json!({ "reason": "停电" });
    for (method, rest, body, code) in [
        ("PATCH", format!("{menu}/dishes/1"), json!({ "portions": 1 }), "menu-unknown"),
        ("POST", format!("{menu}/cancellation"), reason.clone(), "menu-unknown"),
        ("POST", format!("orders/{NOTHING}/refund"), reason, "order-unknown"),
    ] {
        assert_eq!(by_worker(&here, method, &rest, &body).problem(404), code, "{method} {rest}");
    }
    let card = here.card(&here.resident(0))["person"].as_str().unwrap().to_owned();
    for rest in ["kitchen-sheet", "ratings", &format!("waiting-meals?resident={card}")] {
        assert_eq!(
            here.get(&here.worker(), &format!("meal-ordering/{menu}/{rest}")).problem(404),
            "menu-unknown"
        );
    }
    assert_eq!(here.call("GET", &format!("meal-ordering/{menu}")).send().problem(404), "menu-unknown");
    let order = json!({ "id": NOTHING });
    let resident = here.resident(0);
    assert_eq!(here.order(&resident, "2026-05-02.main.supper", 1).problem(404), "menu-unknown");
    assert_eq!(here.cancel_order(&resident, &order).problem(404), "order-unknown");
    assert_eq!(here.with_order(&resident, &order, "payment", &json!({})).problem(404), "order-unknown");
    assert_eq!(
        here.with_order(&resident, &order, "rating", &json!({ "stars": 5 })).problem(404),
        "order-unknown"
    );
    assert_eq!(here.get(&resident, &format!("meal-ordering/orders/{NOTHING}")).problem(404), "order-unknown");
}
