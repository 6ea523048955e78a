//! From the door of an activity to the counter of a merchant: points that are earned and spent.

use linli_contract::Role;
use linli_tests::world::Setup;
use serde_json::json;

#[test]
fn points_of_a_check_in_become_a_voucher_that_a_provider_honours_once() {
    let world = Setup::of(&["activity-signup", "points-redemption"]).start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let activity = here.activity(5, &json!({ "points_on_check_in": 20 }));
    let signup = here.sign_up(&resident, &activity, 1).expect(201);
    world.advance_to("2026-05-11T00:30:00Z");
    here.check_in(&activity, &signup["ticket"]).expect(201);
    world.deliver();
    assert_eq!(here.points(&resident), 20);

    let reward = here.reward(15, 3, &json!({ "provider": "canteen-1", "voucher_days": 7 }));
    let redemption = here.redeem(&resident, &reward, 1).expect(201);
    assert_eq!((here.points(&resident), here.pieces_left(&reward)), (5, 2));
    assert_eq!(here.redeem(&resident, &reward, 1).problem(409), "points-short");

    let code = redemption["voucher"].as_str().unwrap().to_lowercase();
    let voucher = format!("points-redemption/vouchers/{code}");
    let provider = here.staff(Role::Provider);
    let seen = here.get(&provider, &voucher).expect(200);
    assert_eq!((&seen["status"], &seen["valid_until"]), (&json!("open"), &json!("2026-05-18T00:30:00Z")));
    assert!(!seen.to_string().contains("person"), "the counter learns nothing about whose it is");
    assert_eq!(here.get(&here.worker(), &voucher).problem(403), "voucher-for-another-place");
    assert_eq!(here.use_voucher(&provider, &redemption).expect(200)["status"], "used");
    let again = here.use_voucher(&provider, &redemption);
    assert_eq!(
        (again.problem(409).as_str(), &again.json()["used_at"]),
        ("voucher-used", &json!("2026-05-11T00:30:00Z"))
    );
    assert_eq!(here.cancel_redemption(&resident, &redemption).problem(409), "voucher-used");

    let lines = here.all(&resident, "points-redemption/statement");
    let lines: Vec<_> = lines.iter().map(|line| (&line["kind"], &line["points"], &line["balance"])).collect();
    assert_eq!(
        lines,
        [(&json!("redemption"), &json!(-15), &json!(5)), (&json!("award"), &json!(20), &json!(20))]
    );
    let before = here.get(&resident, "points-redemption/balance?at=2026-05-11T00:00:00Z").expect(200);
    assert_eq!(before["points"], 0);
    world.verify();
}

#[test]
fn a_voucher_nobody_uses_gives_points_and_piece_back() {
    let world = Setup::of(&["points-redemption"]).start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    here.award(&resident, 20).expect(201);
    let reward = here.reward(15, 3, &json!({ "voucher_days": 7 }));
    let redemption = here.redeem(&resident, &reward, 1).expect(201);
    world.advance_to("2026-05-08T01:30:00Z");
    assert_eq!(here.use_voucher(&here.worker(), &redemption).problem(410), "voucher-lapsed");
    assert_eq!((here.points(&resident), here.pieces_left(&reward)), (20, 3));
    let listed = here.get(&resident, "points-redemption/redemptions").expect(200);
    assert_eq!(listed["items"][0]["status"], "lapsed");
    world.verify();
}

#[test]
fn points_end_by_the_terms_and_the_oldest_are_spent_first() {
    let world = Setup::of(&["points-redemption"]).setting(
        "points-redemption",
        "terms",
        json!({ "validity_months": 2, "worker_max": 200, "worker_daily_cap": 500 }),
    );
    let world = world.start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    here.award(&resident, 20).expect(201);
    world.advance_to("2026-06-15T00:00:00Z");
    here.award(&resident, 30).expect(201);
    let reward = here.reward(5, 3, &json!({}));
    here.redeem(&resident, &reward, 1).expect(201);
    let ending = here.get(&resident, "points-redemption/balance").expect(200)["ending"].clone();
    assert_eq!(
        (&ending[0]["points"], &ending[1]["points"]),
        (&json!(15), &json!(30)),
        "the older are spent first"
    );
    world.advance_to(ending[0]["ends_at"].as_str().unwrap());
    assert_eq!(here.points(&resident), 30);
    let last = here.all(&resident, "points-redemption/statement")[0].clone();
    assert_eq!((&last["kind"], &last["points"]), (&json!("ended"), &json!(-15)));
    world.verify();
}
