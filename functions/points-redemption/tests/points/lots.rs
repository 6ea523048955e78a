//! Points end with the month of their lot, first in first out.

use linli_sdk::prelude::*;

use crate::Town;

/// 100 points that end with May 2028 and 100 that end with July 2028.
fn two_lots() -> Town {
    let town = Town::new();
    town.give(100);
    town.platform.advance_to("2026-07-15T10:00:00+08:00");
    town.give(100);
    town
}

fn ending(town: &Town) -> Vec<(i64, String)> {
    let shown = town.balance();
    let lots = shown["ending"].as_array().expect("a list");
    lots.iter().map(|lot| (lot["points"].as_i64().expect("a number"), crate::text(&lot["ends_at"]))).collect()
}

const MAY: &str = "2028-05-31T16:00:00Z";
const JULY: &str = "2028-07-31T16:00:00Z";

#[test]
fn what_is_earned_in_one_month_ends_together() {
    let town = Town::new();
    town.give(30);
    town.platform.advance_to("2026-05-31T23:59:00+08:00");
    town.give(30);
    assert_eq!(ending(&town), [(60, MAY.to_owned())]);
}

#[test]
fn the_points_that_end_first_are_spent_first() {
    let town = two_lots();
    town.redeem(&town.offer(130, 5), 1).created();
    assert_eq!(ending(&town), [(70, JULY.to_owned())]);
}

#[test]
fn points_end_at_the_end_of_their_month_and_not_before() {
    let town = two_lots();
    town.redeem(&town.offer(30, 5), 1).created();
    town.platform.advance_to("2026-07-15T10:00:01+08:00");
    town.platform.advance_to("2028-05-31T23:59:59+08:00");
    // The voucher lapsed meanwhile, so its points are back where they came from.
    assert_eq!(town.points(), 200);
    town.platform.advance_to("2028-06-01T00:00:00+08:00");
    assert_eq!(town.points(), 100);
    assert_eq!(ending(&town), [(100, JULY.to_owned())]);
    town.platform.advance_to("2028-08-01T00:00:00+08:00");
    assert_eq!((town.points(), ending(&town)), (0, vec![]));
}

#[test]
fn only_what_was_not_spent_ends() {
    let town = two_lots();
    let redeemed = town.redeem(&town.offer(60, 5), 1).created();
    town.use_voucher(&town.worker, &redeemed).ok();
    town.platform.advance_to("2028-06-01T00:00:00+08:00");
    assert_eq!(town.points(), 100);
}

#[test]
fn points_given_back_return_to_the_lots_they_came_from() {
    let town = two_lots();
    let redeemed = town.redeem(&town.offer(130, 5), 1).created();
    let back = town.cancel(&redeemed).ok();
    assert_eq!((&back["returned"], &back["ended"]), (&json!(130), &json!(0)));
    assert_eq!(ending(&town), [(100, MAY.to_owned()), (100, JULY.to_owned())]);
}

#[test]
fn points_whose_time_is_over_do_not_come_back_to_life() {
    let town = two_lots();
    town.platform.advance_to("2028-05-31T20:00:00+08:00");
    let redeemed = town.redeem(&town.offer(130, 5), 1).created();
    town.platform.advance_to("2028-06-01T08:00:00+08:00");
    let back = town.cancel(&redeemed).ok();
    assert_eq!((&back["returned"], &back["ended"]), (&json!(30), &json!(100)));
    assert_eq!(town.points(), 100);
}

#[test]
fn an_award_that_is_taken_back_comes_out_of_its_own_lot() {
    let town = Town::new();
    town.give(100);
    town.platform.advance_to("2026-07-15T10:00:00+08:00");
    let later = town.give(100);
    let revocation = json!({ "id": later["id"], "reason": "登记有误" });
    town.platform.call(&town.worker, "revoke_award", revocation).ok();
    assert_eq!(ending(&town), [(100, MAY.to_owned())]);
}

#[test]
fn points_from_elsewhere_belong_to_the_month_in_which_they_are_seen() {
    let town = Town::new();
    town.platform.fund(&town.resident, "points", 40);
    assert_eq!(ending(&town), [(40, MAY.to_owned())]);
    town.give(10);
    town.platform.advance_to("2028-06-01T00:00:00+08:00");
    assert_eq!(town.points(), 0);
}

#[test]
fn a_shorter_validity_holds_for_what_is_earned_from_then_on() {
    let town = Town::new();
    town.give(100);
    let terms = json!({ "validity_months": 1, "worker_max": 200, "worker_daily_cap": 500 });
    town.platform.configure("terms", terms);
    town.give(50);
    assert_eq!(ending(&town), [(50, "2026-06-30T16:00:00Z".to_owned()), (100, MAY.to_owned())]);
    town.redeem(&town.offer(60, 5), 1).created();
    assert_eq!(ending(&town), [(90, MAY.to_owned())]);
}
