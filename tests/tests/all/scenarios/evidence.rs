//! Evidence that the government holds: fetched from a real server, and asked for when that is down.

use linli_tests::affairs::CITIZEN;
use linli_tests::library::LicenceLibrary;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

fn town(library: &LicenceLibrary, granted: &str) -> (World, Neighbourhood) {
    let base = format!("{}/api", library.origin());
    let setup = Setup::of(&["affair-submission"]).outbound("affair-submission", granted);
    let world = setup.setting("affair-submission", "licence_library", json!({ "base": base })).start();
    let here = world.neighbourhood(1);
    (world, here)
}

/// A proof of residence without any evidence: both pieces are in the library.
fn file(here: &Neighbourhood) -> Value {
    let mut case = Neighbourhood::residence();
    (case["form"]["tenure"], case["evidence"]) = (json!("own"), json!({}));
    here.file(&here.resident(0), &case).expect(201)
}

fn fetch(here: &Neighbourhood, who: &Person, case: &Value) -> Vec<Value> {
    let fetched = here.with_case(who, case, "evidence", &json!({})).expect(202);
    fetched["found"].as_array().unwrap().iter().map(|found| found["outcome"].clone()).collect()
}

fn states(here: &Neighbourhood, case: &Value) -> Vec<Value> {
    let shown = here.case(&here.resident(0), case).expect(200);
    shown["evidence"].as_array().unwrap().iter().map(|piece| piece["state"].clone()).collect()
}

#[test]
fn what_the_library_holds_is_fetched_and_nobody_is_asked_for_it() {
    let library = LicenceLibrary::open(&["identity-card", "property-certificate"]);
    let (world, here) = town(&library, &library.origin());
    let filed = file(&here);
    assert_eq!(states(&here, &filed), ["to-fetch", "to-fetch"]);
    assert_eq!(here.decide(&here.worker(), &filed, "approve").problem(409), "evidence-outstanding");
    assert_eq!(fetch(&here, &here.resident(0), &filed), ["found", "found"]);
    world.deliver();
    assert_eq!(states(&here, &filed), ["fetched", "fetched"]);

    let asked = library.asked();
    let lines: Vec<_> = asked.iter().map(|lookup| lookup.line.as_str()).collect();
    assert_eq!(
        lines,
        ["POST /api/licences/identity-card/lookups", "POST /api/licences/property-certificate/lookups"]
    );
    for lookup in &asked {
        assert_eq!(lookup.body, json!({ "citizen_number": CITIZEN }));
        assert!(!lookup.headers.concat().contains(CITIZEN), "the number stands in the body alone");
        let keyed = |header: &String| header.starts_with("idempotency-key: ");
        assert!(lookup.headers.iter().any(keyed), "a call may come twice");
    }
    assert_eq!(here.grant(&filed)["status"], "approved");
    world.verify();
}

#[test]
fn when_the_library_is_down_the_resident_is_asked_and_when_it_is_back_no_more() {
    let library = LicenceLibrary::open(&["identity-card", "property-certificate"]);
    let (world, here) = town(&library, &library.origin());
    let filed = file(&here);
    library.set_down(true);
    assert_eq!(fetch(&here, &here.worker(), &filed), ["unreachable", "unreachable"]);
    world.deliver();
    assert_eq!(states(&here, &filed), ["asked", "asked"]);
    let given = json!({ "evidence": { "identity-card": { "reference": "store/1" } } });
    here.with_case(&here.resident(0), &filed, "supplements", &given).expect(200);
    library.set_down(false);
    assert_eq!(fetch(&here, &here.worker(), &filed), ["found"], "what was given is not looked up");
    world.deliver();
    assert_eq!(states(&here, &filed), ["given", "fetched"]);
    assert_eq!(here.grant(&filed)["status"], "approved");
    world.verify();
}

#[test]
fn what_the_library_does_not_hold_is_asked_for() {
    let library = LicenceLibrary::open(&["identity-card"]);
    let (world, here) = town(&library, &library.origin());
    let filed = file(&here);
    assert_eq!(fetch(&here, &here.resident(0), &filed), ["found", "not-held"]);
    world.deliver();
    assert_eq!(states(&here, &filed), ["fetched", "asked"]);
    here.give_what_is_asked(&here.resident(0), &filed);
    assert_eq!(here.grant(&filed)["status"], "approved");
}

#[test]
fn a_library_that_no_operator_granted_is_never_called() {
    let library = LicenceLibrary::open(&["identity-card", "property-certificate"]);
    let (world, here) = town(&library, "http://127.0.0.1:9");
    let filed = file(&here);
    assert_eq!(fetch(&here, &here.resident(0), &filed), ["unreachable", "unreachable"]);
    assert!(library.asked().is_empty());
    world.verify();
}
