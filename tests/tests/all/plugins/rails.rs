//! What a live plugin is stopped from, over HTTP: each of its limits, a consent that is withdrawn while it runs, addresses
//! that are nobody's business. Whoever called it is told, and everybody else is served.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use linli_contract::Role;
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::plugins::install;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

/// Fen every resident begins with.
const WEALTH: i64 = 1_000_000;

/// The merchant's plugin, live for everybody, beside a core function.
fn town(setup: Setup) -> (World, Neighbourhood) {
    let world = setup.start();
    install(&world, "merchant");
    let here = world.neighbourhood(2);
    (world, here)
}

fn limit(here: &Neighbourhood, limits: &Value) {
    let operator = here.person("operator".to_owned(), Role::Operator, &"33".parse().unwrap());
    here.client
        .call("PUT", "/v1/plugins/merchant/limits")
        .token(&operator.token)
        .json(limits)
        .send()
        .expect(200);
}

fn ask(here: &Neighbourhood, who: &Person, what: &str, body: &Value) -> Reply {
    here.post(who, &format!("merchant/{what}"), body)
}

#[test]
fn each_limit_is_felt_by_those_who_call_the_plugin_alone() {
    let mut setup = Setup::of(&["activity-signup"]).restless();
    setup.host.new_plugin.calls_per_minute = 1_000_000;
    let (world, here) = town(setup);
    let resident = here.resident(0);
    let activity = here.activity(1_000, &json!({}));
    ask(&here, &resident, "gifts", &json!({ "amount": WEALTH })).expect(204);
    let sized = |bytes: u32| json!({ "spin": false, "memory": bytes });
    for (limits, what, body, status, code) in [
        (json!({ "cpu_millis_per_call": 5 }), "work", json!({ "spin": true }), 500, "component-timed-out"),
        (json!({ "wall_millis_per_call": 0 }), "work", json!({ "spin": true }), 500, "component-timed-out"),
        (json!({ "memory_bytes": 8 << 20 }), "work", sized(16 << 20), 500, "component-failed"),
        (json!({ "reply_bytes": 1_000 }), "work", json!({ "reply": 1_000 }), 500, "component-failed"),
        (json!({ "storage_bytes": 600 }), "timers", json!({ "bytes": 700 }), 507, "plugin-storage-full"),
        (json!({ "calls_per_minute": 0 }), "work", json!({}), 429, "plugin-limit-reached"),
        (json!({ "cpu_millis_per_day": 0 }), "work", json!({}), 429, "plugin-limit-reached"),
        (json!({ "money_per_call": 1_000 }), "charges", json!({ "amount": 1_001 }), 409, "refused"),
        (json!({ "money_per_day": 1_000 }), "charges", json!({ "amount": 1_001 }), 409, "refused"),
    ] {
        limit(&here, &json!({}));
        // It is the limit that stops it, and nothing else would.
        if body != json!({ "spin": true }) {
            let unlimited = ask(&here, &resident, what, &body);
            assert!(unlimited.status < 300, "{what} {body}: {}", unlimited.text());
        }
        limit(&here, &limits);
        let refused = ask(&here, &resident, what, &body);
        assert_eq!((refused.status, refused.problem(refused.status).as_str()), (status, code), "{limits}");
        assert_eq!(status == 429, !refused.header("retry-after").is_empty(), "{limits}");
        if what == "charges" {
            assert_eq!(refused.json()["refusal"], "NotAllowed", "{limits}");
        }
        here.shown(&activity);
    }
    world.verify();
}

#[test]
fn what_keeps_failing_rests_and_is_tried_again() {
    let mut setup = Setup::of(&["activity-signup"]);
    (setup.host.breaker.failures, setup.host.breaker.probes) = (3, 1);
    let (world, here) = town(setup);
    let resident = here.resident(0);
    for _ in 0..3 {
        let failed = ask(&here, &resident, "work", &json!({ "fail": true }));
        assert_eq!(failed.problem(500), "component-failed");
    }
    let resting = ask(&here, &resident, "work", &json!({}));
    assert_eq!(resting.problem(503), "service-resting");
    let seconds = resting.header("retry-after").parse().unwrap();
    here.activity(1, &json!({}));
    world.advance(Duration::from_secs(seconds));
    ask(&here, &resident, "work", &json!({})).expect(200);
    ask(&here, &resident, "work", &json!({})).expect(200);
}

/// Listens, and lets the plugin call there.
fn outside(setup: Setup) -> (TcpListener, String, Setup) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let setup = setup.outbound("merchant", &origin);
    (listener, format!("{origin}/"), setup)
}

/// Takes the call that is waiting, does something meanwhile, and answers it.
fn answer(listener: &TcpListener, meanwhile: impl FnOnce()) {
    let mut stream = listener.accept().unwrap().0;
    meanwhile();
    stream.read_exact(&mut [0]).unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
    // Closed with unread bytes, a connection is reset, and the answer with it.
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_consent_that_is_withdrawn_while_the_plugin_runs_holds_at_its_next_look() {
    let (listener, url, setup) = outside(Setup::of(&[]));
    let (world, here) = town(setup);
    let resident = here.resident(0);
    let consent = |method: &str| here.client.call(method, "/v1/consents/merchant").token(&resident.token);
    let purpose = json!({ "zh": "用于送货上门", "en": "to deliver the order" });
    let agreed = json!({ "agreed": [{ "attributes": ["name", "phone"], "purpose": purpose }] });
    consent("PUT").json(&agreed).send().expect(200);
    let journal = std::thread::scope(|scope| {
        let travelling =
            scope.spawn(|| ask(&here, &resident, "journeys", &json!({ "url": url })).expect(200));
        answer(&listener, || drop(consent("DELETE").send().expect(200)));
        travelling.join().unwrap()
    });
    assert_eq!(journal, json!({ "before": "甄嘉禾", "outside": "204", "after": "NoConsent" }));
    world.verify();
}

#[test]
fn so_many_calls_run_at_once_and_the_rest_are_told_to_come_again() {
    /// Calls that wait for one that runs, as the host has it.
    const WAITING: usize = 16;
    let (listener, url, setup) = outside(Setup::of(&["activity-signup"]));
    let (_world, here) = town(setup);
    let resident = here.resident(0);
    limit(&here, &json!({ "concurrency": 1 }));
    std::thread::scope(|scope| {
        let travelling = scope.spawn(|| ask(&here, &resident, "journeys", &json!({ "url": url })).status);
        answer(&listener, || {
            let work = || ask(&here, &resident, "work", &json!({}));
            let calls: Vec<_> = (0..=WAITING).map(|_| scope.spawn(work)).collect();
            let refused = loop {
                if let Some(place) = calls.iter().position(|call| call.is_finished()) {
                    break place;
                }
                std::thread::yield_now();
            };
            here.activity(1, &json!({}));
            let mut calls = calls;
            let refused = calls.swap_remove(refused).join().unwrap();
            assert_eq!(refused.problem(429), "plugin-limit-reached");
            // The others have their turns once the first is back.
            scope.spawn(|| calls.into_iter().for_each(|call| drop(call.join().unwrap().expect(200))));
        });
        assert_eq!(travelling.join().unwrap(), 200);
    });
}

#[test]
fn no_address_that_is_not_public_is_called() {
    let (world, here) = town(Setup::of(&[]));
    let resident = here.resident(0);
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = inside.local_addr().unwrap().port();
    for url in [
        // Its own permission, and a name that leads to the machine itself.
        "https://localhost/".to_owned(),
        format!("https://localhost:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://192.168.1.1/".to_owned(),
    ] {
        let journal = ask(&here, &resident, "journeys", &json!({ "url": url })).expect(200);
        assert_eq!(journal["outside"], "NotGranted", "{url}");
    }
    inside.set_nonblocking(true).unwrap();
    assert_eq!(inside.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody knocked");
    world.verify();
}
