//! Decisions, and what was thought of them.

use linli_contract::{Area, Role};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::World;
use serde_json::{Value, json};

#[test]
fn a_step_is_done_by_its_office_once_and_with_a_reason() {
    let here = World::shared().neighbourhood(1);
    let (resident, worker) = (here.resident(0), here.worker());
    let filed = here.file(&resident, &Neighbourhood::residence()).expect(201);
    let decide = |role: Role, body: Value| here.with_case(&here.staff(role), &filed, "decisions", &body);
    assert_eq!(
        decide(Role::GridWorker, json!({ "decision": "approve" })).problem(403),
        "step-of-another-office"
    );
    assert_eq!(
        decide(Role::Officer, json!({ "decision": "approve" })).problem(403),
        "step-of-another-office"
    );
    for decision in ["reject", "return"] {
        let reply = decide(Role::Worker, json!({ "decision": decision, "reason": " " }));
        assert_eq!(
            (reply.problem(422).as_str(), &reply.json()["pointer"]),
            ("reason-missing", &json!("/reason"))
        );
    }
    for body in
        [json!({ "decision": "perhaps" }), json!({}), json!({ "decision": "approve", "step": "No Step" })]
    {
        assert_eq!(decide(Role::Worker, body).problem(422), "input-invalid");
    }
    let accept = json!({ "decision": "approve", "step": "accept" });
    assert_eq!(decide(Role::Worker, accept.clone()).expect(200)["step"]["id"], "visit");
    let twice = decide(Role::Worker, accept);
    assert_eq!((twice.problem(409).as_str(), &twice.json()["step"]), ("step-passed", &json!("visit")));
    decide(Role::GridWorker, json!({ "decision": "reject", "reason": "查无此人" })).expect(200);
    let closed = here.decide(&worker, &filed, "approve");
    assert_eq!(
        (closed.problem(409).as_str(), &closed.json()["case_status"]),
        ("case-closed", &json!("rejected"))
    );
    assert_eq!(here.case(&resident, &filed).expect(200)["certificate"], Value::Null);
}

#[test]
fn a_desk_adds_the_evidence_a_resident_brought() {
    let here = World::shared().neighbourhood(1);
    let worker = here.worker();
    let filed = here.file(&here.resident(0), &Neighbourhood::residence()).expect(201);
    here.decide(&worker, &filed, "return").expect(200);
    let answers = here.with_case(&worker, &filed, "supplements", &json!({ "form": { "purpose": "school" } }));
    assert_eq!(
        (answers.problem(403).as_str(), &answers.json()["pointer"]),
        ("answers-of-the-resident", &json!("/form"))
    );
    let letter = json!({ "evidence": { "employer-letter": { "reference": "store/desk" } } });
    let grid = here.with_case(&here.staff(Role::GridWorker), &filed, "supplements", &letter);
    assert_eq!(grid.problem(403), "role-not-allowed");
    assert_eq!(here.with_case(&worker, &filed, "supplements", &letter).expect(200)["status"], "in-progress");
    assert_eq!(here.grant(&filed)["status"], "approved");
}

#[test]
fn a_case_is_returned_five_times_at_most() {
    let here = World::shared().neighbourhood(1);
    let (resident, worker) = (here.resident(0), here.worker());
    let filed = here.file(&resident, &Neighbourhood::residence()).expect(201);
    for _ in 0..5 {
        here.decide(&worker, &filed, "return").expect(200);
        assert_eq!(here.decide(&worker, &filed, "return").problem(409), "case-returned");
        let letter = json!({ "evidence": { "employer-letter": { "reference": "store/3" } } });
        here.with_case(&resident, &filed, "supplements", &letter).expect(200);
    }
    assert_eq!(here.decide(&worker, &filed, "return").problem(409), "returned-too-often");
    assert_eq!(here.grant(&filed)["status"], "approved");
}

#[test]
fn nothing_is_granted_while_evidence_is_outstanding() {
    let here = World::shared().neighbourhood(1);
    let mut case = Neighbourhood::residence();
    case["evidence"] = json!({});
    let filed = here.file(&here.resident(0), &case).expect(201);
    let reply = here.decide(&here.worker(), &filed, "approve");
    assert_eq!(reply.problem(409), "evidence-outstanding");
    assert_eq!(reply.json()["evidence"], json!(["identity-card", "employer-letter"]));
    here.give_what_is_asked(&here.resident(0), &filed);
    assert_eq!(here.grant(&filed)["status"], "approved");
}

#[test]
fn nobody_decides_on_a_case_of_their_own() {
    let here = World::shared().neighbourhood(0);
    let at_home = here.person(here.worker().id, Role::Resident, &Area::of(here.community));
    let filed = here.file(&at_home, &Neighbourhood::residence()).expect(201);
    assert_eq!(here.decide(&here.worker(), &filed, "approve").problem(403), "case-of-oneself");
}

#[test]
fn a_case_is_rated_once_when_it_is_done() {
    let here = World::shared().neighbourhood(2);
    let elder = here.resident(1);
    let filed = here.file(&elder, &Neighbourhood::pension()).expect(201);
    let rate = |stars: Value| here.with_case(&elder, &filed, "rating", &json!({ "stars": stars }));
    assert_eq!(rate(json!(5)).problem(409), "case-not-finished");
    here.grant(&filed);
    for stars in [json!(0), json!(6), json!("5"), Value::Null] {
        assert_eq!(rate(stars).problem(422), "input-invalid");
    }
    rate(json!(4)).expect(204);
    assert_eq!(rate(json!(5)).problem(409), "case-rated");
    let other = here.with_case(&here.resident(0), &filed, "rating", &json!({ "stars": 1 }));
    assert_eq!(other.problem(404), "case-unknown");
    assert_eq!(here.case(&elder, &filed).expect(200)["rating"], 4);
}
