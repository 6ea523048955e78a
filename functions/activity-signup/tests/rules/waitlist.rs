//! Who is next when a place is free.

use super::*;

#[test]
fn the_places_somebody_frees_are_offered_to_the_next_in_the_same_transaction() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    let (first, signup) = community.newcomer(&id, 1);
    let (second, _) = community.newcomer(&id, 1);
    let (third, _) = community.newcomer(&id, 1);
    community.news();
    community.cancel(&first, &id, &signup);
    assert_eq!(community.news(), ["signup.cancelled", "offer.made"]);
    assert_eq!(community.mine(&second)["status"], "offered");
    assert_eq!(community.mine(&second)["offer_expires_at"], "2026-05-02T01:00:00Z");
    assert_eq!(
        (&community.mine(&third)["status"], &community.mine(&third)["position"]),
        (&json!("waitlisted"), &json!(1))
    );
    // The place is kept: nobody new can have it.
    assert_eq!(community.left(&id), (0, 1));
    assert_eq!(community.newcomer(&id, 1).1["position"], 2);
    community.platform.verify();
}

#[test]
fn an_accepted_offer_is_a_confirmed_signup() {
    let community = Community::new();
    let (id, second, offered) = one_offer(&community);
    let accepted = community.act("accept_offer", &second, &id, &offered).ok();
    assert_eq!(accepted["status"], "confirmed");
    assert!(accepted["ticket"].is_string());
    // Its timer is gone.
    community.platform.advance_to("2026-05-10T09:00:00+08:00");
    assert_eq!(community.mine(&second)["status"], "confirmed");
    assert_eq!(community.act("accept_offer", &second, &id, &offered).code(), "no-offer");
}

#[test]
fn a_declined_offer_goes_to_the_next() {
    let community = Community::new();
    let (id, second, offered) = one_offer(&community);
    let (third, _) = community.newcomer(&id, 1);
    assert_eq!(community.act("decline_offer", &second, &id, &offered).ok()["status"], "declined");
    assert_eq!(community.mine(&third)["status"], "offered");
    assert_eq!(community.act("decline_offer", &second, &id, &offered).code(), "no-offer");
    community.platform.verify();
}

#[test]
fn an_offer_nobody_answers_lapses_and_goes_to_the_next() {
    let community = Community::new();
    let (id, second, offered) = one_offer(&community);
    let (third, _) = community.newcomer(&id, 1);
    community.news();
    community.platform.advance(24 * 3_600 - 1);
    assert_eq!(community.mine(&second)["status"], "offered");
    community.platform.advance(1);
    assert_eq!(community.mine(&second)["status"], "lapsed");
    assert_eq!(community.mine(&third)["status"], "offered");
    assert_eq!(community.news(), ["offer.lapsed", "offer.made"]);
    assert_eq!(community.act("accept_offer", &second, &id, &offered).code(), "no-offer");
}

#[test]
fn an_offer_stands_for_as_long_as_is_configured() {
    let community = Community::new();
    community.platform.configure("offer_hours", json!(2));
    let (_, second, _) = one_offer(&community);
    assert_eq!(community.mine(&second)["offer_expires_at"], "2026-05-01T03:00:00Z");
}

#[test]
fn an_offer_ends_when_the_activity_starts_at_the_latest() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    let (first, signup) = community.newcomer(&id, 1);
    let (second, _) = community.newcomer(&id, 1);
    community.platform.advance_to("2026-05-11T08:00:00+08:00");
    community.cancel(&first, &id, &signup);
    assert_eq!(community.mine(&second)["offer_expires_at"], "2026-05-11T01:00:00Z");
    community.platform.advance_to("2026-05-11T09:00:00+08:00");
    assert_eq!(community.mine(&second)["status"], "lapsed");
    assert_eq!(community.left(&id), (1, 0));
}

#[test]
fn nobody_gets_an_offer_after_cancelling() {
    let community = Community::new();
    let id = community.activity(1, json!({}));
    let (first, signup) = community.newcomer(&id, 1);
    let (second, waiting) = community.newcomer(&id, 1);
    let (third, _) = community.newcomer(&id, 1);
    community.cancel(&second, &id, &waiting);
    assert_eq!(community.left(&id), (0, 1));
    community.cancel(&first, &id, &signup);
    assert_eq!(community.mine(&second)["status"], "cancelled");
    assert_eq!(community.mine(&third)["status"], "offered");
}

#[test]
fn cancelling_an_offered_signup_declines_the_offer() {
    let community = Community::new();
    let (id, second, offered) = one_offer(&community);
    let (third, _) = community.newcomer(&id, 1);
    community.cancel(&second, &id, &offered);
    assert_eq!(community.mine(&third)["status"], "offered");
    // The timer of the first offer is gone, and says nothing about a signup of another time.
    community.sign_up(&second, &id, 1);
    community.act("decline_offer", &third, &id, &community.mine(&third)).ok();
    assert_eq!(community.mine(&second)["status"], "offered");
    community.platform.advance(24 * 3_600);
    assert_eq!(community.mine(&second)["status"], "lapsed");
    assert_eq!(community.left(&id), (1, 0));
}

#[test]
fn an_offer_is_answered_by_the_one_who_got_it_only() {
    let community = Community::new();
    let (id, _, offered) = one_offer(&community);
    let neighbour = community.platform.resident(30);
    assert_eq!(community.act("accept_offer", &neighbour, &id, &offered).code(), "signup-unknown");
    assert_eq!(community.act("decline_offer", &neighbour, &id, &offered).code(), "signup-unknown");
}

#[test]
fn a_group_is_promoted_only_when_all_of_it_fits_and_does_not_hold_up_smaller_ones() {
    let community = Community::new();
    let id = community.activity(4, json!({}));
    let (one, a) = community.newcomer(&id, 2);
    let (two, b) = community.newcomer(&id, 2);
    let (family, _) = community.newcomer(&id, 3);
    let (couple, _) = community.newcomer(&id, 2);
    community.cancel(&one, &id, &a);
    assert_eq!(community.mine(&family)["status"], "waitlisted");
    assert_eq!(community.mine(&couple)["status"], "offered");
    // The family keeps its turn: it is still first.
    assert_eq!(community.mine(&family)["position"], 1);
    community.cancel(&two, &id, &b);
    assert_eq!(community.mine(&family)["status"], "waitlisted");
    community.act("decline_offer", &couple, &id, &community.mine(&couple)).ok();
    assert_eq!(community.mine(&family)["status"], "offered");
    assert_eq!(community.left(&id), (1, 0));
    community.platform.verify();
}

#[test]
fn a_party_that_leaves_makes_room_for_several_smaller_ones() {
    let community = Community::new();
    let id = community.activity(5, json!({}));
    let (family, signup) = community.newcomer(&id, 5);
    let waiting: Vec<_> = (0..6).map(|_| community.newcomer(&id, 1).0).collect();
    community.cancel(&family, &id, &signup);
    let offered = waiting.iter().filter(|who| community.mine(who)["status"] == "offered").count();
    assert_eq!((offered, community.left(&id)), (5, (0, 1)));
    assert_eq!(community.mine(&waiting[5])["status"], "waitlisted");
}

#[test]
fn a_long_list_is_looked_through_to_its_end() {
    let community = Community::new();
    let id = community.activity(4, json!({}));
    let (resident, signup) = community.newcomer(&id, 1);
    community.newcomer(&id, 3);
    for _ in 0..200 {
        community.newcomer(&id, 2);
    }
    let (last, waiting) = community.newcomer(&id, 1);
    assert_eq!(waiting["position"], 201);
    community.cancel(&resident, &id, &signup);
    community.platform.settle();
    assert_eq!(community.mine(&last)["status"], "offered");
    assert_eq!(community.left(&id), (0, 200));
}

/// An activity with one place, offered to the second resident: activity, resident, signup.
fn one_offer(community: &Community) -> (String, Actor, Value) {
    let id = community.activity(1, json!({}));
    let (first, signup) = community.newcomer(&id, 1);
    let (second, waiting) = community.newcomer(&id, 1);
    community.cancel(&first, &id, &signup);
    (id, second, waiting)
}
