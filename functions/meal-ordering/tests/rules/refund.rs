//! Money given back by a worker.

use crate::*;

fn refund(town: &Town, by: &Actor, order: &Value) -> Outcome {
    town.platform.call(by, "refund_order", json!({ "id": order["id"], "reason": "菜品有误" }))
}

#[test]
fn money_and_subsidy_go_back_once() {
    let town = Town::with_lunch();
    let elder = town.platform.resident(70);
    town.top_up(&elder, 5_000);
    let order = town.order(&elder, 1).created();
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    assert_eq!((town.card(&elder), town.accounts()), ((4_040, 0), [5_000, 240, 1_200, 0]));
    town.platform.take_published();
    let refunded = refund(&town, &town.worker, &order).ok();
    assert_eq!((&refunded["refunded_fen"], &refunded["subsidy_fen"]), (&json!(960), &json!(240)));
    assert_eq!((town.card(&elder), town.accounts()), ((5_000, 0), [5_000, 0, 0, 0]));
    let published = town.platform.take_published();
    // What points-redemption takes points back for.
    assert_eq!((published[0].name.as_str(), &published[0].content["order"]), ("meal.refunded", &order["id"]));
    assert_eq!(
        (&published[0].content["refunded_fen"], &published[0].content["cause"]),
        (&json!(960), &json!("worker"))
    );
    assert_eq!(refund(&town, &town.worker, &order).code(), "order-refunded");
    assert_eq!(town.card(&elder), (5_000, 0));
    let rating = json!({ "id": order["id"], "stars": 1 });
    assert_eq!(town.platform.call(&elder, "rate_order", rating).code(), "order-refunded");
}

#[test]
fn a_missed_meal_can_be_forgiven() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(OVER);
    assert_eq!(refund(&town, &town.worker, &order).ok()["refunded_fen"], 1_200);
    assert_eq!(town.card(&town.resident), (5_000, 0));
}

#[test]
fn what_a_provider_was_paid_is_given_back_all_the_same() {
    let town = Town::new();
    town.platform.configure("canteens", with_provider());
    let menu = town.offer(lunch(json!({ "canteen": "garden" }))).created();
    let elder = town.platform.resident(85);
    town.top_up(&elder, 5_000);
    let order = json!({ "menu": menu["id"], "lines": [{ "dish": 1, "quantity": 1 }] });
    let order = town.platform.call(&elder, "create_order", order).created();
    assert_eq!(order["subsidy_fen"], 600);
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    assert_eq!(town.accounts(), [5_000, 600, 0, 0]);
    refund(&town, &town.worker, &order).ok();
    // The provider gave back what the elder had paid; the subsidy is to be settled with it.
    assert_eq!((town.card(&elder), town.accounts()), ((5_000, 0), [5_000, 0, 0, 600]));
}

#[test]
fn only_what_was_charged_is_given_back() {
    let town = Town::with_lunch();
    let order = town.paid();
    assert_eq!(refund(&town, &town.worker, &order).code(), "order-not-picked-up");
    town.cancel(&order).ok();
    assert_eq!(refund(&town, &town.worker, &order).code(), "order-cancelled");
    assert_eq!(refund(&town, &town.worker, &json!({ "id": "0".repeat(26) })).code(), "order-unknown");
    assert_eq!(refund(&town, &town.resident, &order).code(), "role-missing");
}

#[test]
fn nobody_gives_money_back_to_themselves() {
    let town = Town::with_lunch();
    let cook = town.worker.with_roles(&[Role::Resident, Role::Worker]);
    let colleague = town.platform.worker();
    let top_up = json!({ "resident": cook.person(), "amount_fen": 5_000 });
    town.platform.call(&colleague, "create_top_up", top_up).created();
    let order = town.order(&cook, 1).created();
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    assert_eq!(refund(&town, &cook, &order).code(), "refund-to-oneself");
    refund(&town, &colleague, &order).ok();
}

#[test]
fn money_is_given_back_for_a_while() {
    let town = Town::with_lunch();
    let order = town.eaten();
    town.platform.advance_to("2026-05-09T13:00:00+08:00");
    assert_eq!(refund(&town, &town.worker, &order).code(), "refund-too-late");
}
