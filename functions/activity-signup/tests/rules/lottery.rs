//! Drawing lots.

use sha2::{Digest, Sha256};

use super::*;

const CLOSING: &str = "2026-05-05T18:00:00+08:00";

fn lottery(community: &Community, capacity: i64) -> String {
    community.activity(capacity, json!({ "lottery": true, "signup_closes_at": CLOSING }))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn until_the_draw_everybody_enters_and_the_seed_is_secret() {
    let community = Community::new();
    let id = lottery(&community, 1);
    for _ in 0..3 {
        let (_, signup) = community.newcomer(&id, 1);
        assert_eq!(
            (&signup["status"], &signup["position"], &signup["ticket"]),
            (&json!("entered"), &json!(null), &json!(null))
        );
    }
    assert_eq!(community.left(&id), (1, 0));
    let shown = &community.shown(&id)["lottery"];
    assert_eq!(shown["commitment"].as_str().unwrap().len(), 64);
    assert_eq!((&shown["seed"], &shown["drawn_at"]), (&json!(null), &json!(null)));
}

#[test]
fn anybody_can_check_the_draw() {
    let community = Community::new();
    let id = lottery(&community, 4);
    let commitment = community.shown(&id)["lottery"]["commitment"].clone();
    let mut entrants: Vec<_> = (0..9).map(|_| community.newcomer(&id, 1)).collect();
    community.platform.advance_to(CLOSING);
    let shown = &community.shown(&id)["lottery"];
    assert_eq!(shown["drawn_at"], "2026-05-05T10:00:00Z");
    let seed = unhex(shown["seed"].as_str().unwrap());
    let digest: Vec<u8> = Sha256::digest(&seed).to_vec();
    assert_eq!(digest, unhex(commitment.as_str().unwrap()), "the seed is the one that was committed to");

    entrants.sort_by_key(|(_, signup)| {
        Sha256::new().chain_update(&seed).chain_update(signup["id"].as_str().unwrap()).finalize().to_vec()
    });
    let drawn = entrants.iter().map(|(who, _)| {
        let mine = community.mine(who);
        (mine["status"].as_str().unwrap().to_owned(), mine["position"].as_u64())
    });
    let expected = (0..9_u64).map(|place| {
        if place < 4 { ("confirmed".to_owned(), None) } else { ("waitlisted".to_owned(), Some(place - 3)) }
    });
    assert!(drawn.eq(expected), "places go by lot, then turns");
    assert_eq!(community.left(&id), (0, 5));
    community.platform.verify();
}

#[test]
fn whoever_leaves_before_the_draw_draws_nothing() {
    let community = Community::new();
    let id = lottery(&community, 5);
    let (resident, signup) = community.newcomer(&id, 1);
    community.newcomer(&id, 1);
    community.cancel(&resident, &id, &signup);
    community.platform.advance_to(CLOSING);
    assert_eq!(community.mine(&resident)["status"], "cancelled");
    assert_eq!(community.left(&id), (4, 0));
}

#[test]
fn those_who_drew_no_place_are_offered_the_ones_that_come_free_in_the_order_of_their_lots() {
    let community = Community::new();
    let id = lottery(&community, 1);
    let entrants: Vec<_> = (0..4).map(|_| community.newcomer(&id, 1)).collect();
    community.platform.advance_to(CLOSING);
    let find = |status: &str, position: Option<u64>| {
        let fits = |who: &Actor| {
            let mine = community.mine(who);
            mine["status"] == status && mine["position"].as_u64() == position
        };
        entrants.iter().find(|(who, _)| fits(who)).unwrap()
    };
    let (winner, signup) = find("confirmed", None);
    let (next, _) = find("waitlisted", Some(1));
    community.cancel(winner, &id, signup);
    assert_eq!(community.mine(next)["status"], "offered");
}

#[test]
fn a_draw_of_many_goes_on_until_all_lots_are_drawn() {
    let community = Community::new();
    let id = lottery(&community, 100);
    for _ in 0..250 {
        community.newcomer(&id, 1);
    }
    community.news();
    community.platform.advance_to(CLOSING);
    let news = community.news();
    let count = |name: &str| news.iter().filter(|n| *n == name).count();
    assert_eq!(
        (count("lottery.drawn"), count("signup.confirmed"), count("signup.waitlisted")),
        (1, 100, 150)
    );
    assert_eq!(community.left(&id), (0, 150));
    community.platform.verify();
}

#[test]
fn the_draw_moves_with_the_end_of_the_window() {
    let community = Community::new();
    let id = lottery(&community, 1);
    let (resident, _) = community.newcomer(&id, 1);
    let later = json!({ "id": id, "signup_closes_at": "2026-05-06T18:00:00+08:00" });
    community.platform.call(&community.worker, "change_activity", later).ok();
    community.platform.advance_to(CLOSING);
    assert_eq!(community.mine(&resident)["status"], "entered");
    community.platform.advance_to("2026-05-06T18:00:00+08:00");
    assert_eq!(community.mine(&resident)["status"], "confirmed");
}

#[test]
fn whoever_comes_after_the_draw_comes_after_the_lots() {
    let community = Community::new();
    let id = lottery(&community, 1);
    for _ in 0..3 {
        community.newcomer(&id, 1);
    }
    community.platform.advance_to(CLOSING);
    let longer = json!({ "id": id, "signup_closes_at": "2026-05-08T18:00:00+08:00" });
    community.platform.call(&community.worker, "change_activity", longer).ok();
    let (late, signup) = community.newcomer(&id, 1);
    assert_eq!((&signup["status"], &signup["position"]), (&json!("waitlisted"), &json!(3)));
    assert_eq!(community.mine(&late)["position"], 3);
}

#[test]
fn nothing_is_drawn_for_an_activity_that_was_called_off() {
    let community = Community::new();
    let id = lottery(&community, 1);
    let (resident, _) = community.newcomer(&id, 1);
    community.platform.call(&community.worker, "cancel_activity", json!({ "id": id, "reason": "下雨" })).ok();
    community.platform.advance_to(CLOSING);
    assert_eq!(community.mine(&resident)["status"], "cancelled");
    assert_eq!(community.shown(&id)["lottery"]["seed"], json!(null));
}
