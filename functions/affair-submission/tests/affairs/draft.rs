//! Drafts: half a form, kept for whoever writes it.

use super::*;

const ID: &str = "01hzzzzzzzzzzzzzzzzzzzzzz0";

fn save(town: &Town, who: &Actor, id: &str, form: Value) -> Outcome {
    town.call(who, "save_draft", json!({ "id": id, "affair": "elder-card", "form": form }))
}

#[test]
fn a_draft_is_kept_and_says_what_is_missing() {
    let town = Town::new();
    let saved = save(&town, &town.resident, ID, json!({ "citizen_number": CITIZEN, "phone": "1" })).ok();
    let missing = saved["violations"].as_array().unwrap();
    assert!(missing.iter().any(|v| v["pointer"] == "/phone" && v["code"] == "mobile-phone"));
    assert!(missing.iter().any(|v| v["pointer"] == "/kind" && v["code"] == "required"));
    assert_eq!(saved["form"]["citizen_number"], "1101**********002X");
    // What was shown covered and is sent again is what it was.
    let saved = save(
        &town,
        &town.resident,
        ID,
        json!({ "citizen_number": "1101**********002X", "phone": "13800000000" }),
    )
    .ok();
    assert!(!saved["violations"].as_array().unwrap().iter().any(|v| v["pointer"] == "/citizen_number"));
    let (drafts, _) = town.call(&town.resident, "list_drafts", json!({})).page();
    assert_eq!((drafts.len(), &drafts[0]["title"]["en"]), (1, &json!("Elder card")));

    let mut form = sample::form("elder-card");
    form["citizen_number"] = json!("1101**********002X");
    let new = json!({ "affair": "elder-card", "form": form, "draft": ID });
    let _ = town.call(&town.resident, "create_case", new).created();
    assert_eq!(town.call(&town.resident, "get_draft", json!({ "id": ID })).code(), "draft-unknown");
}

#[test]
fn a_draft_is_its_writers_alone() {
    let town = Town::new();
    let _ = save(&town, &town.resident, ID, json!({ "phone": "1" })).ok();
    let other = town.platform.resident(30);
    let get = |who: &Actor| town.call(who, "get_draft", json!({ "id": ID }));
    assert_eq!(get(&other).code(), "draft-unknown");
    // The same id of somebody else is another draft.
    let _ = save(&town, &other, ID, json!({})).ok();
    assert_eq!(get(&town.resident).ok()["form"], json!({ "phone": "1" }));
    let delete = |who: &Actor| town.call(who, "delete_draft", json!({ "id": ID }));
    delete(&other).no_content();
    assert_eq!(delete(&other).code(), "draft-unknown");
    assert_eq!(get(&town.resident).ok()["affair"], "elder-card");
}

#[test]
fn drafts_are_bounded() {
    let town = Town::new();
    for number in 0..30 {
        let _ = save(&town, &town.resident, &format!("01hzzzzzzzzzzzzzzzzzzzzz{number:02}"), json!({})).ok();
    }
    assert_eq!(save(&town, &town.resident, "01hzzzzzzzzzzzzzzzzzzzzzzz", json!({})).code(), "drafts-full");
    let _ = save(&town, &town.resident, "01hzzzzzzzzzzzzzzzzzzzzz00", json!({})).ok();
    let long = json!({ "address": "长".repeat(30_000) });
    assert_eq!(save(&town, &town.resident, "01hzzzzzzzzzzzzzzzzzzzzz00", long).code(), "form-too-large");
    let unknown = json!({ "id": ID, "affair": "none", "form": {} });
    assert_eq!(town.call(&town.resident, "save_draft", unknown).code(), "affair-unknown");
}
