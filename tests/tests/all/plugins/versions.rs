//! Two versions side by side: one judged by the other, both on the same documents.

use linli_host::RollbackRule;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::plugins::{
    Merchant, ask, doorbell_with, events, full, operator, reviewer, ring, roll_out, shown, version_of,
};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

/// Calls before a version is judged, here.
const MINIMUM: u64 = 20;

fn town(residents: usize) -> (World, Neighbourhood, Merchant) {
    let rule = RollbackRule { minimum_calls: MINIMUM, ..RollbackRule::default() };
    let mut setup = Setup::of_providers();
    setup.host.rollback = rule;
    // Each failure is to be of its own sort, none of a circuit that is open.
    let world = setup.restless().start();
    let here = world.neighbourhood(residents);
    let merchant = Merchant::admitted(&world, &here);
    merchant.approved(&here, "1.0.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    (world, here, merchant)
}

/// Everybody rings until the version is gone or they have had enough; how many rings failed.
fn everybody_rings(here: &Neighbourhood, residents: usize, status: u16) -> usize {
    (0..residents).filter(|number| ring(here, &here.resident(*number), "east").status == status).count()
}

#[test]
fn each_sort_of_failure_takes_a_version_back() {
    for (temper, status) in [("busy", 503), ("loop", 500)] {
        let (_world, here, merchant) = town(60);
        merchant.approved(&here, "1.1.0", temper);
        roll_out(&here, "1.1.0", 9_999).expect(200);
        let failed = everybody_rings(&here, 60, status);
        assert_eq!(failed as u64, MINIMUM, "{temper}: judged as soon as there is enough to judge by");
        assert_eq!(events(&here).last().unwrap(), "rolled-back-by-itself", "{temper}");
        assert_eq!(version_of(&here, &here.resident(0)).as_deref(), Some("1.0.0"));
    }
}

#[test]
fn what_the_version_before_did_no_better_is_not_taken_back() {
    let (_world, here, merchant) = town(60);
    merchant.approved(&here, "1.1.0", "busy");
    merchant.approved(&here, "1.2.0", "busy");
    // Nothing is compared with a version that nobody was before.
    ask(&here, &operator(&here), "POST", "retirement", Some(&json!({}))).expect(422);
    roll_out(&here, "1.1.0", 5_000).expect(200);
    for number in 0..usize::try_from(MINIMUM).unwrap() / 2 {
        ring(&here, &here.resident(number), "east");
    }
    assert!(shown(&here)["candidate"].is_object(), "too few calls to tell");
}

#[test]
fn a_version_that_everybody_got_at_once_is_compared_with_the_one_before() {
    let (_world, here, merchant) = town(60);
    assert_eq!(everybody_rings(&here, 60, 201), 60);
    merchant.approved(&here, "1.1.0", "trap");
    roll_out(&here, "1.1.0", 10_000).expect(200);
    assert_eq!(shown(&here)["stable"]["version"], full("1.1.0"));
    assert_eq!(everybody_rings(&here, 60, 500) as u64, MINIMUM);
    let shown = shown(&here);
    assert_eq!((&shown["stable"]["version"], &shown["previous"]), (&json!(full("1.0.0")), &Value::Null));
    let metric = |version: &str, outcome: &str| {
        let labels = format!("plugin=\"doorbell\",version=\"{}\",outcome=\"{outcome}\"", full(version));
        here.client.metric(&format!("linli_plugin_calls_total{{{labels}}}"))
    };
    assert_eq!((metric("1.0.0", "ok"), metric("1.1.0", "trap")), (100, MINIMUM));
}

#[test]
fn versions_see_what_each_other_wrote_through_indexes_of_their_own() {
    let (world, here, merchant) = town(60);
    assert_eq!(everybody_rings(&here, 60, 201), 60);
    // The same field under another name is another index, which knows nothing yet.
    let other = doorbell_with("1.1.0", "calm", &[("by_door", "by_name")]);
    merchant.upload(&full("1.1.0"), &other).expect(201);
    let approve = json!({ "decision": "approve", "reason": "已核对" });
    let path = format!("versions/{}/decisions", full("1.1.0"));
    ask(&here, &reviewer(&here), "POST", &path, Some(&approve)).expect(200);
    roll_out(&here, "1.1.0", 5_000).expect(200);
    let of = |version: &str| {
        let is = |number: &usize| version_of(&here, &here.resident(*number)).as_deref() == Some(version);
        here.resident((0..60).find(is).unwrap())
    };
    let (old, new) = (of("1.0.0"), of("1.1.0"));
    let seen_by =
        |who| here.get(who, "doorbell/rings?door=east").expect(200)["items"].as_array().unwrap().len();
    assert_eq!((seen_by(&old), seen_by(&new)), (60, 60), "filled before it went live");
    ring(&here, &old, "east").expect(201);
    ring(&here, &new, "east").expect(201);
    assert_eq!((seen_by(&old), seen_by(&new)), (62, 62));
    world.verify();
    roll_out(&here, "1.1.0", 10_000).expect(200);
    ring(&here, &old, "east").expect(201);
    ask(&here, &operator(&here), "POST", "rollback", Some(&json!({}))).expect(200);
    ring(&here, &new, "east").expect(201);
    assert_eq!((seen_by(&old), seen_by(&new)), (64, 64), "back, it misses nothing");
    world.verify();
}
