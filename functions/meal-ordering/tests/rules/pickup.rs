//! The counter.

use crate::*;

#[test]
fn a_meal_is_picked_up_once_and_paid_then() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(SERVED);
    town.platform.take_published();
    let tray = town.pick_up(&order).created();
    assert_eq!((&tray["order"], &tray["lines"][0]["name"]), (&order["id"], &json!("红烧肉")));
    assert!(text(&tray["name_masked"]).ends_with('*'));
    assert_eq!(town.card(&town.resident), (3_800, 0));
    let published = town.platform.take_published();
    assert_eq!(published.len(), 1);
    // What the rules of points-redemption look for.
    assert_eq!(published[0].name, "meal.picked-up");
    assert_eq!(published[0].content["person"], json!(town.resident.person()));
    assert_eq!(published[0].content["order"], order["id"]);
    for _ in 0..3 {
        let problem = town.pick_up(&order).problem();
        assert_eq!((problem.code.as_ref(), problem.kind.status()), ("order-picked-up", 409));
        assert_eq!(member(&problem, "picked_up_at"), "2026-05-02T03:00:00Z");
    }
    town.platform.advance_to(OVER);
    assert_eq!(town.card(&town.resident), (3_800, 0));
    let shown = town.act("show_order", &town.resident, &order).ok();
    assert_eq!((&shown["status"], &shown["charged_fen"]), (&json!("picked-up"), &json!(1_200)));
}

#[test]
fn a_meal_is_picked_up_while_it_is_served() {
    let town = Town::with_lunch();
    let order = town.paid();
    let problem = town.pick_up(&order).problem();
    assert_eq!(
        (problem.code.as_ref(), member(&problem, "served_from")),
        ("pickup-too-early", json!("2026-05-02T03:00:00Z"))
    );
    town.platform.advance_to("2026-05-02T12:59:59+08:00");
    town.pick_up(&order).created();
}

#[test]
fn nothing_is_picked_up_when_the_meal_is_over() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(OVER);
    let problem = town.pick_up(&order).problem();
    assert_eq!((problem.code.as_ref(), problem.kind.status()), ("order-missed", 410));
}

#[test]
fn a_code_is_read_however_it_is_typed_and_a_slip_is_told_from_a_forgery() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(SERVED);
    let code = text(&order["pickup_code"]);
    let pick_up =
        |code: String| town.platform.call(&town.worker, "create_pickup", json!({ "pickup_code": code }));
    let slip = if code.starts_with('2') { '3' } else { '2' };
    assert_eq!(pick_up(format!("{slip}{}", &code[1..])).code(), "code-mistyped");
    assert_eq!(pick_up("22222222".to_owned()).code(), "code-unknown");
    assert_eq!(pick_up("2".to_owned()).code(), "schema-violated");
    pick_up(format!("{}-{}", code[..4].to_lowercase(), &code[4..])).created();
}

#[test]
fn a_providers_canteen_hands_out_its_own_meals_and_is_paid_for_them() {
    let town = Town::new();
    town.platform.configure("canteens", with_provider());
    let menu = town.offer(lunch(json!({ "canteen": "garden" }))).created();
    town.top_up(&town.resident, 5_000);
    let order = json!({ "menu": menu["id"], "lines": [{ "dish": 1, "quantity": 1 }] });
    let order = town.platform.call(&town.resident, "create_order", order).created();
    town.platform.advance_to(SERVED);
    let code = json!({ "pickup_code": order["pickup_code"] });
    let (garden, other) = (town.platform.provider("garden-foods"), town.platform.provider("other"));
    assert_eq!(town.platform.call(&other, "create_pickup", code.clone()).code(), "canteen-of-another");
    assert_eq!(town.platform.call(&town.resident, "create_pickup", code.clone()).code(), "role-missing");
    town.platform.call(&garden, "create_pickup", code.clone()).created();
    assert_eq!(town.platform.call(&town.worker, "create_pickup", code).code(), "order-picked-up");
    assert_eq!(town.card(&town.resident), (3_800, 0));
}

#[test]
fn a_resident_with_nothing_but_a_card_gets_the_meal_all_the_same() {
    let town = Town::with_lunch();
    let order = town.paid();
    let neighbour = town.platform.resident(30);
    town.top_up(&neighbour, 5_000);
    town.order(&neighbour, 1).created();
    town.platform.advance_to(SERVED);
    let waiting = |who: &Actor, resident: PersonRef| {
        town.platform.call(who, "list_waiting_meals", json!({ "id": LUNCH, "resident": resident }))
    };
    let (meals, _) = waiting(&town.worker, town.resident.person()).page();
    assert_eq!((meals.len(), &meals[0]["order"]), (1, &order["id"]));
    town.pick_up(&meals[0]).created();
    assert!(waiting(&town.worker, town.resident.person()).page().0.is_empty());
    assert_eq!(waiting(&town.resident, town.resident.person()).code(), "role-missing");
    let stranger = town.platform.provider("garden-foods");
    assert_eq!(waiting(&stranger, town.resident.person()).code(), "canteen-of-another");
}
