//! Every operation of provider onboarding over HTTP: its good path, and each way it refuses.

mod applications;
mod standing;

use linli_contract::Role;
use linli_tests::http::Reply;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::providers::{CODE, OTHER_CODE};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use crate::coverage::{self, NOTHING};

/// A command of somebody.
fn call(here: &Neighbourhood, who: &Person, method: &str, rest: &str, body: &Value) -> Reply {
    here.call(method, &format!("provider-onboarding/{rest}")).token(&who.token).json(body).send()
}

/// A query of somebody.
fn get(here: &Neighbourhood, who: &Person, rest: &str) -> Reply {
    here.get(who, &format!("provider-onboarding/{rest}"))
}

/// Where an application or an appeal is.
fn at(kind: &str, document: &Value) -> String {
    format!("{kind}/{}", document["id"].as_str().unwrap())
}

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_provider_onboarding_is_provoked() {
    coverage::assert_provoked(
        include_str!("../../../../functions/provider-onboarding/src/problem.rs"),
        concat!(include_str!("mod.rs"), include_str!("applications.rs"), include_str!("standing.rs")),
        &[],
    );
}

#[test]
fn every_operation_of_provider_onboarding_has_a_good_path() {
    let world = Setup::of_providers().start();
    let here = coverage::watched(world.neighbourhood(3));
    let (owner, reviewer) = (here.resident(0), here.staff(Role::Reviewer));
    here.call("GET", "provider-onboarding/categories").send().expect(200);
    let mut other = Neighbourhood::application();
    other["credit_code"] = json!(OTHER_CODE);
    let other = here.apply(&owner, &other).expect(201);
    let path = at("applications", &other);
    here.call("DELETE", &format!("provider-onboarding/{path}")).token(&owner.token).send().expect(204);
    let application = here.apply(&owner, &Neighbourhood::application()).expect(201);
    assert_eq!(get(&here, &reviewer, "applications").expect(200)["items"][0]["id"], application["id"]);
    assert_eq!(here.review(&application, "return").expect(200)["status"], "returned");
    let path = at("applications", &application);
    assert_eq!(get(&here, &owner, &path).expect(200)["reason"], "材料已核对");
    call(&here, &owner, "PATCH", &path, &json!({ "commission_bp": 400 })).expect(200);
    here.review(&application, "approve").expect(200);
    world.deliver();
    let listed = here.call("GET", "provider-onboarding/providers?category=canteen").send().expect(200);
    assert_eq!(listed["items"][0]["id"], CODE);

    let eaten = here.eat(&world, &[&here.resident(2)]);
    here.about_provider(&here.resident(2), "ratings", &json!({ "order": eaten[0], "stars": 2 })).expect(201);
    let complaint = json!({ "order": eaten[0], "text": "没有按时供餐" });
    here.about_provider(&here.resident(2), "complaints", &complaint).expect(201);
    let told = get(&here, &here.staff_of(CODE), &format!("providers/{CODE}/complaints")).expect(200);
    assert_eq!(told["items"][0]["text"], "没有按时供餐");
    world.deliver();
    let shown = here.provider();
    assert_eq!(
        (&shown["rating"]["stars_centi"], &shown["complaints"]["rate_bp"]),
        (&json!(200), &json!(10_000))
    );
    assert_eq!(shown["removal_at"], "2026-05-17T03:00:00Z", "notice first");

    let appeal = here.about_provider(&owner, "appeals", &json!({ "reason": "当日停电" })).expect(201);
    assert_eq!(get(&here, &reviewer, "appeals").expect(200)["items"][0]["id"], appeal["id"]);
    get(&here, &owner, &at("appeals", &appeal)).expect(200);
    let upheld = json!({ "decision": "uphold", "reason": "情况属实" });
    call(&here, &reviewer, "POST", &format!("{}/decisions", at("appeals", &appeal)), &upheld).expect(200);
    assert_eq!(here.provider()["removal_at"], Value::Null);
    world.verify();
    coverage::assert_called(&world, &here, "provider-onboarding");
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_wrong() {
    let here = World::shared().neighbourhood(1);
    let (owner, reviewer) = (here.resident(0), here.staff(Role::Reviewer));
    let (application, appeal) = (format!("applications/{NOTHING}"), format!("appeals/{NOTHING}"));
    let provider = format!("providers/{CODE}");
    let approve = json!({ "decision": "approve" });
    let uphold = json!({ "decision": "uphold", "reason": "情况属实" });
    let rating = json!({ "order": "none", "stars": 5 });
    let text = json!({ "order": "none", "text": "没有按时供餐" });
    for (who, method, rest, body, code) in [
        (&owner, "PATCH", application.clone(), json!({}), "application-unknown"),
        (&reviewer, "POST", format!("{application}/decisions"), approve, "application-unknown"),
        (&reviewer, "POST", format!("{appeal}/decisions"), uphold, "appeal-unknown"),
        (&owner, "POST", format!("{provider}/ratings"), rating, "provider-unknown"),
        (&owner, "POST", format!("{provider}/complaints"), text, "provider-unknown"),
        (&owner, "POST", format!("{provider}/appeals"), json!({ "reason": "当日停电" }), "provider-unknown"),
    ] {
        assert_eq!(call(&here, who, method, &rest, &body).problem(404), code, "{method} {rest}");
    }
    for (rest, code) in [
        (application.clone(), "application-unknown"),
        (appeal, "appeal-unknown"),
        (provider.clone(), "provider-unknown"),
        (format!("{provider}/complaints"), "provider-unknown"),
    ] {
        assert_eq!(get(&here, &owner, &rest).problem(404), code, "{rest}");
    }
    let withdrawn = here.call("DELETE", &format!("provider-onboarding/{application}")).token(&owner.token);
    assert_eq!(withdrawn.send().problem(404), "application-unknown");
}
