//! Calling an activity off.

use super::*;

fn call_off(community: &Community, activity: &str) -> linli_sdk::testing::Outcome {
    let input = json!({ "id": activity, "reason": "台风" });
    community.platform.call(&community.worker, "cancel_activity", input)
}

#[test]
fn everybody_who_signed_up_is_told_once() {
    let community = Community::new();
    let id = community.activity(2, json!({}));
    let (leaver, left) = community.newcomer(&id, 1);
    community.cancel(&leaver, &id, &left);
    let mut people: Vec<_> = (0..5).map(|_| json!(community.newcomer(&id, 1).0.person())).collect();
    community.platform.take_published();
    assert_eq!(call_off(&community, &id).ok()["status"], "cancelled");
    community.platform.settle();
    let events = community.platform.take_published();
    assert_eq!(
        (events[0].name.as_str(), &events[0].content["reason"]),
        ("activity.cancelled", &json!("台风"))
    );
    let told = events[1..].iter().map(|event| {
        assert_eq!((event.name.as_str(), &event.content["cause"]), ("signup.cancelled", &json!("activity")));
        event.content["person"].clone()
    });
    let mut told: Vec<_> = told.collect();
    let by_text = |a: &Value, b: &Value| a.as_str().cmp(&b.as_str());
    told.sort_by(by_text);
    people.sort_by(by_text);
    assert_eq!(told, people);
}

#[test]
fn more_than_one_transaction_can_tell_are_told_all_the_same() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    for _ in 0..900 {
        community.newcomer(&id, 1);
    }
    community.platform.take_published();
    call_off(&community, &id).ok();
    community.platform.settle();
    let told = community.news().into_iter().filter(|name| name == "signup.cancelled").count();
    assert_eq!(told, 900);
    community.platform.verify();
}

#[test]
fn nothing_can_be_done_with_an_activity_that_was_called_off() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    let (first, signup) = community.newcomer(&id, 1);
    let (second, waiting) = community.newcomer(&id, 1);
    let (third, _) = community.newcomer(&id, 1);
    community.cancel(&first, &id, &signup);
    assert_eq!(community.mine(&second)["status"], "offered");
    call_off(&community, &id).ok();
    let late = community.platform.resident(30);
    assert_eq!(community.try_sign_up(&late, &id, 1).code(), "activity-cancelled");
    assert_eq!(community.act("accept_offer", &second, &id, &waiting).code(), "activity-cancelled");
    assert_eq!(community.act("cancel_signup", &second, &id, &waiting).code(), "activity-cancelled");
    assert_eq!(call_off(&community, &id).code(), "activity-cancelled");
    let change = json!({ "id": id, "capacity": 9 });
    assert_eq!(
        community.platform.call(&community.worker, "change_activity", change).code(),
        "activity-cancelled"
    );
    // The timer of the offer is gone, and nobody is promoted.
    community.platform.take_published();
    community.platform.advance_to("2026-05-12T09:00:00+08:00");
    assert!(community.platform.take_published().is_empty());
    assert_eq!(community.mine(&third)["status"], "cancelled");
    let shown = community.shown(&id);
    assert_eq!(
        (&shown["status"], &shown["places_left"], &shown["waitlisted"]),
        (&json!("cancelled"), &json!(0), &json!(0))
    );
}

#[test]
fn what_is_over_cannot_be_called_off() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    community.platform.advance_to("2026-05-11T11:00:00+08:00");
    assert_eq!(call_off(&community, &id).code(), "activity-ended");
}
