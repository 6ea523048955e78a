//! Ratings: about one's own paid orders, once each; they make the order of the list.

use linli_sdk::prelude::*;
use linli_sdk::testing::Actor;

use crate::{CODE, OTHER_CODE, Town};

#[test]
fn an_order_of_ones_own_is_rated_once() {
    let town = Town::with_provider();
    town.pay(0, 2);
    town.rate("order-0", 5).created();
    assert_eq!(town.rate("order-0", 1).code(), "order-rated");
    town.rate("order-1", 4).created();
    assert_eq!(town.shown()["rating"], json!({ "stars_centi": 450, "ratings": 2 }));
}

#[test]
fn what_is_not_ones_own_paid_order_with_the_provider_is_not_rated() {
    let town = Town::with_provider();
    town.admit(Town::application(OTHER_CODE));
    town.pay_to(OTHER_CODE, 0, 1);
    assert_eq!(town.rate("order-0", 5).code(), "order-unknown", "another provider's");
    assert_eq!(town.rate("order-9", 5).code(), "order-unknown");
    town.pay(1, 1);
    let rating = json!({ "id": CODE, "order": "order-1", "stars": 1 });
    assert_eq!(town.platform.call(&town.merchant, "rate_order", rating).code(), "order-unknown");
    let nobodys = json!({ "id": "91110000600037341L", "order": "order-1", "stars": 1 });
    assert_eq!(town.platform.call(&town.customer, "rate_order", nobodys).code(), "provider-unknown");
}

#[test]
fn what_was_given_back_whole_is_not_rated_but_can_be_complained_about() {
    let town = Town::with_provider();
    town.pay(0, 2);
    town.refund("order-0", 4_999);
    town.refund("order-1", 2_000);
    town.refund("order-1", 3_000);
    // Of somebody who was never admitted here.
    town.refund("order-9", 1);
    town.rate("order-0", 2).created();
    assert_eq!(town.rate("order-1", 1).code(), "order-refunded");
    town.complain("order-1").created();
    assert_eq!(town.shown()["complaints"]["orders"], 2, "it counts all the same");
}

#[test]
fn an_order_can_be_rated_for_thirty_days() {
    let town = Town::with_provider();
    town.pay(0, 2);
    town.platform.advance(30 * 86_400);
    town.rate("order-0", 5).created();
    town.platform.advance(1);
    assert_eq!(town.rate("order-1", 5).code(), "order-too-old");
}

#[test]
fn residents_who_rate_at_once_do_not_meet() {
    let town = Town::with_provider();
    town.pay(0, 1);
    town.rate("order-0", 5).created();
    let footprint = town.platform.footprint();
    assert_eq!((footprint.rows_written, footprint.counters_changed), (1, 2), "one's own order, and deltas");
}

#[test]
fn an_order_that_is_told_twice_counts_once_and_strangers_do_not_count() {
    let town = Town::with_provider();
    town.pay(0, 3);
    town.pay(0, 3);
    town.pay_to(OTHER_CODE, 5, 1);
    assert_eq!(town.shown()["complaints"]["orders"], 3);
}

#[test]
fn one_friend_does_not_make_a_first_place() {
    let town = Town::with_provider();
    town.admit(Town::application(OTHER_CODE));
    town.pay(0, 40);
    for number in 0..40 {
        town.rate(&format!("order-{number}"), if number < 30 { 5 } else { 4 }).created();
    }
    town.pay_to(OTHER_CODE, 40, 1);
    let five = json!({ "id": OTHER_CODE, "order": "order-40", "stars": 5 });
    town.platform.call(&town.customer, "rate_order", five).created();
    let listed = |filter: serde_json::Value| {
        let (items, _) = town.platform.call(&Actor::anyone(), "list_providers", filter).page();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(json!({})), [CODE, OTHER_CODE], "4.75 of forty before 5 of one");
    assert_eq!(listed(json!({ "category": "housekeeping", "limit": 1 })), [CODE]);
    assert!(listed(json!({ "category": "retail" })).is_empty());
}
