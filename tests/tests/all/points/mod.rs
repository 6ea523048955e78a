//! Every operation of points and rewards over HTTP: its good path, and each way it refuses.

mod awards;
mod redemptions;

use linli_contract::Role;
use linli_tests::http::Reply;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use crate::coverage::{self, NOTHING};

/// A world whose clock this test may move.
fn own_world() -> World {
    Setup::of(&["points-redemption"]).start()
}

/// A command of a worker.
fn by_worker(here: &Neighbourhood, method: &str, rest: &str, body: &Value) -> Reply {
    here.call(method, &format!("points-redemption/{rest}")).token(&here.worker().token).json(body).send()
}

/// A worker takes an award back.
fn revoke(here: &Neighbourhood, award: &str) -> Reply {
    let rest = format!("points-redemption/awards/{award}?reason=%E8%AF%AF%E5%8F%91");
    here.call("DELETE", &rest).token(&here.worker().token).send()
}

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_points_redemption_is_provoked() {
    coverage::assert_provoked(
        include_str!("../../../../functions/points-redemption/src/problem.rs"),
        concat!(include_str!("mod.rs"), include_str!("awards.rs"), include_str!("redemptions.rs")),
        // That four of 2^45 codes drawn in a row are taken is for the component's own tests.
        &["codes-short"],
    );
}

#[test]
fn every_operation_of_points_redemption_has_a_good_path() {
    let world = own_world();
    let here = coverage::watched(world.neighbourhood(1));
    let resident = here.resident(0);
    here.call("GET", "points-redemption/rules").send().expect(200);
    let award = here.award(&resident, 50).expect(201);
    here.award(&resident, 50).expect(201);
    assert_eq!(revoke(&here, award["id"].as_str().unwrap()).expect(200)["owed"], 0);
    let reward = here.reward(20, 5, &json!({}));
    by_worker(&here, "PATCH", &format!("rewards/{reward}"), &json!({ "stock": 6 })).expect(200);
    assert_eq!(here.pieces_left(&reward), 6);
    let (used, cancelled) =
        (here.redeem(&resident, &reward, 1).expect(201), here.redeem(&resident, &reward, 1).expect(201));
    let voucher = format!("points-redemption/vouchers/{}", used["voucher"].as_str().unwrap());
    here.get(&here.worker(), &voucher).expect(200);
    here.use_voucher(&here.worker(), &used).expect(200);
    assert_eq!(here.cancel_redemption(&resident, &cancelled).expect(200)["returned"], 20);
    let statuses = here.get(&resident, "points-redemption/redemptions").expect(200);
    assert_eq!(statuses["items"].as_array().unwrap().len(), 2);
    assert_eq!((here.points(&resident), here.pieces_left(&reward)), (30, 5));
    assert_eq!(here.all(&resident, "points-redemption/statement?limit=2").len(), 6);
    world.verify();
    coverage::assert_called(&world, &here, "points-redemption");
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_wrong() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    assert_eq!(revoke(&here, NOTHING).problem(404), "award-unknown");
    assert_eq!(
        by_worker(&here, "PATCH", &format!("rewards/{NOTHING}"), &json!({})).problem(404),
        "reward-unknown"
    );
    let unknown = here.redeem(&resident, NOTHING, 1);
    assert_eq!(
        (unknown.problem(404).as_str(), &unknown.json()["pointer"]),
        ("reward-unknown", &json!("/reward"))
    );
    let nothing = json!({ "id": NOTHING, "voucher": "not-a-code" });
    assert_eq!(here.cancel_redemption(&resident, &nothing).problem(404), "redemption-unknown");
    for who in [here.worker(), here.staff(Role::Provider)] {
        assert_eq!(here.use_voucher(&who, &nothing).problem(422), "voucher-mistyped");
        let shown = here.get(&who, "points-redemption/vouchers/not-a-code");
        assert_eq!(
            (shown.problem(422).as_str(), &shown.json()["pointer"]),
            ("voucher-mistyped", &json!("/code"))
        );
    }
}
