//! The end of a licence suspends, its renewal brings back.

use linli_sdk::prelude::*;

use crate::{CODE, Town};

fn until(day: Option<&str>) -> serde_json::Value {
    let mut application = Town::application(CODE);
    crate::merge(&mut application, json!({ "licence": { "valid_from": "2020-01-01", "valid_until": day } }));
    application
}

#[test]
fn the_end_of_a_licence_suspends_and_a_renewal_reactivates() {
    let town = Town::new();
    town.admit(until(Some("2026-05-31")));
    town.platform.advance_to("2026-05-31T23:59:59+08:00");
    assert_eq!(town.standing(), "active");
    town.platform.advance_to("2026-06-01T00:00:00+08:00");
    assert_eq!(town.standing(), "suspended");
    assert_eq!(town.shown()["cause"], "licence");
    let (listed, _) =
        town.platform.call(&linli_sdk::testing::Actor::anyone(), "list_providers", json!({})).page();
    assert!(listed.is_empty());
    town.admit(until(Some("2027-05-31")));
    assert_eq!(town.standing(), "active");
    assert_eq!(town.shown()["cause"], json!(null));
}

#[test]
fn a_licence_that_was_renewed_in_time_does_not_end_on_its_old_day() {
    let town = Town::new();
    town.admit(until(Some("2026-05-31")));
    town.admit(until(Some("2026-08-31")));
    town.platform.advance_to("2026-08-31T12:00:00+08:00");
    assert_eq!(town.standing(), "active");
    town.platform.advance_to("2026-09-01T00:00:00+08:00");
    assert_eq!(town.standing(), "suspended");
}

#[test]
fn a_licence_may_last_longer_than_a_timer_reaches_or_have_no_end() {
    let town = Town::new();
    town.admit(until(Some("2034-12-31")));
    town.platform.advance_to("2034-12-31T12:00:00+08:00");
    assert_eq!(town.standing(), "active");
    town.platform.advance_to("2035-01-01T00:00:00+08:00");
    assert_eq!(town.standing(), "suspended");
    let town = Town::new();
    town.admit(until(None));
    town.platform.advance_to("2099-01-01T00:00:00+08:00");
    assert_eq!(town.standing(), "active");
}
