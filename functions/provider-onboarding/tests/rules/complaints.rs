//! Complaints, and the removal of providers too many complain about.

use linli_sdk::prelude::*;

use crate::{CODE, Town};

#[test]
fn an_order_of_ones_own_is_complained_about_once() {
    let town = Town::with_provider();
    town.pay(0, 1);
    town.complain("order-0").created();
    assert_eq!(town.complain("order-0").code(), "order-complained");
    assert_eq!(town.complain("order-1").code(), "order-unknown");
    town.platform.settle();
    let rate = &town.shown()["complaints"];
    assert_eq!(
        (&rate["orders"], &rate["complaints"], &rate["rate_bp"]),
        (&json!(1), &json!(1), &json!(10_000))
    );
    assert_eq!((&rate["lower_bp"], &rate["upper_bp"]), (&json!(2_065), &json!(10_000)));
}

#[test]
fn one_bad_order_in_ten_removes_nobody_and_few_orders_prove_nothing() {
    let town = Town::with_provider();
    town.pay(0, 10);
    town.complain_about(0..1);
    assert_eq!(town.shown()["removal_at"], json!(null));
    town.complain_about(1..10);
    assert_eq!(town.shown()["removal_at"], json!(null), "all of ten, but ten are too few");
}

/// Of 50 orders: five complaints are 10 %, but may be bad luck (lower bound 4.3 %); six leave no doubt (5.6 %).
#[test]
fn notice_is_given_when_the_lower_bound_is_above_the_limit() {
    let town = Town::with_provider();
    town.pay(0, 50);
    town.complain_about(0..5);
    assert!(town.published("provider.warned").is_empty());
    town.complain_about(5..6);
    let warned = &town.published("provider.warned")[0];
    assert_eq!((&warned["orders"], &warned["complaints"]), (&json!(50), &json!(6)));
    assert_eq!(warned["removal_at"], "2026-05-16T01:00:00Z", "after fifteen days");
    town.complain_about(6..7);
    assert!(town.published("provider.warned").is_empty(), "there is one notice, not one for each complaint");
    assert_eq!(town.standing(), "active");
}

#[test]
fn removal_comes_after_the_notice() {
    let town = Town::with_provider();
    town.pay(0, 50);
    town.complain_about(0..6);
    town.platform.advance_to("2026-05-16T08:59:59+08:00");
    assert_eq!(town.standing(), "active");
    town.platform.advance_to("2026-05-16T09:00:00+08:00");
    assert_eq!(town.standing(), "removed");
    assert_eq!(town.shown()["cause"], "complaints");
    let last = town.published("provider.changed").pop().unwrap();
    assert_eq!(last["standing"], "removed");
    assert_eq!(town.apply(Town::application(CODE)).code(), "provider-removed");
    town.complain("order-7").created();
}

#[test]
fn who_does_better_during_the_notice_stays() {
    let town = Town::with_provider();
    town.pay(0, 50);
    town.complain_about(0..6);
    town.platform.advance(86_400);
    town.pay(50, 50);
    town.platform.advance_to("2026-05-16T09:00:00+08:00");
    assert_eq!(town.standing(), "active");
    assert_eq!(town.published("warning.withdrawn").len(), 1);
    assert_eq!(town.shown()["removal_at"], json!(null));
}

#[test]
fn what_happened_before_the_window_is_forgotten() {
    let town = Town::with_provider();
    town.pay(0, 50);
    town.complain_about(0..5);
    town.platform.advance(89 * 86_400);
    assert_eq!(town.shown()["complaints"]["orders"], 50);
    town.platform.advance(86_400);
    let rate = &town.shown()["complaints"];
    assert_eq!(
        (&rate["orders"], &rate["complaints"], &rate["rate_bp"]),
        (&json!(0), &json!(0), &json!(null))
    );
    assert_eq!((&rate["lower_bp"], &rate["upper_bp"]), (&json!(0), &json!(10_000)));
}

#[test]
fn a_city_sets_its_own_limit() {
    let town = Town::with_provider();
    let terms = json!({
        "complaint_limit_bp": 2_000, "window_days": 30, "minimum_orders": 5, "z_milli": 0, "notice_days": 1,
        "appeal_days": 0, "feedback_days": 7, "prior_stars_centi": 300, "prior_ratings": 0,
    });
    town.platform.configure("terms", terms);
    town.pay(0, 5);
    town.complain_about(0..1);
    assert_eq!(town.shown()["removal_at"], json!(null), "a fifth is not above a fifth");
    town.complain_about(1..2);
    town.platform.advance(86_400);
    assert_eq!(town.standing(), "removed");
}

#[test]
fn the_provider_and_the_community_read_what_is_complained_about() {
    let town = Town::with_provider();
    town.pay(0, 2);
    town.complain_about(0..2);
    let list = |actor: &linli_sdk::testing::Actor| {
        town.platform.call(actor, "list_complaints", json!({ "id": CODE }))
    };
    for reader in [town.platform.provider(CODE), town.merchant.clone(), town.reviewer.clone()] {
        let (complaints, _) = list(&reader).page();
        assert_eq!(complaints.len(), 2);
        assert_eq!(complaints[0]["text"], "没有按时上门");
        assert!(complaints[0].get("person").is_none(), "not whose they are");
    }
    assert_eq!(list(&town.customer).code(), "provider-not-yours");
}
