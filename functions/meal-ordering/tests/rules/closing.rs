//! The end of a meal, who did not come, and meals that are called off.

use crate::*;

fn charge(town: &Town, share: u32) {
    let mut terms: Value = serde_json::from_str(include_str!("../../terms.json")).unwrap();
    terms["no_show_charge"] = json!(share);
    town.platform.configure("terms", terms);
}

#[test]
fn a_meal_nobody_comes_for_is_charged_as_the_terms_say() {
    for (share, charged) in [(10_000, 1_200), (5_000, 600), (0, 0), (1, 0)] {
        let town = Town::with_lunch();
        charge(&town, share);
        let order = town.paid();
        town.platform.take_published();
        town.platform.advance_to("2026-05-02T12:59:59+08:00");
        assert_eq!(town.status(&order), "paid");
        town.platform.advance_to(OVER);
        let shown = town.act("show_order", &town.resident, &order).ok();
        assert_eq!((&shown["status"], &shown["charged_fen"]), (&json!("missed"), &json!(charged)), "{share}");
        assert_eq!(town.card(&town.resident), (5_000 - charged, 0));
        let published = town.platform.take_published();
        assert_eq!(published.len(), 1);
        assert_eq!(
            (published[0].name.as_str(), &published[0].content["charged_fen"]),
            ("meal.missed", &json!(charged))
        );
    }
}

#[test]
fn a_missed_meal_is_neither_cancelled_nor_paid_nor_rated() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(OVER);
    for operation in ["cancel_order", "pay_order"] {
        assert_eq!(town.act(operation, &town.resident, &order).code(), "order-missed");
    }
    let rating = json!({ "id": order["id"], "stars": 5 });
    assert_eq!(town.platform.call(&town.resident, "rate_order", rating).code(), "order-missed");
}

#[test]
fn a_subsidy_is_not_paid_for_a_meal_nobody_ate() {
    let town = Town::with_lunch();
    let elder = town.platform.resident(70);
    town.top_up(&elder, 5_000);
    town.order(&elder, 1).created();
    town.platform.advance_to(OVER);
    assert_eq!((town.card(&elder), town.accounts()), ((4_040, 0), [5_000, 0, 960, 0]));
}

#[test]
fn more_than_one_transaction_can_close_are_closed_all_the_same() {
    let town = Town::new();
    let dishes = json!([{ "name": "红烧肉", "price_fen": 1_200, "portions": 1_000 }]);
    town.offer(lunch(json!({ "dishes": dishes }))).created();
    let residents: Vec<_> = (0..400).map(|_| town.platform.resident(30)).collect();
    for resident in &residents {
        town.top_up(resident, 1_200);
        town.order(resident, 1).created();
    }
    town.platform.advance_to(SERVED);
    let first = town.platform.call(&residents[0], "list_orders", json!({})).page().0.remove(0);
    town.pick_up(&first).created();
    town.platform.take_published();
    town.platform.advance_to(OVER);
    assert_eq!(town.news().len(), 399);
    assert!(residents.iter().all(|resident| town.card(resident) == (0, 0)));
    assert_eq!(town.left(), [600]);
}

#[test]
fn what_was_ordered_is_known_after_the_counters_are_gone() {
    let town = Town::with_lunch();
    town.eaten();
    town.platform.advance_to(OVER);
    assert_eq!(town.left(), [9, 5]);
    let sheet = town.platform.call(&town.worker, "show_kitchen_sheet", json!({ "id": LUNCH })).ok();
    assert_eq!((&sheet["dishes"][0]["ordered"], &sheet["dishes"][0]["portions"]), (&json!(1), &json!(10)));
}

/// Both end at the same moment here; whichever timer is first, the other finds nothing left to do.
#[test]
fn an_order_that_is_unpaid_when_the_meal_ends_lapses() {
    let town = Town::with_open_lunch();
    town.platform.advance_to("2026-05-02T12:55:00+08:00");
    let order = town.order(&town.resident, 3).created();
    assert_eq!(order["pay_by"], "2026-05-02T05:00:00Z");
    town.platform.advance_to(OVER);
    town.platform.advance(60);
    assert_eq!((town.status(&order), town.left()), ("lapsed".to_owned(), vec![10, 5]));
    assert_eq!(town.news(), ["meal.ordered", "meal.lapsed"]);
}

fn call_off(town: &Town, who: &Actor) -> Outcome {
    town.platform.call(who, "call_off_menu", json!({ "id": LUNCH, "reason": "停电" }))
}

#[test]
fn when_a_meal_is_called_off_everybody_who_has_not_eaten_gets_their_money_back() {
    let town = Town::with_open_lunch();
    let (eaten, paid) = (town.paid(), town.order(&town.resident, 2).created());
    town.platform.advance_to(SERVED);
    let other = town.platform.resident(30);
    let unpaid = town.order(&other, 1).created();
    town.pick_up(&eaten).created();
    town.platform.take_published();
    let menu = call_off(&town, &town.worker).ok();
    assert_eq!((&menu["called_off"], &menu["open"]), (&json!("停电"), &json!(false)));
    let published = town.platform.take_published();
    let names: Vec<_> = published.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["meal.lapsed", "meal.cancelled", "meal.refunded"]);
    assert_eq!(
        (&published[2].content["refunded_fen"], &published[2].content["cause"]),
        (&json!(2_400), &json!("called-off"))
    );
    assert_eq!(town.card(&town.resident), (3_800, 0));
    let statuses = [&eaten, &paid].map(|order| town.status(order));
    assert_eq!(statuses, ["picked-up", "cancelled"]);
    assert_eq!(town.act("pay_order", &other, &unpaid).code(), "order-lapsed");
    assert_eq!(town.order(&town.resident, 1).code(), "meal-called-off");
    assert_eq!(town.pick_up(&paid).code(), "order-cancelled");
    assert_eq!(call_off(&town, &town.worker).code(), "meal-called-off");
    let change = json!({ "id": LUNCH, "dish": 1, "portions": 30 });
    assert_eq!(town.platform.call(&town.worker, "change_dish", change).code(), "meal-called-off");
    town.platform.advance_to(OVER);
    town.platform.advance(60);
    assert_eq!((town.card(&town.resident), town.left()), ((3_800, 0), vec![9, 5]));
    assert!(town.news().is_empty());
}

#[test]
fn a_meal_with_more_orders_than_one_transaction_ends_is_called_off_all_the_same() {
    let town = Town::new();
    let dishes = json!([{ "name": "红烧肉", "price_fen": 1_200, "portions": 1_000 }]);
    town.offer(lunch(json!({ "dishes": dishes }))).created();
    let residents: Vec<_> = (0..400).map(|_| town.platform.resident(30)).collect();
    let mut orders = Vec::new();
    for resident in &residents {
        town.top_up(resident, 1_200);
        orders.push(town.order(resident, 1).created());
    }
    town.platform.advance_to("2026-05-02T12:00:00+08:00");
    call_off(&town, &town.worker).ok();
    // Between the first batch and the next nothing is handed out.
    let codes: std::collections::BTreeSet<_> =
        orders.iter().map(|order| town.pick_up(order).code()).collect();
    assert_eq!(codes, ["meal-called-off".to_owned(), "order-cancelled".to_owned()].into());
    town.platform.settle();
    assert!(residents.iter().all(|resident| town.card(resident) == (1_200, 0)));
    assert_eq!((town.left(), town.accounts()), (vec![1_000], [480_000, 0, 0, 0]));
}

/// Each of these orders gives back forty dishes: far fewer of them fit into one transaction.
#[test]
fn long_orders_are_given_back_in_smaller_batches() {
    let town = Town::new();
    let dishes: Vec<_> =
        (1..=40).map(|n| json!({ "name": format!("小菜{n}"), "price_fen": 10, "portions": 100 })).collect();
    town.offer(lunch(json!({ "dishes": dishes }))).created();
    let lines: Vec<_> = (1..=40).map(|n| json!({ "dish": n, "quantity": 1 })).collect();
    let residents: Vec<_> = (0..100).map(|_| town.platform.resident(30)).collect();
    for resident in &residents[..50] {
        town.top_up(resident, 400);
    }
    for resident in &residents {
        town.order_this(resident, json!(lines)).created();
    }
    assert_eq!(town.left(), vec![0; 40]);
    call_off(&town, &town.worker).ok();
    town.platform.settle();
    assert_eq!(town.left(), vec![100; 40]);
    assert!(residents[..50].iter().all(|resident| town.card(resident) == (400, 0)));
}

#[test]
fn a_meal_is_called_off_by_those_who_run_it_while_it_is_not_over() {
    let town = Town::with_lunch();
    assert_eq!(call_off(&town, &town.resident).code(), "role-missing");
    assert_eq!(call_off(&town, &town.platform.provider("garden-foods")).code(), "canteen-of-another");
    town.platform.advance_to(OVER);
    assert_eq!(call_off(&town, &town.worker).code(), "meal-over");
}
