//! Every operation of activity signup over HTTP: its good path, and each way it refuses.

mod activities;
mod door;
mod signups;

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::Value;

use crate::coverage;

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
    coverage::assert_provoked(
        include_str!("../../../../functions/activity-signup/src/problem.rs"),
        concat!(
            include_str!("activities.rs"),
            include_str!("door.rs"),
            include_str!("signups.rs"),
            include_str!("../scenarios/waitlist.rs"),
        ),
        // No directory says no to the platform's, and ten thousand parties wait nowhere but in the rush.
        &["age-not-agreed", "out-of-area", "waitlist-full"],
    );
}

#[test]
fn every_operation_of_activity_signup_has_a_good_path() {
    let world = own_world();
    let here = coverage::watched(world.neighbourhood(3));
    let activity = here.activity(1, &serde_json::json!({}));
    let signups: Vec<_> = (0..3).map(|n| here.sign_up(&here.resident(n), &activity, 1).expect(201)).collect();
    by_worker(&here, "PATCH", &format!("/{activity}"), &serde_json::json!({ "place": "礼堂" })).expect(200);
    here.call("GET", "activity-signup/activities").send().expect(200);
    here.shown(&activity);
    here.get(&here.worker(), &linli_tests::neighbourhood::signups(&activity)).expect(200);
    here.mine(&here.resident(0), &activity);
    here.cancel(&here.resident(0), &activity, &signups[0]).expect(204);
    here.answer_offer(&here.resident(1), &activity, &signups[1], "decline").expect(200);
    let accepted = here.answer_offer(&here.resident(2), &activity, &signups[2], "acceptance").expect(200);
    world.advance_to("2026-05-11T00:30:00Z");
    here.check_in(&activity, &accepted["ticket"]).expect(201);
    let other = here.activity(1, &serde_json::json!({ "starts_at": "2026-05-20T09:00:00+08:00", "ends_at": "2026-05-20T11:00:00+08:00" }));
    by_worker(&here, "POST", &format!("/{other}/cancellation"), &serde_json::json!({ "reason": "下雨" }))
        .expect(200);
    coverage::assert_called(&world, &here, "activity-signup");
}
