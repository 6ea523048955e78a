//! Promises 6 and 7 over HTTP: whatever a component does, its own caller gets an error that says nothing of the inside,
//! and everybody else is served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use expect_test::expect;
use linli_contract::Operation;
use linli_host::Trust;
use linli_tests::components;
use linli_tests::http::{Client, Reply};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::json;

/// How each operation of the guest ends: status, code of the problem, and where it is counted.
const ENDS: &[(&str, u16, &str, &str)] = &[
    ("break_stock", 500, "component-failed", "trap"),
    ("call_outside", 500, "component-failed", "trap"),
    ("count_calls", 200, "", "ok"),
    ("debit_without_grant", 200, "", "ok"),
    ("eat_memory", 500, "component-failed", "out-of-memory"),
    ("flood_log", 204, "", "ok"),
    ("keep_handles", 204, "", "ok"),
    ("list_traces", 200, "", "ok"),
    ("look_around", 200, "", "ok"),
    ("look_without_grant", 200, "", "ok"),
    ("loop_endlessly", 500, "component-timed-out", "timeout"),
    ("overflow_stack", 500, "component-failed", "trap"),
    ("put_deeply", 500, "component-failed", "trap"),
    ("put_large_integer", 500, "component-failed", "trap"),
    ("query_endlessly", 500, "component-timed-out", "timeout"),
    ("read_foreign_records", 500, "component-failed", "trap"),
    ("read_much", 500, "component-failed", "trap"),
    ("read_undeclared_setting", 500, "component-failed", "trap"),
    ("reply_brokenly", 500, "component-failed", "trap"),
    ("reply_deeply", 500, "component-failed", "trap"),
    ("reply_hugely", 500, "component-failed", "out-of-memory"),
    ("reply_with_headers", 500, "component-failed", "trap"),
    ("sign_without_grant", 500, "component-failed", "trap"),
    ("trap", 500, "component-failed", "trap"),
    ("write_foreign_records", 500, "component-failed", "trap"),
    ("write_in_query", 500, "component-failed", "trap"),
    ("write_much", 500, "component-failed", "trap"),
];
/// Calls of each hostile operation at once.
const AT_ONCE: usize = 2;
/// Words that only somebody inside knows.
const INSIDE: [&str; 8] =
    ["inner detail", "panick", "wasm", "backtrace", "unreachable", "traces", "rust", "linli_"];

fn operations(world: &World) -> Vec<Operation> {
    let services = world.platform.services();
    let hostile = services.iter().find(|service| service.descriptor().name.as_str() == "hostile").unwrap();
    hostile.descriptor().operations.clone()
}

fn call(here: &Neighbourhood, operation: &Operation) -> Reply {
    let call = here.call(operation.method.as_str(), &format!("hostile{}", operation.path));
    let call = call.token(&here.resident(0).token);
    match operation.name.as_str() {
        "read_foreign_records" | "write_foreign_records" => {
            call.json(&json!({ "collection": "activities" })).send()
        }
        _ => call.send(),
    }
}

fn outcome(client: &Client, component: &str, outcome: &str) -> u64 {
    client.metric(&format!("linli_component_calls_total{{component=\"{component}\",outcome=\"{outcome}\"}}"))
}

#[test]
fn its_own_caller_gets_an_error_and_others_are_served_meanwhile() {
    let world = Setup::of(&["activity-signup"]).plugin("hostile").restless().start();
    let here = world.neighbourhood(2_000);
    let activity = here.activity(10_000, &json!({}));
    let (done, served) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let honest = scope.spawn(|| {
            for number in 0..2_000 {
                here.sign_up(&here.resident(number), &activity, 1).expect(201);
                served.fetch_add(1, Ordering::SeqCst);
                if done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for operation in operations(&world) {
            let name = operation.name.as_str();
            let end = ENDS.iter().find(|(known, ..)| *known == name);
            let (_, status, code, counter) = end.unwrap_or_else(|| panic!("{name}: how shall it end?"));
            let replies: Vec<Reply> = std::thread::scope(|scope| {
                let calls: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| call(&here, &operation))).collect();
                calls.into_iter().map(|call| call.join().unwrap()).collect()
            });
            for reply in replies {
                assert_eq!(reply.status, *status, "{name}: {}", reply.text());
                if *status == 500 {
                    assert_eq!(reply.problem(500), *code, "{name}");
                    let text = reply.text().to_lowercase();
                    INSIDE.iter().for_each(|word| assert!(!text.contains(word), "{name}: {text}"));
                }
            }
            *counted.entry(counter).or_default() += AT_ONCE as u64;
        }
        done.store(true, Ordering::SeqCst);
        honest.join().unwrap();
    });
    assert!(served.load(Ordering::SeqCst) > ENDS.len(), "others were served all the time");
    for (counter, calls) in counted {
        assert_eq!(outcome(&here.client, "hostile", counter), calls, "{counter}");
        assert!(counter == "ok" || outcome(&here.client, "activity-signup", counter) == 0, "{counter}");
    }
    let places = here.shown(&activity)["places_left"].as_u64().unwrap();
    assert_eq!(places + served.load(Ordering::SeqCst) as u64, 10_000);
    world.verify();
}

#[test]
fn an_error_of_a_component_says_whom_to_ask_and_nothing_of_the_inside() {
    let world = Setup::of(&[]).plugin("hostile").restless().start();
    let here = world.neighbourhood(1);
    let post = |path: &str| here.call("POST", path).token(&here.resident(0).token).english().send();
    expect![[r#"
        500
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/component-failed",
          "title": "Service failed",
          "status": 500,
          "code": "component-failed",
          "detail": "This service failed and your request was not completed. Try again later, or give the request id to the staff.",
          "detail_zh": "此项服务出错，您的请求没有完成。请稍后重试，或凭请求编号联系工作人员。",
          "detail_en": "This service failed and your request was not completed. Try again later, or give the request id to the staff.",
          "request_id": "REQUEST"
        }
    "#]].assert_eq(&post("hostile/trap").shown());
    expect![[r#"
        500
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/component-timed-out",
          "title": "Service failed",
          "status": 500,
          "code": "component-timed-out",
          "detail": "This service took too long and your request was not completed. Try again later, or give the request id to the staff.",
          "detail_zh": "此项服务超时，您的请求没有完成。请稍后重试，或凭请求编号联系工作人员。",
          "detail_en": "This service took too long and your request was not completed. Try again later, or give the request id to the staff.",
          "request_id": "REQUEST"
        }
    "#]].assert_eq(&post("hostile/endless-loop").shown());
    let traces = here.get(&here.resident(0), "hostile/traces").expect(200);
    assert_eq!(traces["items"], json!([]), "nothing half-written is left");
}

#[test]
fn what_belongs_to_others_is_out_of_reach() {
    let world = Setup::of(&["activity-signup"]).plugin("hostile").restless().start();
    let here = world.neighbourhood(1);
    here.activity(5, &json!({}));
    let resident = here.resident(0);
    for collection in ["activities", "activity-signup/activities", "people", "../activities", ""] {
        for path in ["hostile/foreign-records", "hostile/foreign-write"] {
            let reply = here.post(&resident, path, &json!({ "collection": collection }));
            assert_eq!(reply.problem(500), "component-failed", "{path} {collection}");
        }
    }
    let refused =
        |path: &str| here.call("POST", path).token(&resident.token).send().expect(200)["refused"].clone();
    assert_eq!(refused("hostile/debit"), "NotAllowed");
    assert_eq!(refused("hostile/people"), "Some(NotGranted)");
    let calls = || here.get(&resident, "hostile/calls").expect(200)["calls"].clone();
    assert_eq!([calls(), calls()], [json!(1), json!(1)], "nothing of one call is visible in the next");
    let seen = here.get(&resident, "hostile/surroundings").expect(200);
    assert_eq!(
        here.get(&resident, "hostile/surroundings").expect(200),
        seen,
        "nor does chance tell two apart"
    );
    assert_eq!(
        (&seen["files"], &seen["directory"], &seen["variables"]),
        (&json!(false), &json!(false), &json!(0))
    );
}

/// What is refused before it is live: by whom, in words.
fn refused(name: &str) -> String {
    let world = Setup::of(&["activity-signup"]).start();
    let here = world.neighbourhood(0);
    let before = here.client.get("/openapi.json").bytes;
    let loaded = world.runtime.block_on(world.live.load(&components::wasm(name), Trust::Plugin));
    let refusal = loaded.err().unwrap_or_else(|| panic!("{name} went live")).to_string();
    assert_eq!(here.client.get("/openapi.json").bytes, before, "{name}: nothing has changed");
    here.activity(1, &json!({}));
    refusal
}

fn serves_notes() {
    let here = World::shared().neighbourhood(1);
    let note = here.post(&here.resident(0), "notebook/notes", &json!({ "text": "买米" })).expect(201);
    let read = here.get(&here.resident(0), &format!("notebook/notes/{}", note["id"].as_str().unwrap()));
    assert_eq!(read.expect(200), note);
}

/// A task reaches no host that was not granted, and what it publishes is written down all the same.
fn runs_errands_nowhere() {
    let world = Setup::of(&[]).plugin("errands").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let errand = json!({ "method": "GET", "url": "https://granted.invalid/", "timeout": 1_000 });
    let outcome = here.post(&resident, "errands/errands", &errand).expect(200);
    assert!(outcome["status"].is_null() && outcome["failure"].is_string(), "{outcome}");
    world.deliver();
    assert_eq!(here.all(&resident, "errands/errands").len(), 1);
}

/// Without a reviewer's word a plugin has nothing of what it declares.
fn sees_nobody() {
    let world = Setup::of(&[]).plugin("merchant").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let seen = here.get(&resident, "merchant/seen").expect(200);
    assert_eq!(seen, json!({ "name": "NotGranted", "phone": "NotGranted", "masked": "NotGranted" }));
    let charged = here.post(&resident, "merchant/charges", &json!({ "amount": 1 }));
    assert_eq!((charged.status, &charged.json()["refusal"]), (409, &json!("NotAllowed")));
}

fn hears_nothing_of_others() {
    let world = Setup::of(&[]).plugin("merchant").plugin("rival").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    assert_eq!(here.call("POST", "merchant/sales").token(&resident.token).send().status, 200);
    assert_eq!(world.deliver(), 0);
    assert!(here.all(&resident, "rival/heard").is_empty());
}

/// A version with a new index serves what the one before it had written.
fn finds_old_books() {
    let world = Setup::of(&[]).plugin("shelf").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    for (id, rank) in [("a", 9), ("b", 3), ("c", 6)] {
        let book = here.call("PUT", &format!("shelf/books/{id}")).token(&resident.token);
        book.json(&json!({ "rank": rank })).send().expect(204);
    }
    let later = components::wasm("shelf-indexed");
    world.runtime.block_on(world.live.load(&later, Trust::Plugin)).unwrap();
    let found = here.get(&resident, "shelf/books").expect(200);
    let ranks: Vec<_> = found["items"].as_array().unwrap().iter().map(|book| book["rank"].clone()).collect();
    assert_eq!(ranks, [3, 6, 9]);
    world.verify();
}

/// Each guest and what proves that it is harmless; a guest of which nothing is proven does not pass.
#[test]
fn every_guest_is_tried() {
    for guest in components::guests() {
        match guest.as_str() {
            // By the tests above.
            "hostile" => {}
            "errands" => runs_errands_nowhere(),
            // Behaves as its file is made to; what it is for is the life of a plugin.
            "doorbell" => {}
            "merchant" => sees_nobody(),
            // Each of its ways, by vetting's own tests; none of its versions gets as far as this.
            "two-faced" => {}
            "rival" => hears_nothing_of_others(),
            "notebook" => serves_notes(),
            "shelf" => finds_old_books(),
            // Together with its earlier version.
            "shelf-indexed" => {}
            "endless-describe" => assert!(refused(&guest).contains("does not describe itself")),
            "false-name" => assert_eq!(refused(&guest), "the name `platform` is reserved"),
            "reaches-out" => assert!(refused(&guest).contains("wasi:sockets/")),
            "trap-at-start" => {
                let refusal = refused(&guest);
                assert!(
                    refusal.contains("does not describe itself") && !refusal.contains("inner detail"),
                    "{refusal}"
                );
            }
            unknown => panic!("tests/guests/{unknown}: what does it prove?"),
        }
    }
}
