//! The end of a meal, and who did not come.

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
