//! Promise 4 under a rush: ten thousand residents on five hundred places, over HTTP.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use linli_tests::neighbourhood::signups;
use linli_tests::world::Setup;
use serde_json::json;

const RESIDENTS: usize = 10_000;
const PLACES: usize = 500;
/// Clients at once, each with a connection of its own.
const CLIENTS: usize = 48;

#[test]
fn every_place_is_given_once_and_the_others_wait_without_gap() {
    let world = Setup::of(&["activity-signup"]).start();
    let here = world.neighbourhood(RESIDENTS);
    let activity = here.activity(i64::try_from(PLACES).unwrap(), &json!({}));
    let next = AtomicUsize::new(0);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let rush = || {
            let mut answers = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= RESIDENTS {
                    return answers;
                }
                answers.push(here.sign_up(&here.resident(number), &activity, 1).expect(201));
            }
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(rush)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });

    let (confirmed, waiting): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer["status"] == "confirmed");
    assert_eq!((confirmed.len(), waiting.len()), (PLACES, RESIDENTS - PLACES));
    let tickets: BTreeSet<_> = confirmed.iter().map(|answer| answer["ticket"].as_str().unwrap()).collect();
    assert_eq!(tickets.len(), PLACES);
    let mut positions: Vec<_> = waiting.iter().map(|answer| answer["position"].as_u64().unwrap()).collect();
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=(RESIDENTS - PLACES) as u64), "without gap or double");

    let shown = here.shown(&activity);
    assert_eq!((&shown["places_left"], &shown["waitlisted"]), (&json!(0), &json!(RESIDENTS - PLACES)));
    let roster = here.all(&here.worker(), &format!("{}?limit=200", signups(&activity)));
    let kept = roster.iter().filter(|entry| entry["status"] == "confirmed").count();
    assert_eq!((roster.len(), kept), (RESIDENTS, PLACES), "what is kept is what was answered");
    world.verify();
}
