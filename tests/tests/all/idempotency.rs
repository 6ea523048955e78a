//! Promise 5 over HTTP: the same key with the same request gets the first reply again.

use std::collections::BTreeSet;

use expect_test::expect;
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person, described, signups};
use linli_tests::race::together;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

fn announce(here: &Neighbourhood, who: &Person, key: &str, body: &Value) -> Reply {
    here.call("POST", "activity-signup/activities").token(&who.token).key(key).json(body).send()
}

fn announced(here: &Neighbourhood) -> usize {
    here.all(&here.worker(), "activity-signup/activities").len()
}

#[test]
fn the_same_key_gets_the_first_reply_again_and_another_body_is_refused() {
    let here = World::shared().neighbourhood(0);
    let (worker, body) = (here.worker(), described(5, &json!({})));
    let first = announce(&here, &worker, "once", &body);
    let again = announce(&here, &worker, "once", &body);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(again.bytes, first.bytes, "byte by byte");
    assert_ne!(
        again.header("x-request-id"),
        first.header("x-request-id"),
        "it is another request all the same"
    );
    let other = announce(&here, &worker, "once", &described(6, &json!({})));
    expect![[r#"
        422
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/idempotency-key-reused",
          "title": "内容无法受理",
          "status": 422,
          "code": "idempotency-key-reused",
          "detail": "此 Idempotency-Key 已用于另一个请求，请换一个新的。",
          "detail_zh": "此 Idempotency-Key 已用于另一个请求，请换一个新的。",
          "detail_en": "This Idempotency-Key was used with a different request; use a new one.",
          "request_id": "REQUEST"
        }
    "#]]
    .assert_eq(&other.shown());
    assert_eq!(announced(&here), 1);
    announce(&here, &worker, "twice", &body).expect(201);
    assert_eq!(announced(&here), 2);
}

#[test]
fn a_refusal_of_the_component_is_kept_and_one_of_the_platform_is_not() {
    let here = World::shared().neighbourhood(1);
    let activity = here.activity(5, &json!({}));
    let resident = here.resident(0);
    let sign_up = |key: &str, body: &Value| {
        here.call("POST", &signups(&activity)).token(&resident.token).key(key).json(body).send()
    };
    let broken = sign_up("k", &json!({ "party_size": "two" }));
    assert_eq!(broken.problem(422), "input-invalid");
    sign_up("k", &json!({ "party_size": 2 })).expect(201);
    let refused = sign_up("l", &json!({ "party_size": 2 }));
    assert_eq!(refused.problem(409), "already-signed-up");
    let mine = here.mine(&resident, &activity);
    assert_eq!(here.cancel(&resident, &activity, &mine).status, 204);
    assert_eq!(
        sign_up("l", &json!({ "party_size": 2 })).problem(409),
        "already-signed-up",
        "as it was answered"
    );
}

#[test]
fn two_residents_and_two_operations_may_use_one_key() {
    let here = World::shared().neighbourhood(2);
    let (one, two) = (here.activity(5, &json!({})), here.activity(5, &json!({})));
    let sign_up = |who: usize, activity: &str| {
        let call = here.call("POST", &signups(activity)).token(&here.resident(who).token);
        call.key("mine").json(&json!({})).send()
    };
    let (first, second) = (sign_up(0, &one).expect(201), sign_up(1, &one).expect(201));
    assert_ne!(first["id"], second["id"]);
    assert_eq!(here.shown(&one)["places_left"], 3);
    assert_eq!(sign_up(0, &two).problem(422), "idempotency-key-reused", "the path is part of the request");
    let cancel = format!("{}/{}", signups(&one), first["id"].as_str().unwrap());
    let cancelled = here.call("DELETE", &cancel).token(&here.resident(0).token).key("mine").send();
    assert_eq!(cancelled.status, 204, "another operation, another key");
}

#[test]
fn the_same_key_in_another_community_is_another_key() {
    let (here, elsewhere) = (World::shared().neighbourhood(0), World::shared().neighbourhood(0));
    let street = |place: &Neighbourhood| {
        place.person(here.worker().id, linli_contract::Role::Worker, &"330105001".parse().unwrap())
    };
    let body = described(5, &json!({}));
    let first = announce(&here, &street(&here), "k", &body).expect(201);
    let second = announce(&elsewhere, &street(&elsewhere), "k", &body).expect(201);
    assert_ne!(first["id"], second["id"]);
}

#[test]
fn of_racing_calls_with_one_key_one_takes_effect() {
    let here = World::shared().neighbourhood(0);
    let (worker, body) = (here.worker(), described(5, &json!({})));
    for round in 0..10 {
        let key = format!("race-{round}");
        let replies = together(8, |_| announce(&here, &worker, &key, &body));
        let mut bodies = BTreeSet::new();
        for reply in replies {
            match reply.status {
                201 => drop(bodies.insert(reply.bytes)),
                _ => assert_eq!(reply.problem(409), "request-in-progress"),
            }
        }
        assert_eq!(bodies.len(), 1, "one answer, however often it is given");
        let again = announce(&here, &worker, &key, &body);
        assert_eq!(bodies.pop_first(), Some(again.bytes));
    }
    assert_eq!(announced(&here), 10);
}

/// A component that takes all of its time keeps the key of its call in use; then the call has failed, and may be tried
/// again under the same key.
#[test]
fn while_the_first_still_runs_the_second_is_told_so() {
    let world = Setup::of(&[]).plugin("hostile").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let slow = || here.call("POST", "hostile/endless-loop").token(&resident.token).key("k").send();
    let replies = together(6, |_| slow());
    let running: Vec<_> = replies.iter().filter(|reply| reply.status == 409).collect();
    expect![[r#"
        409
        cache-control: no-store
        content-language: zh
        content-type: application/problem+json
        retry-after: 1
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/request-in-progress",
          "title": "当前状态不允许",
          "status": 409,
          "code": "request-in-progress",
          "detail": "相同的请求正在办理，请稍候再试。",
          "detail_zh": "相同的请求正在办理，请稍候再试。",
          "detail_en": "The same request is still being worked on; try again shortly.",
          "request_id": "REQUEST"
        }
    "#]]
    .assert_eq(&running[0].shown());
    for reply in replies.iter().filter(|reply| reply.status != 409) {
        assert_eq!(reply.problem(500), "component-timed-out");
    }
    assert_eq!(slow().problem(500), "component-timed-out", "nothing was kept under the key");
}
