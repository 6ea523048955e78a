//! Rewards, redemptions, vouchers.

use linli_contract::Role;
use linli_tests::world::World;
use serde_json::{Value, json};

use super::{by_worker, own_world};

#[test]
fn a_reward_that_breaks_its_form_is_not_offered() {
    let here = World::shared().neighbourhood(0);
    let good = json!({ "title": "理发券", "points": 10, "stock": 5 });
    for (member, value) in [
        ("title", json!("")),
        ("points", json!(0)),
        ("points", json!(100_001)),
        ("stock", json!(0)),
        ("stock", json!(1_000_001)),
        ("per_person", json!(0)),
        ("provider", json!("no spaces")),
        ("voucher_days", json!(366)),
        ("left", json!(5)),
    ] {
        let mut reward = good.clone();
        reward[member] = value;
        assert_eq!(by_worker(&here, "POST", "rewards", &reward).problem(422), "input-invalid", "{reward}");
    }
    let listed = here.call("GET", "points-redemption/rewards").send().expect(200);
    assert_eq!(listed["items"], json!([]));
}

#[test]
fn nobody_redeems_more_than_there_is_than_they_have_or_than_their_share() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    here.award(&resident, 50).expect(201);
    let reward = here.reward(20, 5, &json!({ "per_person": 3 }));
    for quantity in [0, 11] {
        assert_eq!(here.redeem(&resident, &reward, quantity).problem(422), "input-invalid");
    }
    let poor = here.redeem(&resident, &reward, 3);
    assert_eq!(
        (poor.problem(409).as_str(), &poor.json()["needed"], &poor.json()["available"]),
        ("points-short", &json!(60), &json!(50))
    );
    let greedy = here.redeem(&resident, &reward, 4);
    assert_eq!((greedy.problem(409).as_str(), &greedy.json()["limit"]), ("reward-limit", &json!(3)));
    here.redeem(&resident, &reward, 2).expect(201);
    let change = |change: Value| by_worker(&here, "PATCH", &format!("rewards/{reward}"), &change);
    assert_eq!(change(json!({ "stock": 1 })).problem(409), "stock-below-redeemed");
    assert_eq!(change(json!({ "stock": -1 })).problem(422), "input-invalid");
    change(json!({ "stock": 2 })).expect(200);
    let late = here.redeem(&resident, &reward, 1);
    assert_eq!((late.problem(409).as_str(), &late.json()["left"]), ("reward-short", &json!(0)));
    change(json!({ "closed": true })).expect(200);
    assert_eq!(here.redeem(&resident, &reward, 1).problem(409), "reward-closed");
    assert_eq!(here.points(&resident), 10, "what was refused cost nothing");
}

#[test]
fn a_redemption_belongs_to_whoever_made_it_and_is_given_back_once() {
    let here = World::shared().neighbourhood(2);
    let (resident, other) = (here.resident(0), here.resident(1));
    here.award(&resident, 20).expect(201);
    let reward = here.reward(20, 5, &json!({}));
    let redemption = here.redeem(&resident, &reward, 1).expect(201);
    assert_eq!(here.cancel_redemption(&other, &redemption).problem(404), "redemption-unknown");
    let cancelled = here.cancel_redemption(&resident, &redemption).expect(200);
    assert_eq!((&cancelled["status"], &cancelled["returned"]), (&json!("cancelled"), &json!(20)));
    assert_eq!(here.cancel_redemption(&resident, &redemption).problem(410), "voucher-cancelled");
    assert_eq!(here.use_voucher(&here.worker(), &redemption).problem(410), "voucher-cancelled");
    assert_eq!(here.get(&other, "points-redemption/redemptions").expect(200)["items"], json!([]));
}

#[test]
fn a_voucher_is_honoured_where_it_says_once_and_in_time() {
    let world = own_world();
    let (here, elsewhere) = (world.neighbourhood(1), world.neighbourhood(0));
    let resident = here.resident(0);
    here.award(&resident, 40).expect(201);
    let (ours, theirs) = (
        here.reward(10, 5, &json!({ "voucher_days": 7 })),
        here.reward(10, 5, &json!({ "provider": "canteen-1" })),
    );
    let (worker, provider) = (here.worker(), here.staff(Role::Provider));
    let mine = here.redeem(&resident, &ours, 1).expect(201);
    let at_provider = here.redeem(&resident, &theirs, 1).expect(201);
    let forgotten = here.redeem(&resident, &ours, 1).expect(201);
    assert_eq!(here.use_voucher(&provider, &mine).problem(403), "voucher-for-another-place");
    assert_eq!(here.use_voucher(&worker, &at_provider).problem(403), "voucher-for-another-place");
    assert_eq!(elsewhere.use_voucher(&elsewhere.worker(), &mine).problem(404), "voucher-unknown");
    here.use_voucher(&worker, &mine).expect(200);
    here.use_voucher(&provider, &at_provider).expect(200);
    assert_eq!(here.use_voucher(&worker, &mine).problem(409), "voucher-used");
    assert_eq!(here.cancel_redemption(&resident, &mine).problem(409), "voucher-used");
    // The time is over, though no timer has told anybody yet.
    world.clock.set("2026-05-08T01:30:00Z".parse().unwrap());
    assert_eq!(here.use_voucher(&worker, &forgotten).problem(410), "voucher-lapsed");
    assert_eq!(here.cancel_redemption(&resident, &forgotten).problem(410), "voucher-lapsed");
    world.deliver();
    assert_eq!(here.points(&resident), 20, "what was not used came back");
    world.verify();
}
