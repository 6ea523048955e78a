//! Every operation of activity signup over HTTP: its good path, and each way it refuses.

mod activities;
mod door;
mod signups;

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::Value;

/// A world whose clock this test may move.
fn own_world() -> World {
    Setup::of(&["activity-signup"]).start()
}

/// A command of a worker on an activity.
fn by_worker(here: &Neighbourhood, method: &str, rest: &str, body: &Value) -> linli_tests::http::Reply {
    here.call(method, &format!("activity-signup/activities{rest}"))
        .token(&here.worker().token)
        .json(body)
        .send()
}

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_activity_signup_is_provoked() {
    let declared = include_str!("../../../../functions/activity-signup/src/problem.rs");
    let provoked = concat!(
        include_str!("activities.rs"),
        include_str!("door.rs"),
        include_str!("signups.rs"),
        include_str!("../scenarios/waitlist.rs"),
    );
    let codes: Vec<&str> = declared
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","))
        .filter(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    // Their sentences are the component's own tests' business: no directory says no to the platform's, and ten
    // thousand parties wait nowhere but in the rush.
    let elsewhere = ["age-not-agreed", "out-of-area", "waitlist-full"];
    let missing: Vec<_> = codes
        .into_iter()
        .filter(|code| !elsewhere.contains(code) && !provoked.contains(&format!("\"{code}\"")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
