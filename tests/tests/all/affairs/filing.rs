//! Handing in, taking back, drafts.

use linli_contract::{Area, Role};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

use super::call;

/// A proof of residence with something changed.
fn residence(change: impl Fn(&mut Value)) -> Value {
    let mut case = Neighbourhood::residence();
    change(&mut case);
    case
}

#[test]
fn a_form_tells_all_that_is_wrong_with_it() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    let wrong = residence(|case| {
        case["form"]["citizen_number"] = json!("110105194912310021");
        case["form"]["since"] = json!("2026-02-30");
        case["form"].as_object_mut().unwrap().remove("purpose");
    });
    let reply = here.file(&resident, &wrong);
    assert_eq!(reply.problem(422), "form-invalid");
    let mut places: Vec<_> =
        reply.json()["violations"].as_array().unwrap().iter().map(|v| v["pointer"].to_string()).collect();
    places.sort();
    assert_eq!(places, [r#""/citizen_number""#, r#""/purpose""#, r#""/since""#]);
    assert!(!reply.text().contains("110105194912310021"), "values may be personal");
    for (case, code) in [
        (residence(|case| case["form"]["since"] = json!("2026-04-20")), "not-eligible"),
        (residence(|case| case["evidence"]["pilot"] = json!({ "reference": "store/1" })), "evidence-unknown"),
        (residence(|case| case["form"]["address"] = json!("幸".repeat(30_000))), "form-too-large"),
        (residence(|case| case["affair"] = json!("No Such Form")), "input-invalid"),
        (residence(|case| case["form"] = json!([])), "input-invalid"),
        (residence(|case| case["evidence"]["lease"] = json!("store/1")), "input-invalid"),
        (residence(|case| case["status"] = json!("approved")), "input-invalid"),
    ] {
        assert_eq!(here.file(&resident, &case).problem(422), code);
    }
    assert!(here.all(&resident, "affair-submission/cases").is_empty(), "nothing was filed");
}

#[test]
fn a_case_belongs_to_whoever_filed_it_and_there_is_one_of_a_kind() {
    let here = World::shared().neighbourhood(2);
    let (resident, other) = (here.resident(0), here.resident(1));
    let filed = here.file(&resident, &Neighbourhood::residence()).expect(201);
    let again = here.file(&resident, &Neighbourhood::residence());
    assert_eq!((again.problem(409).as_str(), &again.json()["case"]), ("case-open", &filed["id"]));
    assert_eq!(here.case(&other, &filed).problem(404), "case-unknown");
    assert_eq!(here.withdraw(&other, &filed).problem(404), "case-unknown");
    assert_eq!(here.with_case(&other, &filed, "evidence", &json!({})).problem(404), "case-unknown");
    let given = json!({ "evidence": { "identity-card": { "reference": "store/1" } } });
    assert_eq!(here.with_case(&other, &filed, "supplements", &given).problem(404), "case-unknown");
    here.withdraw(&resident, &filed).expect(204);
    let closed = here.withdraw(&resident, &filed);
    assert_eq!(
        (closed.problem(409).as_str(), &closed.json()["case_status"]),
        ("case-closed", &json!("withdrawn"))
    );
    assert_eq!(here.with_case(&resident, &filed, "supplements", &given).problem(409), "case-closed");
    assert_eq!(here.with_case(&resident, &filed, "evidence", &json!({})).problem(409), "case-closed");
    here.file(&resident, &Neighbourhood::residence()).expect(201);
}

#[test]
fn answers_change_while_a_case_is_returned_and_at_no_other_time() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    let filed = here.file(&resident, &Neighbourhood::residence()).expect(201);
    let supplement = |body: Value| here.with_case(&resident, &filed, "supplements", &body);
    assert_eq!(supplement(json!({})).problem(422), "supplement-empty");
    assert_eq!(supplement(json!({ "form": { "purpose": "school" } })).problem(409), "case-not-returned");
    here.decide(&here.worker(), &filed, "return").expect(200);
    assert_eq!(supplement(json!({ "form": { "purpose": "travel" } })).problem(422), "form-invalid");
    let pilot = json!({ "evidence": { "pilot": { "reference": "store/1" } } });
    assert_eq!(supplement(pilot).problem(422), "evidence-unknown");
    let changed = supplement(json!({ "form": { "purpose": "school" } })).expect(200);
    assert_eq!((&changed["status"], &changed["form"]["purpose"]), (&json!("in-progress"), &json!("school")));
}

#[test]
fn without_a_library_or_a_calendar_or_a_sound_definition_it_says_so() {
    let here = World::shared().neighbourhood(1);
    let filed = here.file(&here.resident(0), &Neighbourhood::residence()).expect(201);
    let fetched = here.with_case(&here.worker(), &filed, "evidence", &json!({}));
    assert_eq!(fetched.problem(503), "library-missing");

    let setup = Setup::of(&["affair-submission"]).setting("affair-submission", "calendars", json!([]));
    // In the form of a definition, so that it comes as far as the component; about a field that is not there.
    let definition = include_str!("../../../../functions/affair-submission/affairs/elder-card.json");
    let mut definition: Value = serde_json::from_str(definition).unwrap();
    definition["eligibility"][0]["needs"]["fact"] = json!("/no_such_field");
    let broken = json!({ "affairs": [definition], "withdrawn": ["senior-allowance"] });
    let world = setup.setting("affair-submission", "catalogue", broken).start();
    let here = world.neighbourhood(2);
    let filed = here.file(&here.resident(0), &Neighbourhood::residence());
    assert_eq!((filed.problem(503).as_str(), &filed.json()["year"]), ("calendar-unpublished", &json!(2026)));
    let bundle = here.file(&here.resident(0), &Neighbourhood::newborn());
    assert_eq!(bundle.problem(422), "nothing-filed", "none of its parts can be");
    let card = here.file(&here.resident(1), &Neighbourhood::elder_card());
    assert_eq!(card.problem(503), "affair-misconfigured");
    let gone = here.call("GET", "affair-submission/affairs/senior-allowance").send();
    assert_eq!(gone.problem(404), "affair-unknown", "it is offered no longer");
}

#[test]
fn thirty_drafts_are_kept_for_whoever_wrote_them() {
    let here = World::shared().neighbourhood(2);
    let (resident, other) = (here.resident(0), here.resident(1));
    let half = json!({ "affair": "elder-card", "form": { "kind": "lost" } });
    let keep = |number: usize| {
        call(&here, &resident, "PUT", &format!("drafts/01jt4v6c00abcdefghjkmnp{number:03}"), &half)
    };
    for number in 0..30 {
        keep(number).expect(200);
    }
    assert_eq!(keep(30).problem(409), "drafts-full");
    keep(0).expect(200);
    let first = "drafts/01jt4v6c00abcdefghjkmnp000";
    assert_eq!(here.get(&other, &format!("affair-submission/{first}")).problem(404), "draft-unknown");
    let listed = here.get(&resident, "affair-submission/drafts").expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 30);
    let unknown = json!({ "affair": "flying-licence", "form": {} });
    assert_eq!(call(&here, &resident, "PUT", first, &unknown).problem(404), "affair-unknown");
    let large = json!({ "affair": "elder-card", "form": { "address": "幸".repeat(30_000) } });
    assert_eq!(call(&here, &resident, "PUT", first, &large).problem(422), "form-too-large");
    assert_eq!(call(&here, &resident, "PUT", "drafts/mine", &half).problem(422), "input-invalid");
}

#[test]
fn the_queue_is_for_the_offices_and_shows_no_whole_name() {
    let here = World::shared().neighbourhood(1);
    let resident = here.resident(0);
    let filed = here.file(&resident, &Neighbourhood::residence()).expect(201);
    let queue = here.get(&resident, "affair-submission/cases?view=queue");
    assert_eq!(queue.problem(403), "queue-of-an-office");
    for role in [Role::Worker, Role::GridWorker, Role::Officer] {
        let listed = here.get(&here.staff(role), "affair-submission/cases").expect(200);
        let line = &listed["items"][0];
        assert_eq!((&line["id"], &line["applicant"]), (&filed["id"], &json!("甄**")));
        assert_eq!(line["office"], "worker");
    }
    let number = filed["number"].as_str().unwrap();
    let found = here.get(&resident, &format!("affair-submission/cases?number={number}")).expect(200);
    assert_eq!(found["items"][0]["id"], filed["id"]);
    let theirs = here.get(&here.worker(), "affair-submission/cases?office=grid-worker").expect(200);
    assert_eq!(theirs["items"], json!([]));
    assert_eq!(here.get(&resident, "affair-submission/cases?office=mayor").problem(422), "input-invalid");
    let street =
        here.person(here.staff(Role::Officer).id, Role::Officer, &"330105001".parse::<Area>().unwrap());
    here.case(&street, &filed).expect(200);
}
