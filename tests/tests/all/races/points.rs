//! Rewards, vouchers, and one resident's points.

use std::collections::BTreeSet;

use linli_contract::Role;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::race::{RACERS, answers, assert_answers, together};
use linli_tests::world::{Setup, World};
use serde_json::json;

const PRICE: i64 = 30;

/// A world of its own, and in it so many residents who have points for one piece.
fn town(residents: usize) -> (World, Neighbourhood) {
    let world = Setup::of(&["points-redemption"]).start();
    let here = world.neighbourhood(residents);
    (0..residents).for_each(|number| drop(here.award(&here.resident(number), PRICE).expect(201)));
    (world, here)
}

#[test]
fn the_last_reward_goes_to_one_of_two_hundred() {
    let (world, here) = town(RACERS);
    let reward = here.reward(PRICE, 1, &json!({}));
    let replies = together(RACERS, |number| here.redeem(&here.resident(number), &reward, 1));
    assert_answers(&replies, &[("201", 1), ("409 reward-short", RACERS - 1)]);
    assert_eq!(here.pieces_left(&reward), 0);
    for (number, reply) in replies.iter().enumerate() {
        let expected = if reply.status == 201 { 0 } else { PRICE };
        assert_eq!(here.points(&here.resident(number)), expected, "points go with the piece or not at all");
    }
    world.verify();
}

#[test]
fn one_purse_pays_for_as_many_rewards_as_are_in_it() {
    let (world, here) = town(1);
    here.award(&here.resident(0), 2 * PRICE).expect(201);
    let reward = here.reward(PRICE, 1_000, &json!({}));
    let replies = together(RACERS, |_| here.redeem(&here.resident(0), &reward, 1));
    assert_answers(&replies, &[("201", 3), ("409 points-short", RACERS - 3)]);
    let redeemed = replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.json());
    let vouchers: BTreeSet<_> = redeemed.map(|redemption| redemption["voucher"].to_string()).collect();
    assert_eq!((vouchers.len(), here.points(&here.resident(0)), here.pieces_left(&reward)), (3, 0, 997));
    world.verify();
}

#[test]
fn nobody_has_more_than_their_share_however_fast_they_are() {
    let (world, here) = town(1);
    here.award(&here.resident(0), 100).expect(201);
    let reward = here.reward(1, 1_000, &json!({ "per_person": 2 }));
    let replies = together(RACERS, |_| here.redeem(&here.resident(0), &reward, 1));
    assert_answers(&replies, &[("201", 2), ("409 reward-limit", RACERS - 2)]);
    assert_eq!((here.points(&here.resident(0)), here.pieces_left(&reward)), (128, 998));
    world.verify();
}

#[test]
fn a_voucher_is_used_once() {
    let (world, here) = town(1);
    let reward = here.reward(PRICE, 5, &json!({ "provider": "canteen-1" }));
    let redemption = here.redeem(&here.resident(0), &reward, 1).expect(201);
    let provider = here.staff(Role::Provider);
    let replies = together(RACERS, |_| here.use_voucher(&provider, &redemption));
    assert_answers(&replies, &[("200", 1), ("409 voucher-used", RACERS - 1)]);
    assert_eq!((here.points(&here.resident(0)), here.pieces_left(&reward)), (0, 4));
    world.verify();
}

#[test]
fn a_redemption_is_cancelled_once_and_gives_back_once() {
    let (world, here) = town(1);
    let reward = here.reward(PRICE, 5, &json!({}));
    let redemption = here.redeem(&here.resident(0), &reward, 1).expect(201);
    let replies = together(RACERS, |_| here.cancel_redemption(&here.resident(0), &redemption));
    assert_answers(&replies, &[("200", 1), ("410 voucher-cancelled", RACERS - 1)]);
    assert_eq!((here.points(&here.resident(0)), here.pieces_left(&reward)), (PRICE, 5));
    world.verify();
}

#[test]
fn a_voucher_is_used_or_given_back_and_never_both() {
    let (world, here) = town(1);
    let reward = here.reward(PRICE, 5, &json!({}));
    let redemption = here.redeem(&here.resident(0), &reward, 1).expect(201);
    let replies = together(RACERS, |number| {
        if number % 2 == 0 {
            here.use_voucher(&here.worker(), &redemption)
        } else {
            here.cancel_redemption(&here.resident(0), &redemption)
        }
    });
    let used = answers(&replies).contains_key("409 voucher-used");
    let lost = if used { "409 voucher-used" } else { "410 voucher-cancelled" };
    assert_answers(&replies, &[("200", 1), (lost, RACERS - 1)]);
    let expected = if used { (0, 4) } else { (PRICE, 5) };
    assert_eq!((here.points(&here.resident(0)), here.pieces_left(&reward)), expected);
    world.verify();
}
