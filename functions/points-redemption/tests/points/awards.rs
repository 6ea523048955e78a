//! What earns points: events, workers, caps, and taking back.

use linli_sdk::Delivered;
use linli_sdk::people::Denial;
use linli_sdk::prelude::*;

use crate::{Town, text};

/// Somebody is checked in at an activity worth so many points.
fn check_in(town: &Town, signup: &str, points: i64) {
    let content = json!({ "signup": signup, "person": town.resident.person(), "points": points });
    town.platform.deliver("activity-signup", "activity.checked-in", content).expect("an event that is taken");
}

#[test]
fn a_check_in_earns_what_the_activity_says() {
    let town = Town::new();
    check_in(&town, "signup-1", 20);
    assert_eq!(town.points(), 20);
    let published = town.platform.take_published();
    assert_eq!(published.len(), 1);
    assert_eq!(published[0].name, "points.awarded");
    assert_eq!(published[0].content["points"], 20);
}

#[test]
fn an_event_that_comes_twice_earns_once() {
    let town = Town::new();
    let event = Delivered {
        id: "01jx0000000000000000000000".into(),
        publisher: "affair-submission".into(),
        name: "case.rated".into(),
        published_at: town.platform.now(),
    };
    let content = json!({ "case": "case-1", "person": town.resident.person() });
    town.platform.deliver_event(&event, content.clone()).unwrap();
    town.platform.deliver_event(&event, content).unwrap();
    assert_eq!(town.points(), 5);
}

#[test]
fn two_events_about_the_same_thing_earn_once_and_about_another_again() {
    let town = Town::new();
    check_in(&town, "signup-1", 10);
    check_in(&town, "signup-1", 10);
    assert_eq!(town.points(), 10);
    check_in(&town, "signup-2", 10);
    assert_eq!(town.points(), 20);
}

#[test]
fn the_daily_cap_cuts_an_award_and_ends_with_the_day_of_shanghai() {
    let town = Town::new();
    town.platform.advance_to("2026-05-01T23:00:00+08:00");
    check_in(&town, "signup-1", 40);
    check_in(&town, "signup-2", 40);
    check_in(&town, "signup-3", 40);
    assert_eq!(town.points(), 50);
    town.platform.advance_to("2026-05-02T00:00:00+08:00");
    check_in(&town, "signup-4", 40);
    assert_eq!(town.points(), 90);
}

#[test]
fn a_late_event_counts_for_the_day_on_which_it_happened() {
    let town = Town::new();
    check_in(&town, "signup-1", 50);
    let event = Delivered {
        id: "late".into(),
        publisher: "activity-signup".into(),
        name: "activity.checked-in".into(),
        published_at: town.platform.now(),
    };
    town.platform.advance_to("2026-05-02T08:00:00+08:00");
    let content = json!({ "signup": "signup-2", "person": town.resident.person(), "points": 30 });
    town.platform.deliver_event(&event, content).unwrap();
    assert_eq!(town.points(), 50);
}

#[test]
fn caps_of_two_residents_have_nothing_to_do_with_each_other() {
    let town = Town::new();
    check_in(&town, "signup-1", 50);
    let other = town.platform.resident(30);
    let content = json!({ "signup": "signup-1", "person": other.person(), "points": 50 });
    town.platform.deliver("activity-signup", "activity.checked-in", content).unwrap();
    assert_eq!(town.platform.balance(&other, "points"), 50);
}

#[test]
fn recyclables_earn_by_weight_for_every_full_unit() {
    let town = Town::new();
    let content = json!({ "weighing": "w-1", "person": town.resident.person(), "grams": 1_499 });
    town.platform.deliver("recycling-station", "recyclables.weighed", content).unwrap();
    assert_eq!(town.points(), 2);
}

#[test]
fn what_is_rejected_afterwards_is_taken_back_once() {
    let town = Town::new();
    let weighed = json!({ "weighing": "w-1", "person": town.resident.person(), "grams": 5_000 });
    town.platform.deliver("recycling-station", "recyclables.weighed", weighed).unwrap();
    assert_eq!(town.points(), 10);
    for _ in 0..2 {
        let rejected = json!({ "weighing": "w-1" });
        town.platform.deliver("recycling-station", "recyclables.rejected", rejected).unwrap();
    }
    assert_eq!(town.points(), 0);
    assert_eq!(town.balance()["owed"], 0);
}

#[test]
fn points_taken_back_after_they_were_spent_are_owed_and_set_off_against_the_next() {
    let town = Town::new();
    let award = town.give(100);
    town.redeem(&town.offer(80, 5), 1).created();
    let revoked = json!({ "id": award["id"], "reason": "登记有误" });
    let revoked = town.platform.call(&town.worker, "revoke_award", revoked).ok();
    assert_eq!((&revoked["points"], &revoked["owed"]), (&json!(100), &json!(80)));
    assert_eq!((town.points(), town.balance()["owed"].clone()), (0, json!(80)));
    town.give(50);
    assert_eq!((town.points(), town.balance()["owed"].clone()), (0, json!(30)));
    town.give(50);
    assert_eq!((town.points(), town.balance()["owed"].clone()), (20, json!(0)));
}

#[test]
fn an_award_is_taken_back_once() {
    let town = Town::new();
    let revocation = json!({ "id": town.give(10)["id"], "reason": "登记有误" });
    town.platform.call(&town.worker, "revoke_award", revocation.clone()).ok();
    assert_eq!(town.platform.call(&town.worker, "revoke_award", revocation).code(), "award-revoked");
    let unknown = json!({ "id": "nothing", "reason": "登记有误" });
    assert_eq!(town.platform.call(&town.worker, "revoke_award", unknown).code(), "award-unknown");
    assert_eq!(town.points(), 0);
}

#[test]
fn a_worker_gives_points_with_a_reason_and_sees_the_name_masked() {
    let town = Town::new();
    let award = town.give(30);
    assert!(text(&award["name_masked"]).ends_with('*'));
    assert_eq!(award["ends_at"], "2028-05-31T16:00:00Z");
    assert_eq!(town.points(), 30);
    let award = json!({ "person": town.resident.person(), "points": 30 });
    assert_eq!(town.platform.call(&town.worker, "create_award", award).code(), "schema-violated");
}

#[test]
fn a_worker_gives_at_most_so_much_at_once_and_in_a_day() {
    let town = Town::new();
    let give = |points: i64| {
        let award = json!({ "person": town.resident.person(), "points": points, "reason": "志愿服务" });
        town.platform.call(&town.worker, "create_award", award)
    };
    assert_eq!(give(201).code(), "award-too-large");
    give(200).created();
    give(200).created();
    let problem = give(101).problem();
    assert_eq!(problem.code, "award-daily-cap");
    assert_eq!(problem.data.as_deref(), Some(r#"{"left":100}"#));
    give(100).created();
    assert_eq!(town.points(), 500);
}

#[test]
fn nobody_gives_points_to_themselves_to_nobody_or_to_another_community() {
    let town = Town::new();
    let give = |person: PersonRef| {
        let award = json!({ "person": person, "points": 1, "reason": "志愿服务" });
        town.platform.call(&town.worker, "create_award", award).code()
    };
    assert_eq!(give(town.worker.person()), "award-to-oneself");
    assert_eq!(give("a".repeat(26).parse().unwrap()), "resident-unknown");
    let far = town.platform.resident(50).person();
    town.platform.deny(&far, Attribute::Name, Denial::OutOfArea);
    assert_eq!(give(far), "resident-of-another-area");
}

#[test]
fn a_resident_gives_nobody_points() {
    let town = Town::new();
    let award = json!({ "person": town.resident.person(), "points": 1, "reason": "志愿服务" });
    assert_eq!(town.platform.call(&town.resident, "create_award", award).code(), "role-missing");
}

#[test]
fn an_event_that_makes_no_sense_earns_nothing_and_holds_nobody_up() {
    let town = Town::new();
    let nobody = "a".repeat(26);
    for content in [
        json!({}),
        json!({ "signup": "s", "person": "not a person", "points": 5 }),
        json!({ "signup": "s", "person": nobody, "points": 5 }),
        json!({ "person": town.resident.person(), "points": 5 }),
        json!({ "signup": "s", "person": town.resident.person(), "points": -5 }),
        json!({ "signup": "s", "person": town.resident.person(), "points": "many" }),
    ] {
        town.platform.deliver("activity-signup", "activity.checked-in", content).unwrap();
    }
    town.platform.deliver("recycling-station", "recyclables.rejected", json!({})).unwrap();
    assert_eq!(town.points(), 0);
    assert_eq!(town.platform.take_log().len(), 5);
}
