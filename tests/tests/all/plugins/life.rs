//! The whole life of one plugin, as its merchant, a reviewer, an operator and residents live it.

use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::plugins::{
    self, Merchant, decide, doorbell, events, full, operator, ring, roll_out, version_of,
};
use linli_tests::program::community;
use linli_tests::world::Setup;
use serde_json::json;

/// Residents; one in ten is about thirty of them.
const RESIDENTS: usize = 300;

fn residents(here: &Neighbourhood) -> Vec<Person> {
    (0..RESIDENTS).map(|number| here.resident(number)).collect()
}

/// How many get which version; nothing is "none".
fn share_of(here: &Neighbourhood, people: &[Person], version: Option<&str>) -> usize {
    people.iter().filter(|person| version_of(here, person).as_deref() == version).count()
}

#[test]
fn from_application_to_suspension() {
    let world = Setup::of_providers().start();
    // Always the same people: who is among the first is told by their ids.
    let here = world.neighbourhood_at(community(), RESIDENTS);
    let people = residents(&here);

    // Applies, and uploads: something broken first, then something that is not what it was signed as.
    let merchant = Merchant::admitted(&world, &here);
    let good = doorbell("1.0.0", "calm");
    let broken = &good[..good.len() / 2];
    let refused = merchant.upload(&full("1.0.0"), broken);
    assert_eq!(refused.problem(422), "plugin-rejected");
    assert!(!refused.json()["report"]["lines"][0].as_str().unwrap().is_empty(), "{}", refused.text());
    assert_eq!(plugins::ask(&here, &operator(&here), "GET", "", None).problem(404), "plugin-unknown");

    // The fixed one passes, and a reviewer approves it.
    let uploaded = merchant.upload(&full("1.0.0"), &good).expect(201);
    assert_eq!((&uploaded["status"], &uploaded["report"]["passed"]), (&json!("vetted"), &json!(true)));
    assert_eq!(roll_out(&here, "1.0.0", 1_000).problem(409), "version-not-approved");
    assert_eq!(version_of(&here, &people[0]), None);
    let approved = decide(&here, &full("1.0.0"), "approve").expect(200);
    assert_eq!(approved["status"], "approved");

    // Ten in a hundred, then everybody, and whoever had it keeps it.
    roll_out(&here, "1.0.0", 1_000).expect(200);
    let first = share_of(&here, &people, Some("1.0.0"));
    assert!((15..=45).contains(&first), "{first} of {RESIDENTS}");
    let had: Vec<_> = people.iter().filter(|person| version_of(&here, person).is_some()).collect();
    roll_out(&here, "1.0.0", 5_000).expect(200);
    assert!(had.iter().all(|person| version_of(&here, person).is_some()));
    roll_out(&here, "1.0.0", 10_000).expect(200);
    assert_eq!(share_of(&here, &people, Some("1.0.0")), RESIDENTS);
    for person in &people {
        ring(&here, person, "east").expect(201);
    }

    // A new version misbehaves for those who get it, and is gone as soon as enough of them called.
    merchant.approved(&here, "1.1.0", "trap");
    roll_out(&here, "1.1.0", 5_000).expect(200);
    let tried: Vec<&Person> =
        people.iter().filter(|person| version_of(&here, person).as_deref() == Some("1.1.0")).collect();
    assert!(tried.len() > 100, "{}", tried.len());
    let failed = tried.iter().filter(|person| ring(&here, person, "west").status == 500).count();
    assert!((1..60).contains(&failed), "{failed} rings failed before it was taken back");
    assert_eq!(share_of(&here, &people, Some("1.0.0")), RESIDENTS);
    let shown = plugins::shown(&here);
    let last = shown["events"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["what"], &last["role"]), (&json!("rolled-back-by-itself"), &json!("system")));
    assert!(last["reason"].as_str().unwrap().contains("calls failed"), "{last}");

    // An operator suspends it, and its data stays.
    let reason = json!({ "reason": "核查投诉" });
    let suspend = |method, body| plugins::ask(&here, &operator(&here), method, "suspension", body);
    suspend("PUT", Some(&reason)).expect(200);
    assert_eq!(ring(&here, &people[0], "east").problem(503), "service-suspended");
    suspend("DELETE", None).expect(200);
    let kept = here.get(&people[0], "doorbell/rings?door=east").expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 100);

    let life = [
        "uploaded",
        "approved",
        "rolled-out",
        "rolled-out",
        "rolled-out",
        "uploaded",
        "approved",
        "rolled-out",
        "rolled-back-by-itself",
        "suspended",
        "resumed",
    ];
    assert_eq!(events(&here), life);
    world.verify();
}
