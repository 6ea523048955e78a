//! Handing in and taking back: every affair goes from form to decision; one open case of a kind; numbers.

use std::collections::BTreeSet;

use linli_affair_submission::catalogue::FILES;

use super::*;

#[test]
fn every_affair_can_be_handed_in_and_decided() {
    for (name, _) in FILES.iter().filter(|(name, _)| *name != "newborn") {
        let town = Town::new();
        let filed = town.file(name);
        assert_eq!(filed["status"], "in-progress", "{name}");
        assert!(filed["due_explained"]["days"].as_array().unwrap().len() > 1, "{name}");
        let done = town.approve_all(&filed);
        assert_eq!(done["status"], "approved", "{name}");
        assert!(done["certificate"]["qr"].as_str().unwrap().len() >= 160, "{name}");
    }
}

#[test]
fn what_comes_back_says_the_number_and_the_day() {
    let town = Town::new();
    let filed = town.file("elder-card");
    assert_eq!(filed["due_at"], "2026-05-11T15:59:59Z");
    assert_eq!(
        filed["due_explained"]["summary"]["en"],
        "5 working days after 2026-05-01, until the end of 2026-05-11."
    );
    let number = filed["number"].as_str().unwrap();
    assert!(number.starts_with("330105001001-2026-0501-") && number.len() == 28, "{number}");
    let states: BTreeSet<_> =
        filed["evidence"].as_array().unwrap().iter().map(|piece| piece["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["given"]));
    let events = town.platform.take_published();
    assert_eq!((events.len(), events[0].name.as_str()), (1, "case.filed"));
    let content = json!({ "affair": "elder-card", "case": filed["id"], "number": number, "person": town.resident.person() });
    assert_eq!(events[0].content, content);
}

#[test]
fn what_the_directory_knows_need_not_be_typed() {
    let town = Town::new();
    let mut form = sample::form("elder-card");
    for known in ["name", "citizen_number", "phone", "address"] {
        form.as_object_mut().unwrap().remove(known);
    }
    let filed = town.file_form("elder-card", form.clone()).created();
    let shown = town.shown(&town.resident, &filed);
    assert_eq!(shown["form"]["citizen_number"], "1101**********002X");
    assert_eq!(shown["form"]["address"], "文三路1号");
    let revealed: BTreeSet<_> =
        town.platform.take_revealed().into_iter().map(|seen| seen.attribute).collect();
    let prefilled = [Attribute::Name, Attribute::CitizenNumber, Attribute::Phone, Attribute::Address];
    assert!(prefilled.iter().all(|attribute| revealed.contains(attribute)), "each look is logged");

    let stranger = town.platform.resident(70);
    let refused =
        town.call(&stranger, "create_case", json!({ "affair": "elder-card", "form": form })).problem();
    let missing: Value = serde_json::from_str(refused.data.as_deref().unwrap()).unwrap();
    let pointers: Vec<_> = missing["violations"].as_array().unwrap().iter().map(|v| &v["pointer"]).collect();
    assert_eq!(pointers, ["/citizen_number", "/address"], "what it does not know is asked for");
}

#[test]
fn a_form_that_is_wrong_is_refused_with_every_place() {
    let town = Town::new();
    let mut form = sample::form("elder-card");
    form["citizen_number"] = json!("110105194912310021");
    form["phone"] = json!("12");
    let problem = town.file_form("elder-card", form.clone()).problem();
    assert_eq!(
        (problem.code.as_ref(), problem.pointer.as_deref()),
        ("form-invalid", Some("/form/citizen_number"))
    );
    let data: Value = serde_json::from_str(problem.data.as_deref().unwrap()).unwrap();
    let codes: Vec<_> = data["violations"].as_array().unwrap().iter().map(|v| &v["code"]).collect();
    assert_eq!(codes, ["citizen-number", "mobile-phone"]);
    assert!(!problem.data.unwrap().contains("11010519"), "the value is not repeated");
    form["address"] = json!("长".repeat(30_000));
    assert_eq!(town.file_form("elder-card", form).code(), "form-too-large");
    let foreign = json!({ "affair": "elder-card", "form": sample::form("elder-card"), "evidence": { "passport": { "reference": "x" } } });
    assert_eq!(town.call(&town.resident, "create_case", foreign).code(), "evidence-unknown");
    assert_eq!(town.file_form("elder-card", json!({})).code(), "form-invalid");
    let nobody = json!({ "affair": "none", "form": {} });
    assert_eq!(town.call(&town.resident, "create_case", nobody).code(), "affair-unknown");
}

#[test]
fn the_same_affair_is_open_once_and_the_refusal_names_it() {
    let town = Town::new();
    let first = town.file("elder-card");
    let problem = town.file_form("elder-card", sample::form("elder-card")).problem();
    assert_eq!(problem.code, "case-open");
    let data: Value = serde_json::from_str(problem.data.as_deref().unwrap()).unwrap();
    assert_eq!(data, json!({ "case": first["id"], "number": first["number"] }));
    // A relative who acts for the resident meets the same case.
    let daughter = town.platform.resident(50).acting_for(&town.resident);
    let again = json!({ "affair": "elder-card", "form": sample::form("elder-card") });
    assert_eq!(town.call(&daughter, "create_case", again.clone()).code(), "case-open");
    let _ = town.file("senior-allowance");
    let neighbour = town.platform.resident(70);
    let _ = town.call(&neighbour, "create_case", again).created();
    town.call(&town.resident, "withdraw_case", json!({ "id": first["id"] })).no_content();
    let second = town.file("elder-card");
    town.approve_all(&second);
    let _ = town.file("elder-card");
}

#[test]
fn two_children_are_two_cases() {
    let town = Town::new();
    let mut form = sample::form("vaccination-certificate");
    let _ = town.file_form("vaccination-certificate", form.clone()).created();
    assert_eq!(town.file_form("vaccination-certificate", form.clone()).code(), "case-open");
    form["birth_certificate"] = json!("U330000001");
    let _ = town.file_form("vaccination-certificate", form).created();
}

/// Two filings touch one document in common only when they draw the same number: none here is hot.
#[test]
fn numbers_are_unique_and_no_counter_is_shared() {
    let town = Town::new();
    let _ = town.file("elder-card");
    let mut numbers = BTreeSet::new();
    for _ in 0..300 {
        let resident = town.platform.resident(70);
        let new = json!({ "affair": "elder-card", "form": sample::form("elder-card") });
        let filed = town.call(&resident, "create_case", new).created();
        assert!(numbers.insert(filed["number"].as_str().unwrap().to_owned()));
    }
    let footprint = town.platform.footprint();
    assert_eq!((footprint.counters_changed, footprint.ranges_read), (0, 0), "{footprint:?}");
    // The definition, the number drawn, the open case of this person, and the documents it writes.
    assert!(footprint.keys_read <= 8, "{footprint:?}");
}

#[test]
fn a_running_case_keeps_the_version_it_began_with() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let mut changed = serde_json::to_value(sample::affair("elder-card")).unwrap();
    changed["version"] = json!(2);
    changed["steps"] = json!([{ "id": "decide", "title": { "zh": "审核", "en": "Review" }, "role": "officer", "deadline": { "working_days": 1 } }]);
    changed["deadline"] = json!({ "working_days": 1 });
    town.platform.configure("catalogue", json!({ "affairs": [changed] }));
    let shown = town.shown(&town.resident, &filed);
    assert_eq!(
        (&shown["version"], &shown["step"]["of"], &shown["due_at"]),
        (&json!(1), &json!(3), &filed["due_at"])
    );
    assert_eq!(town.approve_all(&filed)["status"], "approved");
    let second = town.file("elder-card");
    assert_eq!(town.shown(&town.resident, &second)["version"], 2);
    assert_eq!(town.decide(&town.worker, &second, "approve").code(), "step-of-another-office");
}

#[test]
fn a_case_is_taken_back_by_its_owner_once() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let withdraw = |who: &Actor| town.call(who, "withdraw_case", json!({ "id": filed["id"] }));
    assert_eq!(withdraw(&town.platform.resident(60)).code(), "case-unknown");
    withdraw(&town.resident).no_content();
    let problem = withdraw(&town.resident).problem();
    assert_eq!(
        (problem.code.as_ref(), problem.data.as_deref()),
        ("case-closed", Some(r#"{"case_status":"withdrawn"}"#))
    );
    // Decision against withdrawal: whoever comes second hears that it is over.
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "case-closed");
    assert_eq!(town.news(), ["case.filed", "case.withdrawn"]);
    let (queue, _) = town.call(&town.worker, "list_cases", json!({})).page();
    assert!(queue.is_empty());
    town.platform.advance(90 * 86_400);
    assert!(town.news().is_empty(), "its timer is gone");
}

#[test]
fn what_a_relative_hands_in_is_the_elders() {
    let town = Town::new();
    let daughter = town.platform.resident(50);
    let new = json!({ "affair": "elder-card", "form": sample::form("elder-card") });
    let filed = town.call(&daughter.acting_for(&town.resident), "create_case", new).created();
    assert_eq!(town.shown(&town.resident, &filed)["status"], "in-progress");
    assert_eq!(town.call(&daughter, "get_case", json!({ "id": filed["id"] })).code(), "case-unknown");
    let as_worker = daughter.with_roles(&[Role::Worker]);
    assert_eq!(town.decide(&as_worker, &filed, "approve").code(), "case-of-oneself");
}
