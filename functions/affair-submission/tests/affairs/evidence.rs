//! Evidence that the government holds is fetched; when it cannot be, it is asked for.

use linli_sdk::outbound::{Failure, Request, Response};

use super::*;

const BASE: &str = "https://licences.example.gov.cn/api";

fn with_library() -> Town {
    let town = Town::new();
    town.platform.configure("licence_library", json!({ "base": BASE }));
    town
}

fn answer(status: u16, body: &str) -> Result<Response, Failure> {
    Ok(Response { status, headers: vec![], body: body.as_bytes().to_vec() })
}

/// Hands in without any evidence that is in the library.
fn file(town: &Town, affair: &str) -> Value {
    let form = sample::form(affair);
    let mut evidence = sample::evidence(affair, &form);
    let definition = sample::affair(affair);
    for piece in definition.evidence.iter().filter(|piece| piece.library.is_some()) {
        evidence.as_object_mut().unwrap().remove(&piece.id);
    }
    town.call(&town.resident, "create_case", json!({ "affair": affair, "form": form, "evidence": evidence }))
        .created()
}

fn fetch(town: &Town, who: &Actor, case: &Value) -> Outcome {
    town.call(who, "fetch_evidence", json!({ "id": case["id"] }))
}

fn accepted(outcome: Outcome) -> Value {
    match outcome.reply().content {
        linli_sdk::contract::Content::Json(text) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn states(town: &Town, case: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown = town.shown(&town.resident, case);
    shown["evidence"].as_array().unwrap().iter().map(|p| (text(&p["id"]), text(&p["state"]))).collect()
}

#[test]
fn what_the_library_holds_is_fetched_and_attached() {
    let town = with_library();
    let filed = file(&town, "elder-card");
    assert_eq!(filed["evidence"][0]["state"], "to-fetch");
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "evidence-outstanding");
    town.platform.answer_outbound(|request: &Request| {
        assert_eq!(request.method, "POST");
        assert!(!request.url.contains(CITIZEN), "no number in an address");
        let asked: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(asked, json!({ "citizen_number": CITIZEN }));
        match request.url.strip_prefix(BASE).unwrap() {
            "/licences/identity-card/lookups" => {
                answer(200, r#"{"reference":"lib/1","valid_until":"2030-01-01"}"#)
            }
            "/licences/household-register/lookups" => answer(200, r#"{"reference":"lib/2"}"#),
            _ => answer(404, ""),
        }
    });
    let fetched = accepted(fetch(&town, &town.resident, &filed));
    let outcomes: Vec<_> = fetched["found"].as_array().unwrap().iter().map(|f| &f["outcome"]).collect();
    assert_eq!(outcomes, ["found", "found", "not-held"]);
    town.platform.settle();
    let names = ["identity-card", "household-register", "photograph", "residence-permit"];
    let expected = ["fetched", "fetched", "given", "asked"];
    let expected: Vec<_> = names.iter().zip(expected).map(|(n, s)| (n.to_string(), s.to_owned())).collect();
    assert_eq!(states(&town, &filed), expected);
    let events = town.platform.take_published();
    assert!(events.iter().all(|event| !event.content.to_string().contains(CITIZEN)));
    // The residence permit is optional, so nothing is outstanding.
    assert_eq!(town.approve_all(&filed)["status"], "approved");
}

#[test]
fn when_the_library_is_down_the_resident_is_asked() {
    let town = with_library();
    let filed = file(&town, "residence-proof");
    // Nobody answers.
    let fetched = accepted(fetch(&town, &town.worker, &filed));
    assert_eq!(fetched["found"][0]["outcome"], "unreachable");
    town.platform.settle();
    assert!(states(&town, &filed).iter().all(|(_, state)| state == "asked"));
    assert_eq!(town.news(), ["case.filed", "evidence.fetched", "evidence.asked"]);
    let given = json!({ "identity-card": { "reference": "store/1" }, "property-certificate": { "reference": "store/2" } });
    let supplemented = town.supplement(&filed, json!({}), given).ok();
    assert_eq!(
        (&supplemented["status"], &supplemented["due_at"]),
        (&json!("in-progress"), &filed["due_at"]),
        "the clock did not stop"
    );
    assert_eq!(town.approve_all(&filed)["status"], "approved");
}

#[test]
fn a_library_that_comes_back_is_asked_again_and_what_was_given_is_kept() {
    let town = with_library();
    let filed = file(&town, "residence-proof");
    let _ = accepted(fetch(&town, &town.resident, &filed));
    town.platform.settle();
    let _ = town.supplement(&filed, json!({}), json!({ "identity-card": { "reference": "store/1" } })).ok();
    town.platform.answer_outbound(|_| answer(200, r#"{"reference":"lib/9"}"#));
    let fetched = accepted(fetch(&town, &town.resident, &filed));
    assert_eq!(fetched["found"].as_array().unwrap().len(), 1, "what the resident gave is not looked up");
    town.platform.settle();
    let expected = [("identity-card", "given"), ("property-certificate", "fetched")];
    assert_eq!(states(&town, &filed), expected.map(|(n, s)| (n.to_owned(), s.to_owned())));
    let again = accepted(fetch(&town, &town.resident, &filed));
    assert_eq!(again, json!({ "found": [] }));
}

#[test]
fn an_answer_that_is_not_what_was_agreed_is_no_evidence() {
    for (status, body, outcome) in [
        (200, "", "unreachable"),
        (200, "{}", "unreachable"),
        (200, r#"{"reference":""}"#, "unreachable"),
        (200, r#"{"reference":"有 空格"}"#, "unreachable"),
        (200, r#"{"reference":"lib/1","valid_until":"soon"}"#, "unreachable"),
        (200, r#"{"reference":"lib/1","valid_until":"2026-04-30"}"#, "not-held"),
        (200, r#"{"reference":"lib/1","valid_until":"2026-05-01"}"#, "found"),
        (302, r#"{"reference":"lib/1"}"#, "unreachable"),
        (500, "", "unreachable"),
        (404, "", "not-held"),
    ] {
        let town = with_library();
        let filed = file(&town, "residence-proof");
        town.platform.answer_outbound(move |_| answer(status, body));
        let fetched = accepted(fetch(&town, &town.resident, &filed));
        assert_eq!(fetched["found"][0]["outcome"], outcome, "{status} {body}");
    }
    let town = with_library();
    let filed = file(&town, "residence-proof");
    town.platform.answer_outbound(|_| {
        answer(200, &format!(r#"{{"reference":"lib/1","more":"{}"}}"#, "x".repeat(5_000)))
    });
    assert_eq!(accepted(fetch(&town, &town.resident, &filed))["found"][0]["outcome"], "unreachable");
}

/// The event may come late, and twice.
#[test]
fn what_was_fetched_for_a_case_that_has_moved_on_has_nothing_to_say() {
    let town = with_library();
    let filed = file(&town, "residence-proof");
    let content = json!({ "case": filed["id"], "found": [{ "evidence": "identity-card", "outcome": "found", "reference": "lib/1" }] });
    let deliver = |content: &Value| {
        town.platform.deliver("affair-submission", "evidence.fetched", content.clone()).unwrap()
    };
    deliver(&content);
    town.news();
    deliver(&content);
    deliver(&json!({ "case": "01hzzzzzzzzzzzzzzzzzzzzzzz", "found": [] }));
    town.call(&town.resident, "withdraw_case", json!({ "id": filed["id"] })).no_content();
    deliver(&content);
    assert_eq!(town.news(), ["case.withdrawn"]);
    assert_eq!(town.shown(&town.resident, &filed)["timeline"].as_array().unwrap().len(), 3);
}

#[test]
fn fetching_is_for_the_applicant_and_the_desk_while_the_case_is_open() {
    let town = with_library();
    let filed = file(&town, "residence-proof");
    assert_eq!(fetch(&town, &town.platform.resident(30), &filed).code(), "case-unknown");
    assert_eq!(fetch(&town, &town.grid, &filed).code(), "role-missing");
    town.platform.configure("licence_library", json!(null));
    assert_eq!(fetch(&town, &town.resident, &filed).code(), "library-missing");
    town.call(&town.resident, "withdraw_case", json!({ "id": filed["id"] })).no_content();
    assert_eq!(fetch(&town, &town.resident, &filed).code(), "case-closed");
}

#[test]
fn without_a_library_everything_is_asked_for_at_once() {
    let town = Town::new();
    let filed = file(&town, "residence-proof");
    assert!(states(&town, &filed).iter().all(|(_, state)| state == "asked"));
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "evidence-outstanding");
}
