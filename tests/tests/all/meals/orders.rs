//! Ordering, paying, cancelling.

use linli_tests::meals::CUT_OFF;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::World;
use serde_json::{Value, json};

use super::{by_worker, own_world};

fn order(
    here: &Neighbourhood,
    who: &Person,
    menu: &str,
    lines: &Value,
    more: &Value,
) -> linli_tests::http::Reply {
    let mut order = json!({ "menu": menu, "lines": lines });
    for (name, value) in more.as_object().unwrap() {
        order[name] = value.clone();
    }
    here.post(who, "meal-ordering/orders", &order)
}

fn later(here: &Neighbourhood, who: &Person, menu: &str) -> linli_tests::http::Reply {
    order(here, who, menu, &json!([{ "dish": 1, "quantity": 1 }]), &json!({ "payment": "later" }))
}

#[test]
fn an_order_has_a_price_a_subsidy_and_a_code() {
    let here = World::shared().neighbourhood(2);
    let menu = here.menu(&[(1_250, 10)]);
    for (number, subsidy) in [(0, 0), (1, 250)] {
        let who = here.resident(number);
        here.top_up(&who, 5_000);
        let order = here.order(&who, &menu, 1).expect(201);
        let money = ["total_fen", "subsidy_fen", "to_pay_fen"].map(|name| order[name].as_i64().unwrap());
        assert_eq!(money, [1_250, subsidy, 1_250 - subsidy]);
        assert_eq!(
            (order["status"].as_str(), order["pickup_code"].as_str().unwrap().len()),
            (Some("paid"), 8)
        );
    }
}

#[test]
fn an_order_that_breaks_its_form_is_refused() {
    let here = World::shared().neighbourhood(1);
    let (menu, who) = (here.menu(&[(1_000, 10)]), here.resident(0));
    let line = |dish: i64, quantity: i64| json!([{ "dish": dish, "quantity": quantity }]);
    for (menu, lines, more) in [
        (menu.as_str(), json!([]), json!({})),
        (menu.as_str(), line(0, 1), json!({})),
        (menu.as_str(), line(1, 0), json!({})),
        (menu.as_str(), line(1, 21), json!({})),
        (menu.as_str(), line(1, 1), json!({ "note": "" })),
        (menu.as_str(), line(1, 1), json!({ "payment": "never" })),
        (menu.as_str(), line(1, 1), json!({ "total_fen": 1 })),
        ("lunch", line(1, 1), json!({})),
    ] {
        assert_eq!(
            order(&here, &who, menu, &lines, &more).problem(422),
            "input-invalid",
            "{menu} {lines} {more}"
        );
    }
    let unknown = order(
        &here,
        &who,
        &menu,
        &json!([{ "dish": 1, "quantity": 1 }, { "dish": 2, "quantity": 1 }]),
        &json!({}),
    );
    assert_eq!(
        (unknown.problem(422).as_str(), &unknown.json()["pointer"]),
        ("dish-unknown", &json!("/lines/1/dish"))
    );
    assert_eq!(here.portions_left(&menu), 10);
}

#[test]
fn nobody_gets_more_than_there_is_or_than_their_share() {
    let here = World::shared().neighbourhood(1);
    let who = here.resident(0);
    here.top_up(&who, 50_000);
    let mut lunch = Neighbourhood::lunch(&[(1_000, 10), (100_000, 10)]);
    lunch["dishes"][0]["per_person"] = json!(4);
    let menu = by_worker(&here, "POST", "menus", &lunch).expect(201)["id"].as_str().unwrap().to_owned();
    here.order(&who, &menu, 3).expect(201);
    let more = here.order(&who, &menu, 2);
    assert_eq!((more.problem(409).as_str(), &more.json()["limit"]), ("dish-limit", &json!(4)));
    let feast = order(&here, &who, &menu, &json!([{ "dish": 2, "quantity": 3 }]), &json!({}));
    assert_eq!(
        (feast.problem(422).as_str(), &feast.json()["maximum_fen"]),
        ("order-too-large", &json!(200_000))
    );
    by_worker(&here, "PATCH", &format!("menus/{menu}/dishes/1"), &json!({ "portions": 3 })).expect(200);
    let none = here.order(&who, &menu, 1);
    assert_eq!((none.problem(409).as_str(), &none.json()["left"]), ("dish-short", &json!(0)));
}

#[test]
fn orders_come_and_go_until_the_cut_off() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let (menu, who) = (here.menu(&[(1_000, 10)]), here.resident(0));
    here.top_up(&who, 5_000);
    let kept = here.order(&who, &menu, 1).expect(201);
    world.clock.set(CUT_OFF.parse().unwrap());
    let late = here.order(&who, &menu, 1);
    assert_eq!((late.problem(409).as_str(), &late.json()["order_until"]), ("orders-closed", &json!(CUT_OFF)));
    assert_eq!(here.cancel_order(&who, &kept).problem(409), "cancel-too-late");
}

#[test]
fn an_order_belongs_to_whoever_made_it() {
    let here = World::shared().neighbourhood(2);
    let (menu, who, other) = (here.menu(&[(1_000, 10)]), here.resident(0), here.resident(1));
    here.top_up(&who, 5_000);
    let order = here.order(&who, &menu, 1).expect(201);
    assert_eq!(here.cancel_order(&other, &order).problem(404), "order-unknown");
    assert_eq!(here.with_order(&other, &order, "payment", &json!({})).problem(404), "order-unknown");
    assert_eq!(
        here.with_order(&other, &order, "rating", &json!({ "stars": 1 })).problem(404),
        "order-unknown"
    );
    assert_eq!(here.get(&other, "meal-ordering/orders").expect(200)["items"], json!([]));
    assert_eq!(here.cancel_order(&who, &order).expect(200)["released_fen"], 1_000);
    assert_eq!(here.cancel_order(&who, &order).problem(410), "order-cancelled");
}

#[test]
fn what_is_not_paid_waits_for_a_while_and_not_for_ever() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let (menu, who) = (here.menu(&[(1_000, 10)]), here.resident(0));
    let first = later(&here, &who, &menu).expect(201);
    assert_eq!(first["pay_by"], "2026-05-01T01:45:00Z");
    let second = later(&here, &who, &menu);
    assert_eq!((second.problem(409).as_str(), &second.json()["order"]), ("order-unpaid", &first["id"]));
    let short = here.with_order(&who, &first, "payment", &json!({}));
    assert_eq!((short.problem(409).as_str(), &short.json()["needed_fen"]), ("card-short", &json!(1_000)));
    // The time is over, though no timer has told anybody yet.
    world.clock.set("2026-05-01T01:45:00Z".parse().unwrap());
    assert_eq!(here.with_order(&who, &first, "payment", &json!({})).problem(410), "order-lapsed");
    world.deliver();
    let again = later(&here, &who, &menu).expect(201);
    here.cancel_order(&who, &again).expect(200);
    assert_eq!(later(&here, &who, &menu).problem(429), "unpaid-too-often");
    assert_eq!(here.order(&who, &menu, 1).problem(409), "card-short", "nor by an empty card");
    here.top_up(&who, 1_000);
    let paid = here.order(&who, &menu, 1).expect(201);
    assert_eq!(here.with_order(&who, &paid, "payment", &json!({})).problem(409), "order-paid");
    assert_eq!(here.portions_left(&menu), 9);
    world.verify();
}
