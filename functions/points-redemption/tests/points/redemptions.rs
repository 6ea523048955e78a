//! Rewards, redemptions and vouchers.

use linli_sdk::prelude::*;
use linli_sdk::testing::Actor;

use crate::{Town, text};

#[test]
fn points_and_pieces_change_hands_together() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    let redeemed = town.redeem(&soap, 2).created();
    assert_eq!((town.points(), town.left(&soap)), (40, 3));
    assert_eq!(redeemed["points"], 60);
    assert_eq!(redeemed["valid_until"], "2026-05-31T01:00:00Z");
    let voucher = text(&redeemed["voucher"]);
    assert_eq!(voucher.len(), 10);
    assert!(!voucher.contains(['0', 'O', '1', 'I']));
}

#[test]
fn without_enough_points_nothing_happens() {
    let town = Town::new();
    town.give(50);
    let soap = town.offer(30, 5);
    let problem = town.redeem(&soap, 2).problem();
    assert_eq!(problem.code, "points-short");
    assert_eq!(problem.data.as_deref(), Some(r#"{"available":50,"needed":60}"#));
    assert_eq!((town.points(), town.left(&soap)), (50, 5));
}

#[test]
fn the_last_piece_goes_once() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(10, 1);
    town.redeem(&soap, 1).created();
    let problem = town.redeem(&soap, 1).problem();
    assert_eq!(problem.code, "reward-short");
    assert_eq!(problem.data.as_deref(), Some(r#"{"left":0}"#));
    assert_eq!(town.points(), 90);
}

#[test]
fn a_reward_may_be_limited_for_each_person() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer_this(json!({ "title": "洗洁精", "points": 10, "stock": 9, "per_person": 2 }));
    let first = town.redeem(&soap, 2).created();
    assert_eq!(town.redeem(&soap, 1).code(), "reward-limit");
    town.cancel(&first).ok();
    town.redeem(&soap, 2).created();
}

#[test]
fn a_redemption_is_cancelled_once() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    let redeemed = town.redeem(&soap, 2).created();
    town.cancel(&redeemed).ok();
    assert_eq!((town.points(), town.left(&soap)), (100, 5));
    assert_eq!(town.cancel(&redeemed).code(), "voucher-cancelled");
    assert_eq!(town.use_voucher(&town.worker, &redeemed).code(), "voucher-cancelled");
    assert_eq!((town.points(), town.left(&soap)), (100, 5));
}

#[test]
fn a_voucher_is_used_once_and_then_stays_used() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    let redeemed = town.redeem(&soap, 1).created();
    let used = town.use_voucher(&town.worker, &redeemed).ok();
    assert_eq!((&used["status"], &used["title"]), (&json!("used"), &json!("洗洁精")));
    let again = town.use_voucher(&town.worker, &redeemed).problem();
    assert_eq!((again.code.as_ref(), again.kind.status()), ("voucher-used", 409));
    assert_eq!(town.cancel(&redeemed).code(), "voucher-used");
    town.platform.advance_to("2026-12-01T00:00:00+08:00");
    assert_eq!((town.points(), town.left(&soap)), (70, 4));
}

#[test]
fn a_voucher_that_nobody_uses_lapses_and_everything_goes_back() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    let redeemed = town.redeem(&soap, 1).created();
    town.platform.advance_to("2026-05-31T08:59:59+08:00");
    assert_eq!(town.points(), 70);
    town.platform.advance_to("2026-05-31T09:00:00+08:00");
    assert_eq!((town.points(), town.left(&soap)), (100, 5));
    assert_eq!(town.use_voucher(&town.worker, &redeemed).code(), "voucher-lapsed");
    assert_eq!(town.cancel(&redeemed).code(), "voucher-lapsed");
}

#[test]
fn a_voucher_is_honoured_by_the_provider_it_names_and_nobody_else() {
    let town = Town::new();
    town.give(100);
    let (bakery, grocer) = (town.platform.provider("bakery"), town.platform.provider("grocer"));
    let bread = json!({ "title": "面包", "points": 20, "stock": 9, "provider": "bakery" });
    let redeemed = town.redeem(&town.offer_this(bread), 1).created();
    assert_eq!(town.use_voucher(&grocer, &redeemed).code(), "voucher-for-another-place");
    assert_eq!(town.use_voucher(&town.worker, &redeemed).code(), "voucher-for-another-place");
    assert_eq!(town.use_voucher(&town.resident, &redeemed).code(), "role-missing");
    let shown = town.platform.call(&bakery, "show_voucher", json!({ "code": redeemed["voucher"] })).ok();
    assert_eq!((&shown["status"], &shown["person"]), (&json!("open"), &json!(null)));
    town.use_voucher(&bakery, &redeemed).ok();
    let soap = town.redeem(&town.offer(20, 5), 1).created();
    assert_eq!(town.use_voucher(&bakery, &soap).code(), "voucher-for-another-place");
}

#[test]
fn a_code_is_read_however_it_is_typed_and_a_slip_is_told_from_a_forgery() {
    let town = Town::new();
    town.give(100);
    let redeemed = town.redeem(&town.offer(30, 5), 1).created();
    let code = text(&redeemed["voucher"]);
    let show = |code: &str| town.platform.call(&town.worker, "show_voucher", json!({ "code": code }));
    show(&format!("{}-{}", code[..5].to_lowercase(), &code[5..])).ok();
    let slip = if code.starts_with('2') { '3' } else { '2' };
    assert_eq!(show(&format!("{slip}{}", &code[1..])).code(), "voucher-mistyped");
    assert_eq!(show("2222222222").code(), "voucher-unknown");
}

#[test]
fn only_ones_own_redemption_can_be_cancelled_or_seen() {
    let town = Town::new();
    town.give(100);
    let redeemed = town.redeem(&town.offer(30, 5), 1).created();
    let other = town.platform.resident(40);
    let cancel = town.platform.call(&other, "cancel_redemption", json!({ "id": redeemed["id"] }));
    assert_eq!(cancel.code(), "redemption-unknown");
    assert!(town.platform.call(&other, "list_redemptions", json!({})).page().0.is_empty());
    let (mine, next) = town.platform.call(&town.resident, "list_redemptions", json!({})).page();
    assert_eq!((mine.len(), next), (1, None));
    assert_eq!(mine[0]["voucher"], redeemed["voucher"]);
}

#[test]
fn a_relative_redeems_for_an_elder_with_the_elders_points() {
    let town = Town::new();
    town.give(100);
    let daughter = town.platform.resident(40);
    let wanted = json!({ "reward": town.offer(30, 5) });
    let acting = daughter.acting_for(&town.resident);
    let redeemed = town.platform.call(&acting, "create_redemption", wanted).created();
    assert_eq!(redeemed["by_relative"], true);
    assert_eq!((town.points(), town.platform.balance(&daughter, "points")), (70, 0));
    town.cancel(&redeemed).ok();
    assert_eq!(town.points(), 100);
}

#[test]
fn a_closed_reward_is_not_listed_and_not_redeemed_but_its_vouchers_stay_good() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    let redeemed = town.redeem(&soap, 1).created();
    town.platform.call(&town.worker, "change_reward", json!({ "id": soap, "closed": true })).ok();
    assert!(town.platform.call(&Actor::anyone(), "list_rewards", json!({})).page().0.is_empty());
    assert_eq!(town.redeem(&soap, 1).code(), "reward-closed");
    assert_eq!(town.redeem("nothing", 1).code(), "reward-unknown");
    town.use_voucher(&town.worker, &redeemed).ok();
}

#[test]
fn the_number_of_pieces_changes_but_never_below_what_was_redeemed() {
    let town = Town::new();
    town.give(100);
    let soap = town.offer(30, 5);
    town.redeem(&soap, 3).created();
    let resize =
        |stock: i64| town.platform.call(&town.worker, "change_reward", json!({ "id": soap, "stock": stock }));
    assert_eq!(resize(2).code(), "stock-below-redeemed");
    assert_eq!(resize(3).ok()["left"], 0);
    assert_eq!(resize(10).ok()["left"], 7);
    let unknown = json!({ "id": "nothing", "stock": 1 });
    assert_eq!(town.platform.call(&town.worker, "change_reward", unknown).code(), "reward-unknown");
}

#[test]
fn rewards_are_listed_the_cheapest_first_page_by_page() {
    let town = Town::new();
    for points in [50, 10, 30] {
        town.offer(points, 1);
    }
    let page = |cursor: Option<String>| {
        let input = cursor.map_or(json!({ "limit": 2 }), |cursor| json!({ "limit": 2, "cursor": cursor }));
        let (rewards, next) = town.platform.call(&Actor::anyone(), "list_rewards", input).page();
        let points: Vec<i64> = rewards.iter().map(|reward| reward["points"].as_i64().unwrap()).collect();
        (points, next)
    };
    let (first, next) = page(None);
    let (second, end) = page(next);
    assert_eq!((first, second, end), (vec![10, 30], vec![50], None));
}

#[test]
fn numbers_out_of_bounds_are_refused_before_anything_runs() {
    let town = Town::new();
    let soap = town.offer(30, 5);
    for quantity in [0, 11, -1] {
        assert_eq!(town.redeem(&soap, quantity).code(), "schema-violated");
    }
    for reward in [
        json!({ "title": "", "points": 1, "stock": 1 }),
        json!({ "title": "洗洁精", "points": 0, "stock": 1 }),
        json!({ "title": "洗洁精", "points": 1, "stock": 0 }),
        json!({ "title": "洗洁精", "points": 1, "stock": 1, "colour": "red" }),
    ] {
        assert_eq!(town.platform.call(&town.worker, "create_reward", reward).code(), "schema-violated");
    }
}

#[test]
fn an_id_that_no_document_can_have_is_told_so() {
    let town = Town::new();
    for id in ["a b", "", "../x", "一"] {
        assert_eq!(town.redeem(id, 1).problem().code, "schema-violated", "{id}");
        assert_eq!(town.cancel(&json!({ "id": id })).problem().code, "schema-violated", "{id}");
        let revocation = json!({ "id": id, "reason": "重复发放" });
        let revoked = town.platform.call(&town.worker, "revoke_award", revocation);
        assert_eq!(revoked.problem().code, "schema-violated", "{id}");
        let changed = town.platform.call(&town.worker, "change_reward", json!({ "id": id, "stock": 1 }));
        assert_eq!(changed.problem().code, "schema-violated", "{id}");
    }
}
