//! A hostile set, uploaded over HTTP: each file is refused for what it is, nothing of it is left, and the neighbours are
//! served. The rules themselves are tried one by one where they stand, in `crates/vetting`.

use std::collections::BTreeSet;

use linli_tests::components;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::plugins::{Merchant, doorbell, full, operator, reviewer};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

fn town() -> (World, Neighbourhood, Merchant) {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let merchant = Merchant::admitted(&world, &here);
    (world, here, merchant)
}

/// A component that exports the contract, with nothing in it, around something else.
fn around(inside: &str) -> Vec<u8> {
    let export = r#"(component $c) (instance $i (instantiate $c)) (export "linli:platform/capability@0.1.0" (instance $i))"#;
    wat::parse_str(format!("(component {inside} {export})")).unwrap()
}

/// The guest `two-faced`, misbehaving in this way.
fn two_faced(way: usize) -> Vec<u8> {
    let mut wasm = components::wasm("two-faced");
    let mark = b"linli-two-faced-way:";
    let at = wasm.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    wasm[at..at + 2].copy_from_slice(format!("{way:02}").as_bytes());
    wasm
}

/// Uploads a file, which is refused for these reasons and no other, and leaves nothing.
#[track_caller]
fn refused(here: &Neighbourhood, merchant: &Merchant, upload: (&str, &str, &[u8]), codes: &[&str]) {
    let (name, version, wasm) = upload;
    let reply = merchant.upload_as(name, version, wasm);
    assert_eq!(reply.problem(422), "plugin-rejected", "{name}: {}", reply.text());
    let report = &reply.json()["report"];
    let rejecting = report["findings"].as_array().unwrap().iter().filter(|f| f["rejects"] == true);
    let found: BTreeSet<&str> = rejecting.map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(found, codes.iter().copied().collect(), "{name}: {report:#}");
    for line in report["lines"].as_array().unwrap() {
        assert!(!line.as_str().unwrap().is_empty(), "{report:#}");
    }
    let operator = operator(here);
    let left = here.client.call("GET", "/v1/plugins").token(&operator.token).send().expect(200);
    assert_eq!(left["items"], json!([]), "{name}");
    here.get(&here.resident(0), "provider-onboarding/providers").expect(200);
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let (world, here, merchant) = town();
    let good = doorbell("1.0.0", "calm");
    let version = full("1.0.0");
    let refused = |wasm: &[u8], codes: &[&str]| {
        self::refused(&here, &merchant, ("doorbell", &version, wasm), codes);
    };
    refused(b"", &["file-truncated"]);
    refused(b"<html>", &["not-webassembly"]);
    refused(&wat::parse_str("(module)").unwrap(), &["not-a-component"]);
    refused(&good[..good.len() / 2], &["file-truncated"]);
    refused(&wat::parse_str("(component)").unwrap(), &["no-capability"]);
    refused(&around("(core module (memory 1 1 shared))"), &["feature-not-allowed"]);
    refused(&around("(core module (func (result i32)))"), &["wasm-invalid"]);
    // Two bytes that unfold to two GiB, and what fills the memory before anything runs.
    let far = r#"(core module (memory 32768) (data (i32.const 0) "a") (data (i32.const 0x7fff_0000) "z"))"#;
    refused(&around(far), &["data-over-limit"]);
    refused(&around("(core module (table 100000 funcref))"), &["count-over-limit"]);
    refused(&around(&"(core module)".repeat(33)), &["count-over-limit"]);
    let locals = format!("(core module (func (local {})))", "i64 ".repeat(10_001));
    refused(&around(&locals), &["count-over-limit"]);
    refused(&around(r#"(import "vendor:backdoor/shell@1.0.0" (instance))"#), &["import-not-allowed"]);
    world.verify();
}

#[test]
fn components_that_ask_for_what_they_should_not() {
    let (world, here, merchant) = town();
    let refused = |name: &str, wasm: &[u8], codes: &[&str]| {
        self::refused(&here, &merchant, (name, "0.1.0", wasm), codes);
    };
    refused("hostile", &components::wasm("hostile"), &["import-undeclared"]);
    refused("reaches-out", &components::wasm("reaches-out"), &["import-not-allowed"]);
    refused("endless-describe", &components::wasm("endless-describe"), &["describe-failed"]);
    refused("trap-at-start", &components::wasm("trap-at-start"), &["describe-failed"]);
    refused("platform", &components::wasm("false-name"), &["descriptor-invalid", "name-reserved"]);
    // The paths of what is live already, and what core functions alone may do.
    let core = components::wasm("provider-onboarding");
    refused("provider-onboarding", &core, &["import-not-for-plugins", "name-taken"]);
    let bell = doorbell("1.0.0", "calm");
    refused("doorbells", &bell, &["name-differs", "version-differs"]);
    world.verify();
}

#[test]
fn components_that_misbehave_when_they_are_tried() {
    let (world, here, merchant) = town();
    let codes = [
        "probe-trapped",           // with a long text
        "probe-timed-out",         // an endless loop
        "probe-out-of-memory",     // a memory bomb
        "probe-trapped",           // a stack overflow
        "probe-reply-too-large",   // 2 MiB
        "probe-reply-unfit",       // a number, where its schema says text
        "probe-trapped",           // half a JSON text
        "probe-trapped",           // another's records
        "probe-trapped",           // writes in a query
        "probe-trapped",           // another's settings
        "probe-trapped",           // more stock than there is
        "probe-trapped",           // its own event
        "probe-trapped",           // an integer that JavaScript does not carry
        "probe-trapped",           // a hundred thousand levels of JSON
        "probe-reply-unfit",       // HTML, where its schema says JSON
        "probe-trapped",           // a million documents
        "probe-trapped",           // what it wrote itself
        "probe-not-deterministic", // another answer each time
        "probe-not-deterministic", // the same answer, and each time other writes
    ];
    for (number, code) in codes.iter().enumerate() {
        refused(&here, &merchant, ("two-faced", "0.1.0", &two_faced(number + 1)), &[code]);
    }
    assert_eq!(merchant.upload_as("two-faced", "0.1.0", &two_faced(0)).expect(201)["status"], "vetted");
    let shown = here.client.call("GET", "/v1/plugins/two-faced/versions/0.1.0").token(&reviewer(&here).token);
    let shown: Value = shown.send().expect(200);
    assert_eq!(shown["report"]["passed"], true, "without any of its ways it passes");
    world.verify();
}
