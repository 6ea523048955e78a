//! Orders that wait to be paid.

use crate::*;

fn later(town: &Town, who: &Actor, quantity: i64) -> Outcome {
    let lines = json!([{ "dish": 1, "quantity": quantity }]);
    let order = json!({ "menu": LUNCH, "lines": lines, "payment": "later" });
    town.platform.call(who, "create_order", order)
}

#[test]
fn with_too_little_on_the_card_an_order_keeps_its_portions_for_a_while() {
    let town = Town::with_lunch();
    let order = town.order(&town.resident, 1).created();
    assert_eq!((&order["status"], &order["pay_by"]), (&json!("held"), &json!("2026-05-01T01:15:00Z")));
    assert_eq!(town.left(), [9, 5]);
    town.platform.advance_to("2026-05-01T09:14:59+08:00");
    assert_eq!(town.left(), [9, 5]);
    town.platform.advance_to("2026-05-01T09:15:00+08:00");
    assert_eq!((town.left(), town.status(&order)), (vec![10, 5], "lapsed".to_owned()));
    assert_eq!(town.news(), ["meal.ordered", "meal.lapsed"]);
    for operation in ["pay_order", "cancel_order"] {
        let problem = town.act(operation, &town.resident, &order).problem();
        assert_eq!((problem.code.as_ref(), problem.kind.status()), ("order-lapsed", 410));
    }
    assert_eq!(town.left(), [10, 5]);
}

#[test]
fn it_is_paid_once_and_then_stays_paid() {
    let town = Town::with_lunch();
    let order = town.order(&town.resident, 1).created();
    let problem = town.act("pay_order", &town.resident, &order).problem();
    assert_eq!(problem.code, "card-short");
    assert_eq!((member(&problem, "needed_fen"), member(&problem, "available_fen")), (json!(1_200), json!(0)));
    town.top_up(&town.resident, 3_000);
    let paid = town.act("pay_order", &town.resident, &order).ok();
    assert_eq!((&paid["status"], &paid["pay_by"]), (&json!("paid"), &json!(null)));
    assert_eq!(town.act("pay_order", &town.resident, &order).code(), "order-paid");
    assert_eq!(town.news(), ["meal.ordered", "card.topped-up", "meal.paid"]);
    town.platform.advance_to(CUT_OFF);
    assert_eq!((town.left(), town.card(&town.resident)), (vec![9, 5], (1_800, 1_200)));
}

#[test]
fn it_waits_at_most_until_the_cut_off() {
    let town = Town::with_lunch();
    town.platform.advance_to("2026-05-02T08:55:00+08:00");
    let order = town.order(&town.resident, 1).created();
    assert_eq!(order["pay_by"], "2026-05-02T01:00:00Z");
    town.top_up(&town.resident, 3_000);
    town.platform.advance_to(CUT_OFF);
    assert_eq!(town.act("pay_order", &town.resident, &order).code(), "order-lapsed");
    assert_eq!(town.left(), [10, 5]);
}

#[test]
fn how_long_it_waits_is_for_the_community_to_say() {
    let town = Town::with_lunch();
    let mut terms: Value = serde_json::from_str(include_str!("../../terms.json")).unwrap();
    terms["unpaid_minutes"] = json!(60);
    terms["unpaid_tries"] = json!(0);
    town.platform.configure("terms", terms.clone());
    assert_eq!(town.order(&town.resident, 1).code(), "card-short");
    assert_eq!(later(&town, &town.resident, 1).code(), "unpaid-too-often");
    terms["unpaid_tries"] = json!(1);
    town.platform.configure("terms", terms);
    assert_eq!(town.order(&town.resident, 1).created()["pay_by"], "2026-05-01T02:00:00Z");
}

#[test]
fn it_can_be_cancelled_and_portions_go_back_once() {
    let town = Town::with_lunch();
    let order = town.order(&town.resident, 2).created();
    let cancelled = town.cancel(&order).ok();
    assert_eq!((&cancelled["status"], &cancelled["released_fen"]), (&json!("cancelled"), &json!(0)));
    assert_eq!(town.cancel(&order).code(), "order-cancelled");
    assert_eq!(town.act("pay_order", &town.resident, &order).code(), "order-cancelled");
    town.platform.advance_to(CUT_OFF);
    assert_eq!((town.left(), town.status(&order)), (vec![10, 5], "cancelled".to_owned()));
    assert_eq!(town.news(), ["meal.ordered", "meal.cancelled"]);
}

#[test]
fn nobody_keeps_portions_from_others_without_paying() {
    let town = Town::with_lunch();
    let first = town.order(&town.resident, 5).created();
    let problem = town.order(&town.resident, 5).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "order")), ("order-unpaid", first["id"].clone()));
    town.platform.advance(3_600);
    let second = town.order(&town.resident, 5).created();
    town.cancel(&second).ok();
    // Twice is often enough: from now on it is paid at once.
    assert_eq!(town.order(&town.resident, 5).code(), "card-short");
    assert_eq!(later(&town, &town.resident, 5).code(), "unpaid-too-often");
    town.top_up(&town.resident, 5_000);
    assert_eq!(town.order(&town.resident, 1).created()["status"], "paid");
    assert_eq!(town.left(), [9, 5]);
}

#[test]
fn who_pays_in_the_end_may_leave_an_order_unpaid_again() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 10_000);
    for _ in 0..4 {
        let order = later(&town, &town.resident, 1).created();
        assert_eq!(order["status"], "held");
        town.act("pay_order", &town.resident, &order).ok();
    }
    assert_eq!((town.left(), town.card(&town.resident)), (vec![6, 5], (5_200, 4_800)));
}

#[test]
fn a_meal_is_not_handed_out_before_it_is_paid() {
    let town = Town::with_open_lunch();
    town.platform.advance_to(SERVED);
    let order = town.order(&town.resident, 1).created();
    let problem = town.pick_up(&order).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "order")), ("order-unpaid", order["id"].clone()));
    town.top_up(&town.resident, 3_000);
    town.act("pay_order", &town.resident, &order).ok();
    town.pick_up(&order).created();
}
