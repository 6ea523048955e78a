//! Handing out, rating, giving money back.

use linli_tests::meals::{LUNCH, LUNCH_OVER};
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::World;
use serde_json::{Value, json};

use super::{by_worker, own_world, worker_at_home};

/// Somebody with money, and an order they paid.
fn paid(here: &Neighbourhood, who: &Person) -> Value {
    here.top_up(who, 5_000);
    let day = here.call("GET", "meal-ordering/menus?date=2026-05-02").send().expect(200);
    let menu = match day["items"][0]["id"].as_str() {
        Some(menu) => menu.to_owned(),
        None => here.menu(&[(1_000, 10)]),
    };
    here.order(who, &menu, 1).expect(201)
}

fn rate(here: &Neighbourhood, who: &Person, order: &Value) -> linli_tests::http::Reply {
    here.with_order(who, order, "rating", &json!({ "stars": 3 }))
}

fn refund(here: &Neighbourhood, order: &Value) -> linli_tests::http::Reply {
    here.with_order(&here.worker(), order, "refund", &json!({ "reason": "菜品有误" }))
}

#[test]
fn a_code_is_good_once_while_the_meal_is_served() {
    let world = own_world();
    let here = world.neighbourhood(2);
    let (order, missed) = (paid(&here, &here.resident(0)), paid(&here, &here.resident(1)));
    let early = here.pick_up(&order);
    assert_eq!(
        (early.problem(409).as_str(), &early.json()["served_from"]),
        ("pickup-too-early", &json!(LUNCH))
    );
    world.advance_to(LUNCH);
    assert_eq!(here.pick_up(&order).expect(201)["picked_up_at"], LUNCH);
    let again = here.pick_up(&order);
    assert_eq!(
        (again.problem(409).as_str(), &again.json()["picked_up_at"]),
        ("order-picked-up", &json!(LUNCH))
    );
    assert_eq!(here.cancel_order(&here.resident(0), &order).problem(409), "order-picked-up");
    world.clock.set(LUNCH_OVER.parse().unwrap());
    assert_eq!(here.pick_up(&missed).problem(410), "order-missed");
    world.deliver();
    assert_eq!(here.pick_up(&missed).problem(410), "order-missed");
}

#[test]
fn a_code_that_is_wrong_is_told_from_one_of_another_community() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(0), world.neighbourhood(1));
    let order = paid(&elsewhere, &elsewhere.resident(0));
    assert_eq!(here.pick_up(&order).problem(404), "code-unknown");
    let code = order["pickup_code"].as_str().unwrap();
    let last = if code.ends_with('0') { "1" } else { "0" };
    let mistyped = json!({ "pickup_code": format!("{}{last}", &code[..7]) });
    let reply = by_worker(&elsewhere, "POST", "pickups", &mistyped);
    assert_eq!(
        (reply.problem(422).as_str(), &reply.json()["pointer"]),
        ("code-mistyped", &json!("/pickup_code"))
    );
    assert_eq!(
        by_worker(&elsewhere, "POST", "pickups", &json!({ "pickup_code": 1 })).problem(422),
        "input-invalid"
    );
}

#[test]
fn a_meal_is_rated_once_within_a_week_by_whoever_ate_it() {
    let world = own_world();
    let here = world.neighbourhood(2);
    let (first, second) = (here.resident(0), here.resident(1));
    let (one, two) = (paid(&here, &first), paid(&here, &second));
    assert_eq!(rate(&here, &first, &one).problem(409), "order-not-picked-up");
    world.advance_to(LUNCH);
    for order in [&one, &two] {
        here.pick_up(order).expect(201);
    }
    for stars in [json!(0), json!(6), json!("5"), Value::Null] {
        let reply = here.with_order(&first, &one, "rating", &json!({ "stars": stars }));
        assert_eq!(reply.problem(422), "input-invalid");
    }
    assert_eq!(rate(&here, &first, &one).expect(201)["stars"], 3);
    assert_eq!(rate(&here, &first, &one).problem(409), "order-rated");
    world.advance_to("2026-05-09T03:00:00Z");
    assert_eq!(rate(&here, &second, &two).problem(409), "rating-too-late");
}

#[test]
fn money_is_given_back_once_within_a_week_and_never_to_oneself() {
    let world = own_world();
    let here = world.neighbourhood(2);
    // The worker's own card is filled by a colleague, with the same office and another name.
    let colleague = here.person(
        here.resident(1).id,
        linli_contract::Role::Worker,
        &linli_contract::Area::of(here.community),
    );
    let own = worker_at_home(&here);
    let person = here.card(&own)["person"].as_str().unwrap().to_owned();
    let top_up = format!("meal-ordering/cards/{person}/top-ups");
    here.post(&colleague, &top_up, &json!({ "amount_fen": 1_000 })).expect(201);
    let (order, late) = (paid(&here, &here.resident(0)), paid(&here, &here.resident(0)));
    let mine = here.order(&own, order["menu"].as_str().unwrap(), 1).expect(201);
    assert_eq!(refund(&here, &order).problem(409), "order-not-picked-up");
    world.advance_to(LUNCH);
    for order in [&order, &late, &mine] {
        here.pick_up(order).expect(201);
    }
    assert_eq!(refund(&here, &mine).problem(403), "refund-to-oneself");
    assert_eq!(refund(&here, &order).expect(200)["refunded_fen"], 1_000);
    assert_eq!(refund(&here, &order).problem(409), "order-refunded");
    assert_eq!(rate(&here, &here.resident(0), &order).problem(409), "order-refunded");
    world.advance_to("2026-05-09T05:00:00Z");
    assert_eq!(refund(&here, &late).problem(409), "refund-too-late");
    world.verify();
}
