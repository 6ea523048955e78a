//! Announcing, showing, listing, changing and calling off.

use expect_test::expect;
use linli_tests::neighbourhood::described;
use linli_tests::world::World;
use serde_json::{Value, json};

use super::{by_worker, own_world};

#[test]
fn an_activity_is_shown_as_it_was_announced() {
    let here = World::shared().neighbourhood(0);
    let more = json!({
        "description": "请穿便于活动的衣服。",
        "min_age": 18,
        "quotas": [{ "name": "银龄", "kind": "reserve", "min_age": 60, "capacity": 10 }],
        "lottery": true,
        "signup_closes_at": "2026-05-10T18:00:00+08:00",
        "points_on_check_in": 20,
    });
    let announced = by_worker(&here, "POST", "", &described(40, &more));
    let mut body = announced.expect(201);
    assert_eq!(announced.header("cache-control"), "no-store");
    assert_eq!(here.shown(body["id"].as_str().unwrap()), body);
    let commitment = body["lottery"]["commitment"].take();
    assert_eq!(commitment.as_str().unwrap().len(), 64);
    body["id"].take();
    let shown = serde_json::to_string_pretty(&body).unwrap();
    expect![[r#"
        {
          "capacity": 40,
          "description": "请穿便于活动的衣服。",
          "ends_at": "2026-05-11T03:00:00Z",
          "id": null,
          "lottery": {
            "commitment": null,
            "drawn_at": null,
            "seed": null
          },
          "max_age": null,
          "min_age": 18,
          "place": "社区广场",
          "places_left": 40,
          "points_on_check_in": 20,
          "quotas": [
            {
              "capacity": 10,
              "kind": "reserve",
              "max_age": null,
              "min_age": 60,
              "name": "银龄"
            }
          ],
          "signup_closes_at": "2026-05-10T10:00:00Z",
          "signup_opens_at": "2026-05-01T01:30:00Z",
          "starts_at": "2026-05-11T01:00:00Z",
          "status": "scheduled",
          "title": "八段锦",
          "waitlisted": 0
        }"#]]
    .assert_eq(&shown);
}

#[test]
fn an_announcement_that_cannot_be_kept_is_refused_with_the_field_to_blame() {
    let here = World::shared().neighbourhood(0);
    let quota = |kind: &str, capacity: i64, ages: Value| {
        let mut quota = json!({ "name": "名额", "kind": kind, "capacity": capacity });
        quota.as_object_mut().unwrap().extend(ages.as_object().unwrap().clone());
        quota
    };
    let old = || json!({ "min_age": 60 });
    let decade = |from: i64| quota("reserve", 1, json!({ "min_age": from, "max_age": from + 9 }));
    for (more, code, pointer) in [
        (json!({ "starts_at": "2026-05-01T09:00:00+08:00" }), "starts-in-the-past", "/starts_at"),
        (json!({ "ends_at": "2026-05-11T09:00:00+08:00" }), "times-out-of-order", "/ends_at"),
        (
            json!({ "signup_closes_at": "2026-05-11T09:00:01+08:00" }),
            "times-out-of-order",
            "/signup_closes_at",
        ),
        (
            json!({ "signup_opens_at": "2026-05-11T09:00:00+08:00" }),
            "times-out-of-order",
            "/signup_closes_at",
        ),
        (json!({ "ends_at": "2030-01-01T00:00:00Z" }), "too-far-ahead", "/ends_at"),
        (json!({ "min_age": 60, "max_age": 59 }), "ages-out-of-order", "/max_age"),
        (json!({ "quotas": [quota("limit", 1, json!({}))] }), "quota-without-ages", "/quotas/0"),
        (
            json!({ "quotas": [quota("reserve", 1, old()), quota("reserve", 1, old())] }),
            "reserves-overlap",
            "/quotas/1",
        ),
        (
            json!({ "quotas": [decade(10), decade(20), decade(30), decade(40)] }),
            "too-many-reserves",
            "/quotas",
        ),
        (json!({ "quotas": [quota("limit", 41, old())] }), "quota-above-capacity", "/capacity"),
    ] {
        // The clock of the shared world stands at 09:30.
        let mut body = described(40, &more);
        if code == "starts-in-the-past" {
            body["signup_opens_at"] = json!("2026-04-01T09:00:00+08:00");
        }
        let reply = by_worker(&here, "POST", "", &body);
        assert_eq!((reply.problem(422).as_str(), reply.json()["pointer"].as_str()), (code, Some(pointer)));
    }
    assert_eq!(here.all(&here.worker(), "activity-signup/activities"), [] as [Value; 0]);
}

#[test]
fn there_is_no_activity_but_those_announced_here() {
    let (here, elsewhere) = (World::shared().neighbourhood(0), World::shared().neighbourhood(0));
    let activity = elsewhere.activity(1, &json!({}));
    for id in [activity.as_str(), "01jt4v6c00abcdefghjkmnpqrs"] {
        let reply = here.call("GET", &format!("activity-signup/activities/{id}")).send();
        assert_eq!(reply.problem(404), "activity-unknown");
        assert_eq!(by_worker(&here, "PATCH", &format!("/{id}"), &json!({})).problem(404), "activity-unknown");
    }
    let reply = here.call("GET", "activity-signup/activities/nonsense").send();
    assert_eq!(reply.problem(422), "input-invalid");
}

#[test]
fn activities_are_listed_by_what_became_of_them() {
    let world = own_world();
    let here = world.neighbourhood(0);
    let held = here.activity(1, &json!({}));
    let later = json!({ "starts_at": "2026-06-11T09:00:00+08:00", "ends_at": "2026-06-11T11:00:00+08:00" });
    let (coming, off) = (here.activity(1, &later), here.activity(1, &later));
    by_worker(&here, "POST", &format!("/{off}/cancellation"), &json!({ "reason": "下雨" })).expect(200);
    world.advance_to("2026-05-11T03:00:00Z");
    for (status, activity) in [("ended", held), ("scheduled", coming), ("cancelled", off)] {
        let listed =
            here.call("GET", &format!("activity-signup/activities?status={status}")).send().expect(200);
        let items = listed["items"].as_array().unwrap();
        assert_eq!((items.len(), items[0]["id"].as_str()), (1, Some(activity.as_str())), "{status}");
        assert_eq!(items[0]["status"], status);
    }
}

#[test]
fn what_is_not_given_stays_and_more_places_go_to_those_who_wait() {
    let here = World::shared().neighbourhood(2);
    let activity = here.activity(1, &json!({ "points_on_check_in": 5 }));
    here.sign_up(&here.resident(0), &activity, 1).expect(201);
    here.sign_up(&here.resident(1), &activity, 1).expect(201);
    let changed =
        by_worker(&here, "PATCH", &format!("/{activity}"), &json!({ "capacity": 3, "place": "礼堂" }));
    let changed = changed.expect(200);
    assert_eq!((&changed["place"], &changed["title"]), (&json!("礼堂"), &json!("八段锦")));
    assert_eq!((&changed["places_left"], &changed["waitlisted"]), (&json!(1), &json!(0)));
    assert_eq!(here.mine(&here.resident(1), &activity)["status"], "offered");
    let smaller = by_worker(&here, "PATCH", &format!("/{activity}"), &json!({ "capacity": 1 }));
    assert_eq!(smaller.problem(409), "capacity-below-taken");
    assert_eq!(here.shown(&activity)["capacity"], 3);
}

#[test]
fn what_has_started_is_moved_no_more_and_what_is_over_changed_no_more() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let activity = here.activity(2, &json!({}));
    let path = format!("/{activity}");
    world.advance_to("2026-05-11T01:00:00Z");
    let change = |body: Value| by_worker(&here, "PATCH", &path, &body);
    assert_eq!(change(json!({ "capacity": 3 })).problem(409), "activity-started");
    assert_eq!(change(json!({ "place": "礼堂" })).status, 200);
    world.advance_to("2026-05-11T03:00:00Z");
    assert_eq!(change(json!({ "place": "广场" })).problem(409), "activity-ended");
    let off = by_worker(&here, "POST", &format!("{path}/cancellation"), &json!({ "reason": "下雨" }));
    assert_eq!(off.problem(409), "activity-ended");
}

#[test]
fn an_activity_is_called_off_once_with_a_reason() {
    let here = World::shared().neighbourhood(0);
    let activity = here.activity(2, &json!({}));
    let path = format!("/{activity}/cancellation");
    assert_eq!(by_worker(&here, "POST", &path, &json!({})).problem(422), "input-invalid");
    let off = by_worker(&here, "POST", &path, &json!({ "reason": "下雨" })).expect(200);
    assert_eq!((&off["status"], &off["places_left"]), (&json!("cancelled"), &json!(0)));
    let again = by_worker(&here, "POST", &path, &json!({ "reason": "下雨" }));
    assert_eq!(again.problem(409), "activity-cancelled");
    let change = by_worker(&here, "PATCH", &format!("/{activity}"), &json!({ "capacity": 3 }));
    assert_eq!(change.problem(409), "activity-cancelled");
}
