//! Tickets and the door.

use linli_tests::world::World;
use serde_json::{Value, json};

use super::own_world;

const DOOR: &str = "2026-05-11T00:30:00Z";

#[test]
fn a_ticket_counts_once() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let activity = here.activity(5, &json!({ "points_on_check_in": 20 }));
    let signup = here.sign_up(&here.resident(0), &activity, 3).expect(201);
    assert_eq!(here.check_in(&activity, &signup["ticket"]).problem(409), "check-in-not-open");
    world.advance_to(DOOR);
    let seen = here.check_in(&activity, &signup["ticket"]).expect(201);
    let expected = json!({
        "signup": signup["id"], "name": "甄**", "party_size": 3, "checked_in_at": DOOR, "points": 20,
    });
    assert_eq!(seen, expected);
    let again = here.check_in(&activity, &signup["ticket"]);
    assert_eq!((again.problem(409).as_str(), &again.json()["checked_in_at"]), ("checked-in", &json!(DOOR)));
    assert_eq!(here.cancel(&here.resident(0), &activity, &signup).problem(409), "checked-in");
}

#[test]
fn a_ticket_is_for_its_activity_and_its_signup() {
    let world = own_world();
    let here = world.neighbourhood(2);
    let (activity, other) = (here.activity(5, &json!({})), here.activity(5, &json!({})));
    let first = here.sign_up(&here.resident(0), &activity, 1).expect(201);
    assert_eq!(here.cancel(&here.resident(0), &activity, &first).status, 204);
    let second = here.sign_up(&here.resident(0), &activity, 1).expect(201);
    world.advance_to(DOOR);
    assert_eq!(here.check_in(&other, &second["ticket"]).problem(422), "ticket-of-another");
    assert_eq!(here.check_in(&activity, &first["ticket"]).problem(409), "ticket-void");
    let ticket = second["ticket"].as_str().unwrap();
    let last = if ticket.ends_with('0') { "1" } else { "0" };
    for forged in [format!("{}{last}", &ticket[1..]), "nonsense".to_owned()] {
        let reply = here.check_in(&activity, &json!(forged));
        assert_eq!(
            (reply.problem(422).as_str(), &reply.json()["pointer"]),
            ("ticket-invalid", &json!("/ticket"))
        );
    }
    assert_eq!(here.check_in(&activity, &Value::Null).problem(422), "input-invalid");
    here.check_in(&activity, &second["ticket"]).expect(201);
}

#[test]
fn devices_report_for_seven_days() {
    let world = own_world();
    let here = world.neighbourhood(2);
    let activity = here.activity(5, &json!({}));
    let tickets = [0, 1].map(|n| here.sign_up(&here.resident(n), &activity, 1).expect(201)["ticket"].clone());
    world.advance_to("2026-05-18T02:59:59Z");
    here.check_in(&activity, &tickets[0]).expect(201);
    world.advance_to("2026-05-18T03:00:00Z");
    assert_eq!(here.check_in(&activity, &tickets[1]).problem(409), "check-in-closed");
}

#[test]
fn a_neighbouring_community_cannot_use_a_ticket() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(1), world.neighbourhood(0));
    let activity = here.activity(5, &json!({}));
    let signup = here.sign_up(&here.resident(0), &activity, 1).expect(201);
    assert_eq!(elsewhere.check_in(&activity, &signup["ticket"]).problem(404), "activity-unknown");
}
