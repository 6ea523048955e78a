//! A version goes live, and is taken back, while everybody calls: nobody is left without an answer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::plugins::{Merchant, ask, operator, ring, roll_out, version_of};
use linli_tests::world::Setup;
use serde_json::json;

/// Residents who call all the time.
const CALLERS: usize = 8;
/// Times a version goes live and is taken back.
const SWITCHES: usize = 12;

fn roll_back(here: &Neighbourhood) {
    ask(here, &operator(here), "POST", "rollback", Some(&json!({ "reason": "演练" }))).expect(200);
}

#[test]
fn no_request_is_dropped_while_versions_change() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(CALLERS);
    let merchant = Merchant::admitted(&world, &here);
    merchant.approved(&here, "1.0.0", "calm");
    merchant.approved(&here, "1.1.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    let (done, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let seen = std::thread::scope(|scope| {
        let calling = |number: usize| {
            let (here, done, answered) = (&here, &done, &answered);
            move || {
                let who = here.resident(number);
                let mut seen = BTreeSet::new();
                while !done.load(Ordering::SeqCst) {
                    let rung = ring(here, &who, "east").expect(201);
                    seen.insert(rung["version"].as_str().unwrap().to_owned());
                    seen.extend(version_of(here, &who).map(|version| format!("{version}-doorbell")));
                    answered.fetch_add(2, Ordering::SeqCst);
                }
                seen
            }
        };
        let callers: Vec<_> = (0..CALLERS).map(|number| scope.spawn(calling(number))).collect();
        for _ in 0..SWITCHES {
            roll_out(&here, "1.1.0", 5_000).expect(200);
            roll_out(&here, "1.1.0", 10_000).expect(200);
            roll_back(&here);
        }
        done.store(true, Ordering::SeqCst);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect::<BTreeSet<_>>()
    });
    assert!(answered.load(Ordering::SeqCst) > CALLERS * SWITCHES, "{answered:?}");
    assert_eq!(seen.len(), 2, "both versions answered: {seen:?}");
    assert_eq!(version_of(&here, &here.resident(0)).as_deref(), Some("1.0.0"));
    world.verify();
}

#[test]
fn whoever_is_taken_back_gets_the_other_version_at_once() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(40);
    let merchant = Merchant::admitted(&world, &here);
    merchant.approved(&here, "1.0.0", "calm");
    merchant.approved(&here, "1.1.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    roll_out(&here, "1.1.0", 5_000).expect(200);
    let with_new = |here: &Neighbourhood| {
        let is_new = |number: &usize| version_of(here, &here.resident(*number)).as_deref() == Some("1.1.0");
        (0..40).filter(is_new).collect::<Vec<_>>()
    };
    let chosen = with_new(&here);
    assert!((8..=32).contains(&chosen.len()), "{chosen:?}");
    assert_eq!(with_new(&here), chosen, "the same at every call");
    roll_back(&here);
    assert_eq!(with_new(&here), Vec::<usize>::new());
    roll_out(&here, "1.1.0", 5_000).expect(200);
    assert_eq!(with_new(&here), chosen, "and the same people again");
}
