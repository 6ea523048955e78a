//! A restart finds what was there: from the database and the files, which are checked.

use std::fs;

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::plugins::{Merchant, ask, doorbell, full, operator, ring, roll_out, shown, version_of};
use linli_tests::program::Ground;
use serde_json::json;

/// Residents; some of them get the version on trial.
const RESIDENTS: usize = 40;
/// Tries of an upload until the registration has been delivered, which the program does by itself.
const TRIES: usize = 10_000;

fn versions(here: &Neighbourhood) -> Vec<Option<String>> {
    (0..RESIDENTS).map(|number| version_of(here, &here.resident(number))).collect()
}

fn upload(merchant: &Merchant, version: &str) {
    let wasm = doorbell(version, "calm");
    let registered = |_: &usize| merchant.upload(&full(version), &wasm).status == 201;
    assert!((0..TRIES).any(|number| registered(&number)), "it is never registered");
}

#[test]
fn what_was_live_is_live_again_and_a_damaged_file_is_not() {
    let ground = Ground::new(&["provider-onboarding"]).with_residents(RESIDENTS);
    let program = ground.serve();
    let here = program.neighbourhood();
    let merchant = Merchant::approved_by_review(&here, "2099-12-31");
    upload(&merchant, "1.0.0");
    linli_tests::plugins::decide(&here, &full("1.0.0"), "approve").expect(200);
    merchant.approved(&here, "1.1.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    roll_out(&here, "1.1.0", 5_000).expect(200);
    ring(&here, &here.resident(0), "east").expect(201);
    let (before, live) = (versions(&here), shown(&here));
    program.switch()();
    drop(program);

    // Killed, and started again.
    let directory = std::path::Path::new(ground.data()).join("plugins");
    fs::write(directory.join("half.new"), b"cut off").unwrap();
    let program = ground.serve();
    let here = program.neighbourhood();
    assert_eq!(versions(&here), before);
    assert_eq!(shown(&here), live);
    let kept = here.get(&here.resident(0), "doorbell/rings?door=east").expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    assert!(!directory.join("half.new").exists());
    let because = json!({ "reason": "核查" });
    ask(&here, &operator(&here), "PUT", "suspension", Some(&because)).expect(200);
    program.switch()();
    drop(program);

    // The file of the version on trial is not what it was.
    let digest = |version: &str| {
        let versions = live["versions"].as_array().unwrap();
        let found = versions.iter().find(|known| known["version"] == full(version)).unwrap();
        found["digest"].as_str().unwrap().to_owned()
    };
    fs::write(directory.join(format!("{}.wasm", digest("1.1.0"))), b"something else").unwrap();
    let program = ground.serve();
    let here = program.neighbourhood();
    assert_eq!(ring(&here, &here.resident(0), "east").problem(503), "service-suspended", "still");
    ask(&here, &operator(&here), "DELETE", "suspension", None).expect(200);
    let now = versions(&here);
    assert!(now.iter().all(|version| version.as_deref() == Some("1.0.0")), "{now:?}");
    program.terminate();
    let (status, log) = program.wait();
    assert!(status.success(), "{log}");
    assert!(log.contains("cannot be made live again"), "{log}");
    ground.verify();
}
