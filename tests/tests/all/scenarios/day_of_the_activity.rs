//! The day of an activity: tickets are checked at a door without a network, and whoever came earns points once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use linli_tests::neighbourhood::{Neighbourhood, Person, signups};
use linli_tests::pages::Page;
use linli_tests::world::Setup;
use serde_json::json;

fn points(here: &Neighbourhood, who: &Person) -> i64 {
    here.get(who, "points-redemption/balance").expect(200)["points"].as_i64().unwrap()
}

#[test]
fn a_device_at_the_door_checks_tickets_with_the_published_key_alone() {
    let world = Setup::of(&["activity-signup"]).start();
    let here = world.neighbourhood(1);
    let activity = here.activity(5, &json!({}));
    let keys = here.client.get(&Page::Keys.of("activity-signup")).expect(200);
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["purpose"] == "ticket").unwrap();
    let key = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap();

    let signup = here.sign_up(&here.resident(0), &activity, 3).expect(201);
    let ticket = signup["ticket"].as_str().unwrap();
    assert_eq!(ticket.len(), 165, "a QR code of version 7 holds 178 characters");
    let bytes = linli_tests::ticket::decode(ticket);
    let (payload, signature) = bytes.split_at(39);
    let verifies = |payload: &[u8]| {
        let signed = [b"linli/activity-signup/ticket\0", payload].concat();
        key.verify_strict(&signed, &Signature::from_slice(&signature[..64]).unwrap()).is_ok()
    };
    assert!(verifies(payload));
    assert_eq!((payload[0], payload[34]), (1, 3), "version, party");
    let expiry = u32::from_be_bytes(payload[35..].try_into().unwrap());
    assert_eq!(expiry, 1_779_073_200, "seven days after the end: 2026-05-18T03:00:00Z");
    for place in 0..payload.len() {
        let mut forged = payload.to_vec();
        forged[place] ^= 1;
        assert!(!verifies(&forged), "byte {place}");
    }
}

#[test]
fn whoever_comes_earns_points_once_and_the_list_shows_who_is_in() {
    let world = Setup::of(&["activity-signup", "points-redemption"]).start();
    let here = world.neighbourhood(3);
    let activity = here.activity(3, &json!({ "points_on_check_in": 20 }));
    let tickets: Vec<_> =
        (0..3).map(|n| here.sign_up(&here.resident(n), &activity, 1).expect(201)["ticket"].clone()).collect();
    world.advance_to("2026-05-11T00:30:00Z");
    let seen = here.check_in(&activity, &tickets[0]).expect(201);
    assert_eq!((&seen["points"], &seen["name"]), (&json!(20), &json!("甄**")));
    assert_eq!(points(&here, &here.resident(0)), 0, "the event is on its way");
    assert!(world.deliver() >= 1);
    assert_eq!(points(&here, &here.resident(0)), 20);
    assert_eq!(here.check_in(&activity, &tickets[0]).problem(409), "checked-in");
    here.check_in(&activity, &tickets[1]).expect(201);
    world.deliver();
    assert_eq!(world.deliver(), 0);
    assert_eq!([0, 1, 2].map(|n| points(&here, &here.resident(n))), [20, 20, 0]);
    let roster = here.get(&here.worker(), &signups(&activity)).expect(200);
    let came = roster["items"].as_array().unwrap().iter().filter(|entry| entry["checked_in_at"].is_string());
    assert_eq!(came.count(), 2);
    world.verify();
}
