//! An activity is called off: everybody signed up gets the notice, nobody gets an offer any more.

use std::time::Duration;

use linli_tests::world::Setup;
use serde_json::json;

#[test]
fn everybody_sees_it_and_no_offer_is_left() {
    let world = Setup::of(&["activity-signup", "points-redemption"]).start();
    let here = world.neighbourhood(450);
    let activity = here.activity(2, &json!({}));
    let signups: Vec<_> =
        (0..450).map(|n| here.sign_up(&here.resident(n), &activity, 1).expect(201)).collect();
    here.cancel(&here.resident(0), &activity, &signups[0]);
    assert_eq!(here.mine(&here.resident(2), &activity)["status"], "offered");
    let cancellation = format!("activity-signup/activities/{activity}/cancellation");
    here.post(&here.worker(), &cancellation, &json!({ "reason": "台风" })).expect(200);
    // From this moment, also for those whom one transaction could not reach.
    let refused = here.answer_offer(&here.resident(2), &activity, &signups[2], "acceptance");
    assert_eq!(refused.problem(409), "activity-cancelled");
    world.deliver();
    for n in [1, 2, 3, 399, 400, 449] {
        let mine = here.mine(&here.resident(n), &activity);
        assert_eq!(
            (&mine["status"], &mine["activity_status"]),
            (&json!("cancelled"), &json!("cancelled")),
            "{n}"
        );
    }
    let roster = here.all(&here.worker(), &linli_tests::neighbourhood::signups(&activity));
    assert_eq!(roster.len(), 0, "nobody is expected any more");
    assert_eq!(world.advance(Duration::from_secs(30 * 86_400)), 0, "no timer is left");
    assert_eq!(here.sign_up(&here.resident(0), &activity, 1).problem(409), "activity-cancelled");
    world.verify();
}
