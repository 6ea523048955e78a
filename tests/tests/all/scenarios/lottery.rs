//! A lottery: whoever signs up enters, lots are drawn when the window closes, and anybody can draw them again.

use std::collections::BTreeMap;

use linli_tests::world::Setup;
use serde_json::json;
use sha2::{Digest, Sha256};

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn lots_are_drawn_as_the_published_seed_says() {
    let world = Setup::of(&["activity-signup"]).start();
    let here = world.neighbourhood(12);
    let activity = here.activity(5, &json!({ "lottery": true, "signup_closes_at": "2026-05-05T00:00:00Z" }));
    let mut residents = BTreeMap::new();
    for n in 0..12 {
        let entered = here.sign_up(&here.resident(n), &activity, 1).expect(201);
        assert_eq!((&entered["status"], &entered["ticket"]), (&json!("entered"), &json!(null)));
        residents.insert(entered["id"].as_str().unwrap().to_owned(), n);
    }
    let before = here.shown(&activity);
    assert_eq!((&before["lottery"]["seed"], &before["places_left"]), (&json!(null), &json!(5)));
    world.advance_to("2026-05-04T23:59:59Z");
    assert_eq!(here.shown(&activity)["lottery"]["drawn_at"], json!(null));
    world.advance_to("2026-05-05T00:00:00Z");

    let after = here.shown(&activity);
    assert_eq!((&after["places_left"], &after["waitlisted"]), (&json!(0), &json!(7)));
    let seed = unhex(after["lottery"]["seed"].as_str().unwrap());
    assert_eq!(hex(&Sha256::digest(&seed)), before["lottery"]["commitment"].as_str().unwrap());
    let mut lots: Vec<_> = residents
        .iter()
        .map(|(id, n)| (Sha256::digest([seed.as_slice(), id.as_bytes()].concat()), *n))
        .collect();
    lots.sort();
    for (place, (_, n)) in lots.iter().enumerate() {
        let mine = here.mine(&here.resident(*n), &activity);
        if place < 5 {
            assert_eq!((mine["status"].as_str(), mine["ticket"].is_string()), (Some("confirmed"), true));
        } else {
            assert_eq!((mine["status"].as_str(), &mine["position"]), (Some("waitlisted"), &json!(place - 4)));
        }
    }
    // Whoever drew a place and leaves it makes the next lot happy.
    let (lucky, next) = (here.resident(lots[0].1), here.resident(lots[5].1));
    let signup = here.mine(&lucky, &activity);
    assert_eq!(here.cancel(&lucky, &activity, &signup).status, 204);
    assert_eq!(here.mine(&next, &activity)["status"], "offered");
    world.verify();
}
