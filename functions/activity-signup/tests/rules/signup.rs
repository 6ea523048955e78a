//! Signing up and leaving.

use linli_sdk::testing::Footprint;

use super::*;

#[test]
fn places_go_to_those_who_come_first_and_the_others_wait_in_order() {
    let community = Community::new();
    let id = community.activity(2, json!({}));
    let statuses: Vec<_> = (0..4)
        .map(|_| {
            let (_, signup) = community.newcomer(&id, 1);
            (signup["status"].clone(), signup["position"].clone(), signup["ticket"].is_string())
        })
        .collect();
    assert_eq!(
        statuses,
        [
            (json!("confirmed"), json!(null), true),
            (json!("confirmed"), json!(null), true),
            (json!("waitlisted"), json!(1), false),
            (json!("waitlisted"), json!(2), false),
        ]
    );
    assert_eq!(community.left(&id), (0, 2));
    community.platform.verify();
}

#[test]
fn a_rush_confirms_exactly_as_many_as_there_are_places() {
    let community = Community::new();
    let id = community.activity(50, json!({}));
    let signups: Vec<_> = (0..200).map(|_| community.newcomer(&id, 1).1).collect();
    let confirmed = signups.iter().filter(|signup| signup["status"] == "confirmed").count();
    assert_eq!((confirmed, community.left(&id)), (50, (0, 150)));
    community.platform.verify();
}

#[test]
fn a_party_takes_a_place_for_each() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    assert_eq!(community.newcomer(&id, 4).1["status"], "confirmed");
    assert_eq!(community.newcomer(&id, 2).1["status"], "waitlisted");
    assert_eq!(community.newcomer(&id, 1).1["status"], "confirmed");
    assert_eq!(community.left(&id), (0, 1));
}

#[test]
fn a_resident_signs_up_once_and_is_shown_the_signup_there_is() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (resident, signup) = community.newcomer(&id, 1);
    let problem = community.try_sign_up(&resident, &id, 2).problem();
    assert_eq!((problem.code.as_ref(), problem.kind.status()), ("already-signed-up", 409));
    let data: Value = serde_json::from_str(&problem.data.unwrap()).unwrap();
    assert_eq!(data["signup"], signup["id"]);
    assert_eq!(community.left(&id), (4, 0));
}

#[test]
fn somebody_who_cancelled_may_sign_up_again_with_another_ticket() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (resident, first) = community.newcomer(&id, 3);
    community.cancel(&resident, &id, &first);
    assert_eq!(community.left(&id), (5, 0));
    let second = community.sign_up(&resident, &id, 2);
    assert_eq!(second["id"], first["id"]);
    assert_ne!(second["ticket"], first["ticket"]);
    assert_eq!(community.left(&id), (3, 0));
}

#[test]
fn a_signup_ends_once() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (resident, signup) = community.newcomer(&id, 1);
    community.cancel(&resident, &id, &signup);
    let problem = community.act("cancel_signup", &resident, &id, &signup).problem();
    assert_eq!((problem.code.as_ref(), problem.kind.status()), ("signup-ended", 410));
    assert_eq!(community.left(&id), (5, 0));
}

#[test]
fn nobody_ends_the_signup_of_a_neighbour_but_a_worker_may() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (_, signup) = community.newcomer(&id, 1);
    let neighbour = community.platform.resident(30);
    assert_eq!(community.act("cancel_signup", &neighbour, &id, &signup).code(), "signup-unknown");
    community.platform.take_published();
    community.cancel(&community.worker, &id, &signup);
    assert_eq!(community.platform.take_published()[0].content["cause"], "worker");
}

#[test]
fn a_relative_signs_up_the_elder_and_both_are_on_record() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (elder, daughter) = (community.platform.resident(80), community.platform.resident(50));
    community.sign_up(&daughter.acting_for(&elder), &id, 1);
    assert_eq!(community.mine(&elder)["title"], "八段锦");
    let (none, _) = community.platform.call(&daughter, "list_signups", json!({})).page();
    assert!(none.is_empty());
    let (roster, _) = community.platform.call(&community.worker, "list_roster", json!({ "id": id })).page();
    assert_eq!(roster[0]["delegated"], true);
}

#[test]
fn nothing_can_be_signed_up_for_outside_the_window() {
    let community = Community::new();
    let window = json!({
        "signup_opens_at": "2026-05-02T09:00:00+08:00",
        "signup_closes_at": "2026-05-03T09:00:00+08:00",
    });
    let id = community.activity(5, window);
    let resident = community.platform.resident(30);
    let problem = community.try_sign_up(&resident, &id, 1).problem();
    assert_eq!(problem.code, "signup-not-open");
    assert!(problem.detail.zh.contains("2026-05-02 09:00"), "{}", problem.detail.zh);
    community.platform.advance_to("2026-05-02T09:00:00+08:00");
    let signup = community.sign_up(&resident, &id, 1);
    community.platform.advance_to("2026-05-03T09:00:00+08:00");
    let late = community.platform.resident(30);
    assert_eq!(community.try_sign_up(&late, &id, 1).code(), "signup-closed");
    // Leaving is possible until the start.
    community.platform.advance_to("2026-05-11T08:59:59+08:00");
    community.cancel(&resident, &id, &signup);
}

#[test]
fn nobody_leaves_once_it_has_started() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (resident, signup) = community.newcomer(&id, 1);
    community.platform.advance_to("2026-05-11T09:00:00+08:00");
    assert_eq!(community.act("cancel_signup", &resident, &id, &signup).code(), "activity-started");
}

#[test]
fn a_party_no_larger_than_a_family_and_than_the_activity() {
    let community = Community::new();
    let id = community.activity(20, json!({}));
    let resident = community.platform.resident(30);
    let problem = community.try_sign_up(&resident, &id, 11).problem();
    assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("party-too-large", Some("/party_size")));
    community.platform.configure("max_party_size", json!(20));
    assert_eq!(community.sign_up(&resident, &id, 11)["status"], "confirmed");
    let small = community.activity(2, json!({}));
    assert_eq!(community.try_sign_up(&resident, &small, 3).code(), "party-too-large");
    for wrong in [json!(0), json!(-1), json!("2"), json!(1.5)] {
        let input = json!({ "id": id, "party_size": wrong });
        assert_eq!(community.platform.call(&resident, "create_signup", input).code(), "schema-violated");
    }
}

#[test]
fn a_confirmed_signup_writes_little_and_looks_at_no_counter() {
    let community = Community::new();
    let id = community.activity(500, json!({}));
    let resident = community.platform.resident(30);
    community.sign_up(&resident, &id, 1);
    // Written: the document and an index entry. Seen: the activity, and that there is no earlier signup.
    let expected = Footprint { rows_written: 2, counters_changed: 1, keys_read: 2, ranges_read: 0 };
    assert_eq!(community.platform.footprint(), expected);
}

#[test]
fn my_signups_come_the_latest_first_and_page_by_page() {
    let community = Community::new();
    let resident = community.platform.resident(30);
    for title in ["一", "二", "三"] {
        let id = community.activity(5, json!({ "title": title }));
        community.sign_up(&resident, &id, 1);
        community.platform.advance(60);
    }
    let (first, next) = community.platform.call(&resident, "list_signups", json!({ "limit": 2 })).page();
    let rest = json!({ "limit": 2, "cursor": next.unwrap() });
    let (second, end) = community.platform.call(&resident, "list_signups", rest).page();
    let titles: Vec<_> =
        first.iter().chain(&second).map(|signup| signup["title"].as_str().unwrap()).collect();
    assert_eq!((titles, end), (vec!["三", "二", "一"], None));
    let foreign = json!({ "cursor": "AAAA" });
    assert_eq!(community.platform.call(&resident, "list_signups", foreign).code(), "cursor-invalid");
}
