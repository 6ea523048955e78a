//! Signing up, one's own signups, leaving.

use expect_test::expect;
use linli_tests::neighbourhood::signups;
use linli_tests::world::World;
use serde_json::json;

use super::own_world;

#[test]
fn a_signup_has_a_ticket_or_a_position() {
    let here = World::shared().neighbourhood(3);
    let activity = here.activity(2, &json!({}));
    let first = here.sign_up(&here.resident(0), &activity, 2);
    expect![[r#"
        201
        cache-control: no-store
        content-type: application/json
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "id": "ID",
          "activity": "ID",
          "status": "confirmed",
          "party_size": 2,
          "position": null,
          "ticket": "TICKET",
          "offer_expires_at": null,
          "signed_up_at": "2026-05-01T01:30:00Z"
        }
    "#]]
    .assert_eq(&first.shown());
    let second = here.sign_up(&here.resident(1), &activity, 1).expect(201);
    assert_eq!((&second["status"], &second["position"]), (&json!("waitlisted"), &json!(1)));
    assert_eq!(second["ticket"], json!(null));
    let third = here.sign_up(&here.resident(2), &activity, 1).expect(201);
    assert_eq!(third["position"], 2);
    let shown = here.shown(&activity);
    assert_eq!((&shown["places_left"], &shown["waitlisted"]), (&json!(0), &json!(2)));
}

#[test]
fn nobody_signs_up_twice() {
    let here = World::shared().neighbourhood(1);
    let activity = here.activity(5, &json!({}));
    let signup = here.sign_up(&here.resident(0), &activity, 1).expect(201);
    let again = here.sign_up(&here.resident(0), &activity, 1);
    assert_eq!(again.problem(409), "already-signed-up");
    assert_eq!(again.json()["signup"], signup["id"]);
    assert_eq!(here.shown(&activity)["places_left"], 4);
}

#[test]
fn a_party_is_no_larger_than_a_family_and_than_the_activity() {
    let here = World::shared().neighbourhood(1);
    let (small, large) = (here.activity(3, &json!({})), here.activity(30, &json!({})));
    for (activity, party) in [(&small, 4), (&large, 11)] {
        let reply = here.sign_up(&here.resident(0), activity, party);
        assert_eq!(
            (reply.problem(422).as_str(), &reply.json()["pointer"]),
            ("party-too-large", &json!("/party_size"))
        );
    }
    assert_eq!(here.sign_up(&here.resident(0), &small, 0).problem(422), "input-invalid");
    here.sign_up(&here.resident(0), &large, 10).expect(201);
}

#[test]
fn one_signs_up_within_the_window() {
    let world = own_world();
    let here = world.neighbourhood(2);
    let window =
        json!({ "signup_opens_at": "2026-05-02T00:00:00Z", "signup_closes_at": "2026-05-03T00:00:00Z" });
    let activity = here.activity(5, &window);
    let early = here.sign_up(&here.resident(0), &activity, 1);
    assert_eq!(
        (early.problem(409).as_str(), &early.json()["opens_at"]),
        ("signup-not-open", &json!("2026-05-02T00:00:00Z"))
    );
    world.advance_to("2026-05-02T00:00:00Z");
    here.sign_up(&here.resident(0), &activity, 1).expect(201);
    world.advance_to("2026-05-03T00:00:00Z");
    assert_eq!(here.sign_up(&here.resident(1), &activity, 1).problem(409), "signup-closed");
}

#[test]
fn ages_are_checked_against_the_directory() {
    let world = World::shared();
    let here = world.neighbourhood(2);
    let activity = here.activity(5, &json!({ "min_age": 60 }));
    assert_eq!(here.sign_up(&here.resident(0), &activity, 1).problem(403), "age-outside");
    here.sign_up(&here.resident(1), &activity, 1).expect(201);
    let mut ageless = linli_tests::neighbourhood::Neighbourhood::people(here.community, 1);
    ageless[0].birth_date = None;
    world.import(&ageless[..1]);
    assert_eq!(here.sign_up(&here.resident(0), &activity, 1).problem(403), "age-unknown");
}

#[test]
fn a_signup_ends_once_and_the_place_is_free() {
    let here = World::shared().neighbourhood(2);
    let activity = here.activity(1, &json!({}));
    let (resident, neighbour) = (here.resident(0), here.resident(1));
    let signup = here.sign_up(&resident, &activity, 1).expect(201);
    assert_eq!(here.cancel(&neighbour, &activity, &signup).problem(404), "signup-unknown");
    let left = here.cancel(&resident, &activity, &signup);
    assert_eq!((left.status, left.bytes.len()), (204, 0));
    assert_eq!(here.cancel(&resident, &activity, &signup).problem(410), "signup-ended");
    assert_eq!(here.shown(&activity)["places_left"], 1);
    let again = here.sign_up(&resident, &activity, 1).expect(201);
    assert_eq!(again["id"], signup["id"]);
    assert_ne!(again["ticket"], signup["ticket"], "the ticket of the first time is void");
    assert_eq!(here.cancel(&here.worker(), &activity, &again).status, 204, "a worker may");
}

#[test]
fn whoever_comes_and_goes_all_day_is_asked_to_talk() {
    let here = World::shared().neighbourhood(1);
    let activity = here.activity(1, &json!({}));
    let resident = here.resident(0);
    for _ in 0..255 {
        let signup = here.sign_up(&resident, &activity, 1).expect(201);
        assert_eq!(here.cancel(&resident, &activity, &signup).status, 204);
    }
    let refused = here.sign_up(&resident, &activity, 1);
    assert_eq!(refused.problem(429), "signed-up-too-often");
    assert_eq!(refused.header("retry-after"), "30");
}

#[test]
fn nobody_leaves_once_it_has_started_or_was_called_off() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let (held, off) = (here.activity(1, &json!({})), here.activity(1, &json!({})));
    let (on_held, on_off) =
        (here.sign_up(&resident, &held, 1).expect(201), here.sign_up(&resident, &off, 1).expect(201));
    let reason = json!({ "reason": "下雨" });
    here.post(&here.worker(), &format!("activity-signup/activities/{off}/cancellation"), &reason).expect(200);
    assert_eq!(here.cancel(&resident, &off, &on_off).problem(409), "activity-cancelled");
    world.advance_to("2026-05-11T01:00:00Z");
    assert_eq!(here.cancel(&resident, &held, &on_held).problem(409), "activity-started");
}

#[test]
fn my_signups_are_mine_and_come_page_by_page() {
    let here = World::shared().neighbourhood(2);
    let mut expected: Vec<String> = (0..3).map(|_| here.activity(5, &json!({}))).collect();
    for activity in &expected {
        here.sign_up(&here.resident(0), activity, 1).expect(201);
        here.sign_up(&here.resident(1), activity, 1).expect(201);
    }
    let mine = here.all(&here.resident(0), "activity-signup/signups?limit=1");
    let mut found: Vec<_> =
        mine.iter().map(|signup| signup["activity"].as_str().unwrap().to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let astray = here.get(&here.resident(0), "activity-signup/signups?cursor=astray");
    assert_eq!(astray.problem(422), "cursor-invalid");
}

#[test]
fn the_roster_is_masked_and_for_workers() {
    let here = World::shared().neighbourhood(3);
    let activity = here.activity(2, &json!({}));
    for n in 0..3 {
        here.sign_up(&here.resident(n), &activity, 1).expect(201);
    }
    let leaver = here.mine(&here.resident(1), &activity);
    assert_eq!(here.cancel(&here.resident(1), &activity, &leaver).status, 204);
    let roster = here.all(&here.worker(), &format!("{}?limit=1", signups(&activity)));
    assert_eq!(roster.len(), 2, "who left is not on it");
    for entry in &roster {
        assert_eq!(entry["name"], "甄**");
        assert_eq!(entry["delegated"], false);
    }
    let whole = here.get(&here.worker(), &signups(&activity)).text();
    assert!(!whole.contains("甄嘉禾") && !whole.contains("138") && !whole.contains("-r0"));
    assert_eq!(here.get(&here.resident(0), &signups(&activity)).problem(403), "role-not-allowed");
}
