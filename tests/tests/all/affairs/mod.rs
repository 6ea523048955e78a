//! Every operation of affair submission over HTTP: its good path, and each way it refuses.

mod certificates;
mod deciding;
mod filing;
mod street;

use linli_tests::http::Reply;
use linli_tests::library::LicenceLibrary;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use crate::coverage::{self, NOTHING};

/// A command, or a query with a body, of somebody.
fn call(here: &Neighbourhood, who: &Person, method: &str, rest: &str, body: &Value) -> Reply {
    here.call(method, &format!("affair-submission/{rest}")).token(&who.token).json(body).send()
}

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_affair_submission_is_provoked() {
    coverage::assert_provoked(
        include_str!("../../../../functions/affair-submission/src/problem.rs"),
        concat!(
            include_str!("mod.rs"),
            include_str!("certificates.rs"),
            include_str!("deciding.rs"),
            include_str!("filing.rs"),
            include_str!("../scenarios/newborn.rs"),
        ),
        // That eight of 100,000 numbers drawn in a row are taken is for the component's own tests.
        &["numbers-short"],
    );
}

#[test]
fn every_operation_of_affair_submission_has_a_good_path() {
    let library = LicenceLibrary::open(&["identity-card"]);
    let setup = Setup::of(&["affair-submission"]).outbound("affair-submission", &library.origin());
    let base = json!({ "base": format!("{}/api", library.origin()) });
    let world = setup.setting("affair-submission", "licence_library", base).start();
    let here = coverage::watched(world.neighbourhood(2));
    let (elder, worker) = (here.resident(1), here.worker());
    let affairs = here.call("GET", "affair-submission/affairs").send().expect(200);
    assert!(affairs["items"].as_array().unwrap().len() > 20, "twenty affairs, and the bundle");
    for affair in affairs["items"].as_array().unwrap() {
        let code = affair["code"].as_str().unwrap();
        let shown = here.call("GET", &format!("affair-submission/affairs/{code}")).send().expect(200);
        assert_eq!((&shown["title"], shown["form"].is_object()), (&affair["title"], true), "{code}");
        let asked =
            here.call("POST", &format!("affair-submission/affairs/{code}/eligibility")).json(&json!({}));
        asked.send().expect(200);
    }
    let draft = format!("drafts/{NOTHING}");
    let half = json!({ "affair": "elder-card", "form": {} });
    call(&here, &elder, "PUT", &draft, &half).expect(200);
    for rest in [draft.as_str(), "drafts", "cases"] {
        here.get(&elder, &format!("affair-submission/{rest}")).expect(200);
    }
    here.call("DELETE", &format!("affair-submission/{draft}")).token(&elder.token).send().expect(204);
    let withdrawn = here.file(&elder, &Neighbourhood::residence()).expect(201);
    here.withdraw(&elder, &withdrawn).expect(204);
    let mut proof = Neighbourhood::pension();
    proof["evidence"] = json!({});
    let filed = here.file(&elder, &proof).expect(201);
    here.decide(&worker, &filed, "return").expect(200);
    here.with_case(&elder, &filed, "evidence", &json!({})).expect(202);
    world.deliver();
    let change = json!({ "form": { "home_visit": true } });
    here.with_case(&elder, &filed, "supplements", &change).expect(200);
    let granted = here.grant(&filed);
    let number = granted["certificate"]["number"].as_str().unwrap();
    here.with_case(&elder, &filed, "rating", &json!({ "stars": 5 })).expect(204);
    here.certificate(number).expect(200);
    call(
        &here,
        &worker,
        "POST",
        &format!("certificates/{number}/revocation"),
        &json!({ "reason": "信息有误" }),
    )
    .expect(204);
    world.verify();
    coverage::assert_called(&world, &here, "affair-submission");
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_wrong() {
    let here = World::shared().neighbourhood(1);
    let (resident, worker) = (here.resident(0), here.worker());
    let unknown = |path: &str| here.call("GET", &format!("affair-submission/affairs/{path}")).send();
    assert_eq!(unknown("flying-licence").problem(404), "affair-unknown");
    let asked =
        here.call("POST", "affair-submission/affairs/flying-licence/eligibility").json(&json!({})).send();
    assert_eq!(asked.problem(404), "affair-unknown");
    let mut case = Neighbourhood::residence();
    case["affair"] = json!("flying-licence");
    assert_eq!(here.file(&resident, &case).problem(404), "affair-unknown");
    let nothing = json!({ "id": NOTHING });
    for who in [&resident, &worker] {
        assert_eq!(here.case(who, &nothing).problem(404), "case-unknown");
        assert_eq!(here.with_case(who, &nothing, "evidence", &json!({})).problem(404), "case-unknown");
    }
    assert_eq!(here.withdraw(&resident, &nothing).problem(404), "case-unknown");
    assert_eq!(here.decide(&worker, &nothing, "approve").problem(404), "case-unknown");
    let given = json!({ "evidence": { "lease": { "reference": "store/1" } } });
    assert_eq!(here.with_case(&resident, &nothing, "supplements", &given).problem(404), "case-unknown");
    assert_eq!(
        here.with_case(&resident, &nothing, "rating", &json!({ "stars": 5 })).problem(404),
        "case-unknown"
    );
    let draft = format!("affair-submission/drafts/{NOTHING}");
    for method in ["GET", "DELETE"] {
        assert_eq!(here.call(method, &draft).token(&resident.token).send().problem(404), "draft-unknown");
    }
}
