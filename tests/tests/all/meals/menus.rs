//! Offering menus, changing and calling them off.

use linli_contract::Role;
use linli_tests::meals::LUNCH_OVER;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use super::{by_worker, own_world};

fn offer(here: &Neighbourhood, change: impl Fn(&mut Value)) -> linli_tests::http::Reply {
    let mut lunch = Neighbourhood::lunch(&[(1_000, 10), (500, 10)]);
    change(&mut lunch);
    by_worker(here, "POST", "menus", &lunch)
}

#[test]
fn a_menu_that_cannot_be_kept_is_refused_with_the_field_to_blame() {
    let here = World::shared().neighbourhood(0);
    let with = |name: &str, value: Value| offer(&here, |lunch| lunch[name] = value.clone());
    for (reply, code, pointer) in [
        (with("canteen", json!("elsewhere")), "canteen-unknown", "/canteen"),
        (with("order_until", json!("2026-05-02T05:00:01Z")), "cut-off-after-meal", "/order_until"),
        (with("date", json!("2026-05-01")), "menu-too-late", "/date"),
        (with("date", json!("2026-07-30")), "menu-too-far-ahead", "/date"),
        (
            offer(&here, |lunch| lunch["dishes"][1]["name"] = lunch["dishes"][0]["name"].clone()),
            "dish-twice",
            "/dishes/1/name",
        ),
    ] {
        assert_eq!((reply.problem(422).as_str(), reply.json()["pointer"].as_str()), (code, Some(pointer)));
    }
    for broken in [
        with("date", json!("2 May")),
        with("meal", json!("supper")),
        with("dishes", json!([])),
        offer(&here, |lunch| lunch["dishes"][0]["price_fen"] = json!(0)),
        offer(&here, |lunch| lunch["dishes"][0]["price_fen"] = json!(9.5)),
        offer(&here, |lunch| lunch["dishes"][0]["portions"] = json!(-1)),
        offer(&here, |lunch| lunch["dishes"][0]["allergens"] = json!(["dust"])),
    ] {
        assert_eq!(broken.problem(422), "input-invalid");
    }
    let no_such_day = with("date", json!("2026-02-30"));
    assert_eq!(
        (no_such_day.problem(422).as_str(), no_such_day.json()["pointer"].as_str()),
        ("input-unreadable", Some("/date"))
    );
    let day = here.call("GET", "meal-ordering/menus?date=2026-05-02").send().expect(200);
    assert_eq!(day["items"], json!([]), "nothing of it was kept");
}

#[test]
fn there_is_one_menu_for_each_meal() {
    let here = World::shared().neighbourhood(0);
    let menu = here.menu(&[(1_000, 10)]);
    let again = offer(&here, |_| ());
    assert_eq!(
        (again.problem(409).as_str(), again.json()["menu"].as_str()),
        ("menu-exists", Some(menu.as_str()))
    );
}

#[test]
fn a_canteen_serves_what_its_hours_say_and_is_run_by_its_own() {
    let canteens = json!({
        "main": {
            "title": "社区食堂", "place": "一楼",
            "meals": { "lunch": { "from": "11:00", "minutes": 120, "cut_off_minutes": 120 } },
        },
        "theirs": {
            "title": "幸福食堂", "place": "幸福路1号", "provider": "canteen-1",
            "meals": { "lunch": { "from": "11:00", "minutes": 120, "cut_off_minutes": 120 } },
        },
    });
    let world = Setup::of(&["meal-ordering"]).setting("meal-ordering", "canteens", canteens).start();
    let here = world.neighbourhood(0);
    let dinner = offer(&here, |lunch| lunch["meal"] = json!("dinner"));
    assert_eq!(
        (dinner.problem(422).as_str(), &dinner.json()["pointer"]),
        ("meal-not-served", &json!("/meal"))
    );
    let provider = here.staff(Role::Provider);
    let by_provider = |canteen: &str| {
        let mut lunch = Neighbourhood::lunch(&[(1_000, 10)]);
        lunch["canteen"] = json!(canteen);
        here.post(&provider, "meal-ordering/menus", &lunch)
    };
    assert_eq!(by_provider("main").problem(403), "canteen-of-another");
    by_provider("theirs").expect(201);
    let menu = here.menu(&[(1_000, 10)]);
    for (method, rest, body) in [
        ("PATCH", "dishes/1", json!({ "portions": 5 })),
        ("POST", "cancellation", json!({ "reason": "停电" })),
        ("GET", "kitchen-sheet", Value::Null),
        ("GET", "ratings", Value::Null),
    ] {
        let call = here.call(method, &format!("meal-ordering/menus/{menu}/{rest}")).token(&provider.token);
        let reply = if body.is_null() { call.send() } else { call.json(&body).send() };
        assert_eq!(reply.problem(403), "canteen-of-another", "{method} {rest}");
    }
}

#[test]
fn a_kitchen_can_cook_more_and_less_but_not_less_than_is_ordered() {
    let here = World::shared().neighbourhood(1);
    let menu = here.menu(&[(1_000, 2)]);
    here.top_up(&here.resident(0), 5_000);
    here.order(&here.resident(0), &menu, 2).expect(201);
    let change = |dish: u32, portions: i64| {
        by_worker(&here, "PATCH", &format!("menus/{menu}/dishes/{dish}"), &json!({ "portions": portions }))
    };
    assert_eq!(change(1, 5).expect(200)["left"], 3);
    let less = change(1, 1);
    assert_eq!((less.problem(409).as_str(), &less.json()["ordered"]), ("portions-below-ordered", &json!(2)));
    assert_eq!(change(2, 1).problem(422), "dish-unknown");
    assert_eq!(change(1, 10_001).problem(422), "input-invalid");
    assert_eq!(here.portions_left(&menu), 3);
}

#[test]
fn a_meal_that_is_called_off_gives_everything_back_and_takes_nothing() {
    let here = World::shared().neighbourhood(1);
    let (menu, resident) = (here.menu(&[(1_000, 2)]), here.resident(0));
    here.top_up(&resident, 5_000);
    let order = here.order(&resident, &menu, 2).expect(201);
    let off =
        || by_worker(&here, "POST", &format!("menus/{menu}/cancellation"), &json!({ "reason": "停电" }));
    assert_eq!(off().expect(200)["called_off"], "停电");
    assert_eq!(here.money(&resident), (5_000, 0));
    assert_eq!(off().problem(410), "meal-called-off");
    assert_eq!(here.order(&resident, &menu, 1).problem(410), "meal-called-off");
    assert_eq!(here.cancel_order(&resident, &order).problem(410), "order-cancelled");
    let change = by_worker(&here, "PATCH", &format!("menus/{menu}/dishes/1"), &json!({ "portions": 9 }));
    assert_eq!(change.problem(410), "meal-called-off");
}

#[test]
fn what_is_over_is_changed_no_more() {
    let world = own_world();
    let here = world.neighbourhood(0);
    let menu = here.menu(&[(1_000, 2)]);
    world.advance_to(LUNCH_OVER);
    for (method, rest, body) in [
        ("PATCH", "dishes/1", json!({ "portions": 5 })),
        ("POST", "cancellation", json!({ "reason": "停电" })),
    ] {
        assert_eq!(
            by_worker(&here, method, &format!("menus/{menu}/{rest}"), &body).problem(409),
            "meal-over"
        );
    }
}
