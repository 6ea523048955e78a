//! Waiting lists: offers that are accepted, declined, lapse, and never come after cancelling; groups.

use std::time::Duration;

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(86_400);

/// A full activity of this capacity, each place with somebody of its own; those who wait bring these parties. World,
/// community, activity, and the signups in the order they were made.
fn full(capacity: i64, waiting: &[i64]) -> (World, Neighbourhood, String, Vec<Value>) {
    let world = Setup::of(&["activity-signup"]).start();
    let places = usize::try_from(capacity).unwrap();
    let here = world.neighbourhood(places + waiting.len());
    let activity = here.activity(capacity, &json!({}));
    let parties = std::iter::repeat_n(&1, places).chain(waiting);
    let signups =
        parties.enumerate().map(|(n, party)| here.sign_up(&here.resident(n), &activity, *party).expect(201));
    let signups = signups.collect();
    (world, here, activity, signups)
}

fn status(here: &Neighbourhood, resident: usize, activity: &str) -> String {
    here.mine(&here.resident(resident), activity)["status"].as_str().unwrap().to_owned()
}

#[test]
fn a_freed_place_is_offered_accepted_and_has_a_ticket() {
    let (world, here, activity, signups) = full(1, &[1, 1]);
    let (first, next) = (here.resident(0), here.resident(1));
    assert_eq!(here.answer_offer(&next, &activity, &signups[1], "acceptance").problem(409), "no-offer");
    assert_eq!(here.cancel(&first, &activity, &signups[0]).status, 204);
    let offered = here.mine(&next, &activity);
    assert_eq!(
        (&offered["status"], &offered["offer_expires_at"]),
        (&json!("offered"), &json!("2026-05-02T01:30:00Z"))
    );
    assert_eq!(here.shown(&activity)["places_left"], 0, "an offered place is nobody else's");
    assert_eq!(here.mine(&here.resident(2), &activity)["position"], 1);
    let accepted = here.answer_offer(&next, &activity, &signups[1], "acceptance").expect(200);
    assert_eq!(accepted["status"], "confirmed");
    world.advance(2 * DAY);
    assert_eq!(status(&here, 1, &activity), "confirmed", "its timer is gone");
    world.advance_to("2026-05-11T00:30:00Z");
    here.check_in(&activity, &accepted["ticket"]).expect(201);
    world.verify();
}

#[test]
fn an_offer_lapses_and_goes_on_to_the_next() {
    let (world, here, activity, signups) = full(1, &[1, 1]);
    here.cancel(&here.resident(0), &activity, &signups[0]);
    world.clock.advance(DAY);
    // The time is over, though no timer has told anybody yet.
    let late = here.answer_offer(&here.resident(1), &activity, &signups[1], "acceptance");
    let (said, delivered) = (late.problem(409), world.deliver());
    if world.delivers_by_itself() {
        // Or its timer was a moment earlier.
        assert!(["offer-lapsed", "no-offer"].contains(&said.as_str()), "{said}");
    } else {
        assert_eq!(said, "offer-lapsed");
        assert!(delivered >= 1);
    }
    assert_eq!(
        (status(&here, 1, &activity), status(&here, 2, &activity)),
        ("lapsed".into(), "offered".into())
    );
    world.advance(DAY);
    assert_eq!(status(&here, 2, &activity), "lapsed");
    let shown = here.shown(&activity);
    assert_eq!((&shown["places_left"], &shown["waitlisted"]), (&json!(1), &json!(0)));
    world.verify();
}

#[test]
fn a_declined_offer_goes_on_at_once_and_nobody_gets_one_after_cancelling() {
    let (world, here, activity, signups) = full(1, &[1, 1, 1]);
    assert_eq!(here.cancel(&here.resident(1), &activity, &signups[1]).status, 204);
    here.cancel(&here.resident(0), &activity, &signups[0]);
    assert_eq!(
        (status(&here, 1, &activity), status(&here, 2, &activity)),
        ("cancelled".into(), "offered".into())
    );
    let declined = here.answer_offer(&here.resident(2), &activity, &signups[2], "decline").expect(200);
    assert_eq!(
        (declined["status"].as_str(), status(&here, 3, &activity)),
        (Some("declined"), "offered".into())
    );
    let again = here.answer_offer(&here.resident(2), &activity, &signups[2], "decline");
    assert_eq!(again.problem(409), "no-offer");
    let of_another = here.answer_offer(&here.resident(2), &activity, &signups[3], "acceptance");
    assert_eq!(of_another.problem(404), "signup-unknown");
    here.cancel(&here.resident(3), &activity, &signups[3]);
    assert_eq!(here.shown(&activity)["places_left"], 1);
    world.verify();
}

#[test]
fn a_group_is_promoted_only_when_all_of_it_fits() {
    let (world, here, activity, signups) = full(3, &[3, 1]);
    here.cancel(&here.resident(0), &activity, &signups[0]);
    assert_eq!(
        (status(&here, 3, &activity), status(&here, 4, &activity)),
        ("waitlisted".into(), "offered".into())
    );
    assert_eq!(here.mine(&here.resident(3), &activity)["position"], 1, "it keeps its turn");
    here.cancel(&here.resident(1), &activity, &signups[1]);
    here.cancel(&here.resident(2), &activity, &signups[2]);
    assert_eq!(status(&here, 3, &activity), "waitlisted");
    here.answer_offer(&here.resident(4), &activity, &signups[4], "decline").expect(200);
    assert_eq!(status(&here, 3, &activity), "offered", "now there are three");
    let shown = here.shown(&activity);
    assert_eq!((&shown["places_left"], &shown["waitlisted"]), (&json!(0), &json!(0)));
    world.verify();
}

#[test]
fn nobody_gets_an_offer_once_it_has_started() {
    let (world, here, activity, signups) = full(1, &[1, 1]);
    world.clock.set("2026-05-11T00:59:59Z".parse().unwrap());
    here.cancel(&here.resident(0), &activity, &signups[0]);
    assert_eq!(here.mine(&here.resident(1), &activity)["offer_expires_at"], "2026-05-11T01:00:00Z");
    world.advance(Duration::from_secs(1));
    assert_eq!(
        (status(&here, 1, &activity), status(&here, 2, &activity)),
        ("lapsed".into(), "waitlisted".into())
    );
    world.verify();
}
