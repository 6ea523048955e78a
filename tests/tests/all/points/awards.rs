//! Points given and taken back by workers; balances.

use linli_contract::{Area, Role};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::World;
use serde_json::{Value, json};

use super::{by_worker, own_world, revoke};

fn person(here: &Neighbourhood, who: &linli_tests::neighbourhood::Person) -> String {
    here.get(who, "points-redemption/balance").expect(200)["person"].as_str().unwrap().to_owned()
}

fn award(here: &Neighbourhood, person: &str, points: Value) -> linli_tests::http::Reply {
    by_worker(here, "POST", "awards", &json!({ "person": person, "points": points, "reason": "志愿服务" }))
}

#[test]
fn a_worker_gives_within_bounds() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let somebody = person(&here, &here.resident(0));
    for points in [json!(0), json!(-5), json!(1.5), json!("5"), Value::Null] {
        assert_eq!(award(&here, &somebody, points).problem(422), "input-invalid");
    }
    let wordless = json!({ "person": somebody, "points": 5, "reason": "" });
    assert_eq!(by_worker(&here, "POST", "awards", &wordless).problem(422), "input-invalid");
    let large = award(&here, &somebody, json!(201));
    assert_eq!((large.problem(422).as_str(), &large.json()["maximum"]), ("award-too-large", &json!(200)));
    let given = award(&here, &somebody, json!(200)).expect(201);
    assert_eq!((&given["name_masked"], &given["points"]), (&json!("甄**"), &json!(200)));
    award(&here, &somebody, json!(200)).expect(201);
    let capped = award(&here, &somebody, json!(101));
    assert_eq!((capped.problem(429).as_str(), &capped.json()["left"]), ("award-daily-cap", &json!(100)));
    award(&here, &somebody, json!(100)).expect(201);
    world.advance_to("2026-05-01T16:00:00Z");
    award(&here, &somebody, json!(1)).expect(201);
    assert_eq!(here.points(&here.resident(0)), 501, "another day in Shanghai");
    world.verify();
}

#[test]
fn a_worker_gives_to_neighbours_and_not_to_themselves() {
    let world = World::shared();
    let (here, elsewhere) = (world.neighbourhood(1), world.neighbourhood(1));
    let at_home = here.person(here.worker().id, Role::Resident, &Area::of(here.community));
    assert_eq!(award(&here, &person(&here, &at_home), json!(5)).problem(403), "award-to-oneself");
    let stranger = person(&elsewhere, &elsewhere.resident(0));
    assert_eq!(award(&here, &stranger, json!(5)).problem(403), "resident-of-another-area");
    let mut nobody = person(&here, &here.resident(0)).into_bytes();
    nobody[5] = if nobody[5] == b'a' { b'b' } else { b'a' };
    let nobody = String::from_utf8(nobody).unwrap();
    assert_eq!(award(&here, &nobody, json!(5)).problem(404), "resident-unknown");
    assert_eq!(award(&here, "nobody", json!(5)).problem(422), "input-invalid");
}

#[test]
fn an_award_is_taken_back_once_and_what_was_spent_is_owed() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let given = here.award(&resident, 50).expect(201)["id"].as_str().unwrap().to_owned();
    let reward = here.reward(30, 5, &json!({}));
    here.redeem(&resident, &reward, 1).expect(201);
    assert_eq!(revoke(&here, &given).expect(200)["owed"], 30);
    assert_eq!(revoke(&here, &given).problem(409), "award-revoked");
    assert_eq!(here.points(&resident), 0);
    here.award(&resident, 50).expect(201);
    let balance = here.get(&resident, "points-redemption/balance").expect(200);
    assert_eq!(
        (&balance["points"], &balance["owed"]),
        (&json!(20), &json!(0)),
        "set off against what comes next"
    );
    let wordless =
        here.call("DELETE", &format!("points-redemption/awards/{given}")).token(&here.worker().token);
    assert_eq!(wordless.send().problem(422), "input-invalid");
    world.verify();
}

#[test]
fn a_balance_is_of_a_moment_that_was() {
    let world = own_world();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    here.award(&resident, 50).expect(201);
    world.advance_to("2026-05-03T00:00:00Z");
    here.award(&resident, 10).expect(201);
    let at = |at: &str| here.get(&resident, &format!("points-redemption/balance?at={at}"));
    assert_eq!(at("2026-05-01T00:00:00Z").expect(200)["points"], 0);
    assert_eq!(at("2026-05-02T08:00:00%2B08:00").expect(200)["points"], 50);
    assert_eq!(at("2026-05-03T00:00:00Z").expect(200)["points"], 60);
    assert_eq!(at("2026-05-03T00:00:01Z").problem(422), "balance-of-the-future");
    assert_eq!(at("yesterday").problem(422), "input-invalid");
    let page = here.get(&resident, "points-redemption/statement?cursor=of-my-own-making");
    assert_eq!(page.problem(422), "input-invalid");
}
