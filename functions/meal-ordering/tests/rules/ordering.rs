//! Orders: portions and money in one transaction.

use linli_sdk::testing::Footprint;

use crate::*;

#[test]
fn an_order_takes_portions_and_sets_the_money_aside() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    let order = town
        .order_this(&town.resident, json!([{ "dish": 1, "quantity": 2 }, { "dish": 2, "quantity": 1 }]))
        .created();
    let sums = [&order["total_fen"], &order["subsidy_fen"], &order["to_pay_fen"]];
    assert_eq!(sums, [&json!(2_900), &json!(0), &json!(2_900)]);
    assert_eq!((&order["status"], &order["pay_by"]), (&json!("paid"), &json!(null)));
    let code = text(&order["pickup_code"]);
    assert_eq!(code.len(), 8);
    assert!(!code.contains(['0', 'O', '1', 'I']));
    assert_eq!((town.left(), town.card(&town.resident)), (vec![8, 4], (2_100, 2_900)));
}

#[test]
fn lines_of_one_dish_are_added_up() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 50_000);
    let lines = |quantity: i64| json!([{ "dish": 2, "quantity": 1 }, { "dish": 1, "quantity": 3 }, { "dish": 2, "quantity": quantity }]);
    // Two lines of one portion are within the limit of two for each person, of one and two they are not.
    assert_eq!(town.order_this(&town.resident, lines(2)).code(), "dish-limit");
    let order = town.order_this(&town.resident, lines(1)).created();
    let lines: Vec<_> = order["lines"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(lines, [&json!(3), &json!(2)]);
    assert_eq!(town.left(), [7, 3]);
    // Neither can the portions that are there be outwitted by two lines.
    let greedy = json!([{ "dish": 1, "quantity": 4 }, { "dish": 1, "quantity": 4 }]);
    let problem = town.order_this(&town.resident, greedy).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "left")), ("dish-short", json!(7)));
    assert_eq!(town.left(), [7, 3]);
}

#[test]
fn the_last_portion_goes_once() {
    let town = Town::with_lunch();
    let residents: Vec<_> = (0..200).map(|_| town.platform.resident(30)).collect();
    for resident in &residents {
        town.top_up(resident, 2_000);
    }
    let mut ordered = 0;
    for resident in &residents {
        let outcome = town.order(resident, 1);
        if ordered < 10 {
            outcome.created();
            ordered += 1;
        } else {
            let problem = outcome.problem();
            assert_eq!((problem.code.as_ref(), problem.kind.status()), ("dish-short", 409));
            assert_eq!((member(&problem, "dish"), member(&problem, "left")), (json!(1), json!(0)));
        }
    }
    assert_eq!(town.left(), [0, 5]);
    let paid = residents.iter().filter(|resident| town.card(resident) == (800, 1_200)).count();
    let unpaid = residents.iter().filter(|resident| town.card(resident) == (2_000, 0)).count();
    assert_eq!((paid, unpaid), (10, 190));
}

#[test]
fn an_order_of_which_one_dish_is_short_takes_nothing_at_all() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 50_000);
    town.order(&town.platform.resident(30), 10).created();
    let both = json!([{ "dish": 2, "quantity": 1 }, { "dish": 1, "quantity": 1 }]);
    assert_eq!(town.order_this(&town.resident, both).code(), "dish-short");
    assert_eq!((town.left(), town.card(&town.resident)), (vec![0, 5], (50_000, 0)));
    assert!(town.platform.call(&town.resident, "list_orders", json!({})).page().0.is_empty());
}

#[test]
fn a_dish_may_be_limited_for_each_person_over_all_their_orders() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    let greens = json!([{ "dish": 2, "quantity": 1 }]);
    let first = town.order_this(&town.resident, greens.clone()).created();
    town.order_this(&town.resident, greens.clone()).created();
    let problem = town.order_this(&town.resident, greens.clone()).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "limit")), ("dish-limit", json!(2)));
    town.cancel(&first).ok();
    town.order_this(&town.resident, greens.clone()).created();
    // The limit of one resident is nothing to another.
    let other = town.platform.resident(30);
    town.top_up(&other, 5_000);
    town.order_this(&other, greens).created();
}

#[test]
fn nothing_is_ordered_after_the_cut_off() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    town.platform.advance_to("2026-05-02T08:59:59+08:00");
    town.order(&town.resident, 1).created();
    town.platform.advance_to(CUT_OFF);
    let problem = town.order(&town.resident, 1).problem();
    assert_eq!(problem.code, "orders-closed");
    assert!(problem.detail.zh.contains("2026-05-02 09:00"), "{}", problem.detail.zh);
}

#[test]
fn an_order_is_of_dishes_that_are_on_a_menu() {
    let town = Town::with_lunch();
    let problem = town.order_this(&town.resident, json!([{ "dish": 3, "quantity": 1 }])).problem();
    assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("dish-unknown", Some("/lines/0/dish")));
    let elsewhere = json!({ "menu": "2026-05-03.main.lunch", "lines": [{ "dish": 1, "quantity": 1 }] });
    let problem = town.platform.call(&town.resident, "create_order", elsewhere).problem();
    assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("menu-unknown", Some("/menu")));
    for lines in [
        json!([]),
        json!([{ "dish": 1, "quantity": 0 }]),
        json!([{ "dish": 1, "quantity": -1 }]),
        json!([{ "dish": 1, "quantity": 21 }]),
        json!([{ "dish": 0, "quantity": 1 }]),
        json!([{ "dish": "1", "quantity": 1 }]),
        json!([{ "dish": 1, "quantity": 1, "price_fen": 1 }]),
    ] {
        assert_eq!(town.order_this(&town.resident, lines).code(), "schema-violated");
    }
}

#[test]
fn one_order_costs_no_more_than_one_call_may_charge() {
    let town = Town::new();
    let dishes = json!([{ "name": "全席", "price_fen": 100_000, "portions": 20 }]);
    town.offer(lunch(json!({ "dishes": dishes }))).created();
    for _ in 0..5 {
        town.top_up(&town.resident, 50_000);
    }
    assert_eq!(town.order(&town.resident, 3).code(), "order-too-large");
    assert_eq!(town.order(&town.resident, 2).created()["total_fen"], 200_000);
}

#[test]
fn a_paid_order_writes_only_what_is_the_residents_own_and_looks_at_no_counter() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    town.order_this(&town.resident, json!([{ "dish": 1, "quantity": 1 }, { "dish": 2, "quantity": 1 }]))
        .created();
    // Written: the order with two index entries, the helping, the code, the hold and its expiry. Seen: the menu, and that
    // there is neither such an order, nor a helping, nor such a code.
    let expected = Footprint { rows_written: 7, counters_changed: 2, keys_read: 4, ranges_read: 0 };
    assert_eq!(town.platform.footprint(), expected);
}

#[test]
fn my_orders_come_the_latest_first_and_are_nobody_elses_business() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    let orders: Vec<_> = (0..3)
        .map(|_| {
            town.platform.advance(60);
            town.order(&town.resident, 1).created()
        })
        .collect();
    let page = |input: Value| town.platform.call(&town.resident, "list_orders", input).page();
    let (first, next) = page(json!({ "limit": 2 }));
    let (second, end) = page(json!({ "limit": 2, "cursor": next }));
    let listed: Vec<_> = first.iter().chain(&second).map(|order| order["id"].clone()).collect();
    let expected: Vec<_> = orders.iter().rev().map(|order| order["id"].clone()).collect();
    assert_eq!((listed, end), (expected, None));
    assert_eq!(town.act("show_order", &town.resident, &orders[0]).ok(), orders[0]);
    let other = town.platform.resident(30);
    for operation in ["show_order", "cancel_order", "pay_order"] {
        assert_eq!(town.act(operation, &other, &orders[0]).code(), "order-unknown");
    }
    assert!(town.platform.call(&other, "list_orders", json!({})).page().0.is_empty());
}

#[test]
fn somebody_hears_of_an_order() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 5_000);
    town.platform.take_published();
    let order = town.order(&town.resident, 1).created();
    let published = town.platform.take_published();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].name, "meal.ordered");
    let news = json!({
        "order": order["id"], "menu": LUNCH, "person": town.resident.person(), "by_relative": false, "pay_by": null,
    });
    assert_eq!(published[0].content, news);
}
