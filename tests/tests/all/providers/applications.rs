//! Applying, and deciding about it.

use linli_contract::{Area, Role};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use super::{at, call, get};

/// An application with a member changed.
fn with(member: &str, value: Value) -> Value {
    let mut application = Neighbourhood::application();
    *application.pointer_mut(member).unwrap() = value;
    application
}

#[test]
fn an_application_that_cannot_be_admitted_is_refused() {
    let here = World::shared().neighbourhood(1);
    let owner = here.resident(0);
    for (application, code) in [
        (with("/credit_code", json!("91310115MA1G4L1WXK")), "credit-code-invalid"),
        (with("/category", json!("casino")), "category-unknown"),
        (with("/commission_bp", json!(199)), "commission-outside-band"),
        (with("/commission_bp", json!(501)), "commission-outside-band"),
        (with("/licence/valid_until", json!("2019-12-31")), "licence-dates"),
        (with("/licence/valid_from", json!("2026-05-02")), "licence-not-begun"),
        (with("/licence/valid_until", json!("2026-04-30")), "licence-ended"),
        (with("/commission_bp", json!("3 %")), "input-invalid"),
        (with("/contact/phone", json!("call me")), "input-invalid"),
        (with("/name", json!("")), "input-invalid"),
        (with("/licence", Value::Null), "input-invalid"),
    ] {
        assert_eq!(here.apply(&owner, &application).problem(422), code, "{application}");
    }
    let mine = get(&here, &owner, "applications").expect(200);
    assert_eq!(mine["items"], json!([]), "nothing of it was kept");
}

#[test]
fn an_application_goes_its_way_once() {
    let here = World::shared().neighbourhood(2);
    let (owner, other, reviewer) = (here.resident(0), here.resident(1), here.staff(Role::Reviewer));
    let application = here.apply(&owner, &Neighbourhood::application()).expect(201);
    let path = at("applications", &application);
    assert_eq!(here.apply(&owner, &Neighbourhood::application()).problem(409), "application-open");
    assert_eq!(get(&here, &other, &path).problem(404), "application-unknown");
    let change = |who| call(&here, who, "PATCH", &path, &json!({ "commission_bp": 400 }));
    assert_eq!(change(&owner).problem(409), "application-not-returned");
    assert_eq!(change(&other).problem(404), "application-unknown");
    let decide = |body: Value| call(&here, &reviewer, "POST", &format!("{path}/decisions"), &body);
    assert_eq!(decide(json!({ "decision": "reject" })).problem(422), "reason-missing");
    assert_eq!(decide(json!({ "decision": "perhaps" })).problem(422), "input-invalid");
    decide(json!({ "decision": "return", "reason": "请核对佣金" })).expect(200);
    let outside = call(&here, &owner, "PATCH", &path, &json!({ "commission_bp": 900 }));
    assert_eq!(outside.problem(422), "commission-outside-band");
    assert_eq!(change(&owner).expect(200)["status"], "submitted");
    decide(json!({ "decision": "reject", "reason": "材料不全" })).expect(200);
    assert_eq!(decide(json!({ "decision": "approve" })).problem(409), "application-decided");
    assert_eq!(change(&owner).problem(409), "application-decided");
    let withdraw = here.call("DELETE", &format!("provider-onboarding/{path}")).token(&owner.token);
    assert_eq!(withdraw.send().problem(409), "application-decided");
}

#[test]
fn nobody_decides_about_themselves_or_renews_another() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(2);
    let reviewer = here.staff(Role::Reviewer);
    let at_home = here.person(reviewer.id.clone(), Role::Resident, &Area::of(here.community));
    let application = here.apply(&at_home, &Neighbourhood::application()).expect(201);
    assert_eq!(here.review(&application, "approve").problem(403), "decision-on-oneself");
    let path = at("applications", &application);
    here.call("DELETE", &format!("provider-onboarding/{path}")).token(&at_home.token).send().expect(204);
    here.admit(&world, &here.resident(0));
    assert_eq!(
        here.apply(&here.resident(1), &Neighbourhood::application()).problem(403),
        "provider-not-yours"
    );
    let renewal = here.apply(&here.resident(0), &Neighbourhood::application()).expect(201);
    assert_eq!(renewal["kind"], "renewal");
}
