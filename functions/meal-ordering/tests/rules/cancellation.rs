//! Cancelling before the cut-off.

use crate::*;

#[test]
fn portions_and_money_go_back_once() {
    let town = Town::with_lunch();
    let order = town.paid();
    assert_eq!((town.left(), town.card(&town.resident)), (vec![9, 5], (3_800, 1_200)));
    town.platform.take_published();
    let cancelled = town.cancel(&order).ok();
    assert_eq!((&cancelled["status"], &cancelled["released_fen"]), (&json!("cancelled"), &json!(1_200)));
    assert_eq!(town.news(), ["meal.cancelled", "meal.refunded"]);
    for _ in 0..3 {
        let problem = town.cancel(&order).problem();
        assert_eq!((problem.code.as_ref(), problem.kind.status()), ("order-cancelled", 410));
    }
    assert_eq!((town.left(), town.card(&town.resident)), (vec![10, 5], (5_000, 0)));
}

#[test]
fn nothing_is_cancelled_after_the_cut_off() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.platform.advance_to(CUT_OFF);
    let problem = town.cancel(&order).problem();
    assert_eq!(problem.code, "cancel-too-late");
    assert!(problem.detail.zh.contains("2026-05-02 09:00"), "{}", problem.detail.zh);
    assert_eq!((town.left(), town.status(&order)), (vec![9, 5], "paid".to_owned()));
}

#[test]
fn a_cancelled_order_is_not_picked_up() {
    let town = Town::with_lunch();
    let order = town.paid();
    town.cancel(&order).ok();
    town.platform.advance_to(SERVED);
    assert_eq!(town.pick_up(&order).code(), "order-cancelled");
    town.platform.advance_to(OVER);
    assert_eq!((town.status(&order), town.card(&town.resident)), ("cancelled".to_owned(), (5_000, 0)));
}

/// While a meal is served, cancelling and picking up meet: whichever comes first is what happened.
#[test]
fn of_cancelling_and_picking_up_one_happens() {
    let town = Town::with_open_lunch();
    let (eaten, cancelled) = (town.paid(), town.order(&town.resident, 1).created());
    town.platform.advance_to(SERVED);
    town.pick_up(&eaten).created();
    assert_eq!(town.cancel(&eaten).code(), "order-picked-up");
    town.cancel(&cancelled).ok();
    assert_eq!(town.pick_up(&cancelled).code(), "order-cancelled");
    assert_eq!((town.left(), town.card(&town.resident)), (vec![9, 5], (3_800, 0)));
}

#[test]
fn what_one_gives_back_another_can_order() {
    let town = Town::with_lunch();
    town.top_up(&town.resident, 50_000);
    let all = town.order(&town.resident, 10).created();
    let other = town.platform.resident(30);
    town.top_up(&other, 5_000);
    assert_eq!(town.order(&other, 1).code(), "dish-short");
    town.cancel(&all).ok();
    town.order(&other, 1).created();
    assert_eq!(town.left(), [9, 5]);
}
