//! Deciding, step by step, by whose turn it is; and rating what came of it.

use super::*;

#[test]
fn each_step_is_decided_by_its_office_and_the_last_one_grants() {
    let town = Town::new();
    let filed = town.file("disability-subsidy");
    town.news();
    assert_eq!(town.decide(&town.officer, &filed, "approve").code(), "step-of-another-office");
    let accepted = town.decide(&town.worker, &filed, "approve").ok();
    assert_eq!((&accepted["step"]["id"], &accepted["office"]), (&json!("visit"), &json!("grid-worker")));
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "step-of-another-office");
    let _ = town.decide(&town.grid, &filed, "approve").ok();
    let _ = town.decide(&town.officer, &filed, "approve").ok();
    assert!(town.news().is_empty(), "residents hear of returns and of the end");
    let granted = town.decide(&town.officer, &filed, "approve").ok();
    assert_eq!((&granted["status"], &granted["step"]), (&json!("approved"), &Value::Null));
    assert_eq!(town.news(), ["case.decided", "certificate.issued"]);
    let what: Vec<_> = granted["timeline"].as_array().unwrap().iter().map(|entry| &entry["what"]).collect();
    assert_eq!(what, ["filed", "step-approved", "step-approved", "step-approved", "approved"]);
    assert_eq!(town.decide(&town.officer, &filed, "reject").code(), "case-closed");
}

/// Two who approve the same step at once do not approve the next one, too.
#[test]
fn a_decision_is_about_the_step_it_names() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let decide = || {
        let decision = json!({ "id": filed["id"], "decision": "approve", "step": "accept" });
        town.call(&town.worker, "create_decision", decision)
    };
    let _ = decide().ok();
    let problem = decide().problem();
    assert_eq!(
        (problem.code.as_ref(), problem.data.as_deref()),
        ("step-passed", Some(r#"{"step":"decide"}"#))
    );
}

#[test]
fn a_rejection_says_why_and_issues_nothing() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let silent = json!({ "id": filed["id"], "decision": "reject", "reason": "  " });
    assert_eq!(town.call(&town.worker, "create_decision", silent).code(), "reason-missing");
    let _ = town.decide(&town.worker, &filed, "reject").ok();
    let shown = town.shown(&town.resident, &filed);
    assert_eq!((&shown["status"], &shown["certificate"]), (&json!("rejected"), &Value::Null));
    assert_eq!(shown["timeline"][1]["reason"], "材料不清晰");
    assert_eq!(shown["timeline"][1].get("by"), None, "residents see the office, not the person");
    let _ = town.file("elder-card");
}

#[test]
fn nobody_decides_on_a_case_of_their_own_or_that_does_not_exist() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let both = town.resident.with_roles(&[Role::Resident, Role::Worker]);
    assert_eq!(town.decide(&both, &filed, "approve").code(), "case-of-oneself");
    assert_eq!(town.decide(&town.resident, &filed, "approve").code(), "role-missing");
    let nothing = json!({ "id": "01hzzzzzzzzzzzzzzzzzzzzzzz" });
    assert_eq!(town.decide(&town.worker, &nothing, "approve").code(), "case-unknown");
}

#[test]
fn a_finished_case_is_rated_once_and_the_event_is_what_points_are_given_for() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let rate = |stars: i64| {
        town.call(
            &town.resident,
            "create_rating",
            json!({ "id": filed["id"], "stars": stars, "comment": "很快" }),
        )
    };
    assert_eq!(rate(5).code(), "case-not-finished");
    town.approve_all(&filed);
    town.news();
    assert_eq!(rate(6).code(), "schema-violated");
    rate(4).no_content();
    let event = &town.platform.take_published()[0];
    assert_eq!(event.name, "case.rated");
    // points-redemption reads /person and /case.
    assert_eq!(
        event.content,
        json!({ "affair": "elder-card", "case": filed["id"], "number": filed["number"], "person": town.resident.person(), "stars": 4 })
    );
    assert_eq!(rate(5).code(), "case-rated");
    let foreign = town.platform.resident(40);
    assert_eq!(
        town.call(&foreign, "create_rating", json!({ "id": filed["id"], "stars": 1 })).code(),
        "case-unknown"
    );
}
