//! One's own cases, and the queue of the office by deadline.

use super::*;

#[test]
fn the_queue_is_by_deadline_and_one_office_can_ask_for_its_own() {
    let town = Town::new();
    let slow = town.file("minimum-living-allowance");
    let quick = town.file("residence-proof");
    let middle = town.file("elder-card");
    let list = |who: &Actor, wanted: Value| {
        let (items, _) = town.call(who, "list_cases", wanted).page();
        items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let all = [quick["id"].clone(), middle["id"].clone(), slow["id"].clone()];
    assert_eq!(list(&town.worker, json!({})), all);
    assert_eq!(list(&town.officer, json!({ "view": "queue" })), all);
    assert!(list(&town.officer, json!({ "office": "officer" })).is_empty());
    let _ = town.decide(&town.worker, &quick, "approve").ok();
    assert_eq!(list(&town.grid, json!({ "office": "grid-worker" })), [quick["id"].clone()]);
    assert_eq!(list(&town.worker, json!({ "view": "mine" })), [] as [Value; 0]);
    assert_eq!(
        town.call(&town.resident, "list_cases", json!({ "view": "queue" })).code(),
        "queue-of-an-office"
    );
    let (items, _) = town.call(&town.worker, "list_cases", json!({})).page();
    let name: Vec<char> = items[0]["applicant"].as_str().unwrap().chars().collect();
    assert!(name[1..].iter().all(|c| *c == '*'));
    town.platform.advance_to("2026-06-30T09:00:00+08:00");
    let (items, _) = town.call(&town.worker, "list_cases", json!({})).page();
    assert!(items.iter().all(|item| item["overdue"] == true));
}

#[test]
fn residents_see_their_own_the_latest_first_page_by_page() {
    let town = Town::new();
    let mut filed = Vec::new();
    for affair in ["elder-card", "residence-proof", "senior-allowance"] {
        filed.push(town.file(affair)["id"].clone());
        town.platform.advance(60);
    }
    filed.reverse();
    let (first, next) = town.call(&town.resident, "list_cases", json!({ "limit": 2 })).page();
    let (rest, end) = town.call(&town.resident, "list_cases", json!({ "limit": 2, "cursor": next })).page();
    let seen: Vec<_> = first.iter().chain(&rest).map(|item| item["id"].clone()).collect();
    assert_eq!((seen, end), (filed, None));
    assert_eq!(first[0]["applicant"], Value::Null);
    assert_eq!(town.call(&town.resident, "list_cases", json!({ "cursor": "x" })).code(), "cursor-invalid");
    let stranger = town.platform.resident(30);
    assert!(town.call(&stranger, "list_cases", json!({})).page().0.is_empty());
}

#[test]
fn a_number_finds_its_case_for_whoever_may_see_it() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let find = |who: &Actor, number: &Value| {
        town.call(who, "list_cases", json!({ "number": number })).page().0.len()
    };
    assert_eq!(find(&town.worker, &filed["number"]), 1);
    assert_eq!(find(&town.resident, &filed["number"]), 1);
    assert_eq!(find(&town.platform.resident(30), &filed["number"]), 0);
    for nonsense in ["", "x/y", "330105001001-2026-0501-99999"] {
        assert_eq!(find(&town.worker, &json!(nonsense)), 0);
    }
}

#[test]
fn a_case_is_shown_to_its_owner_and_the_offices_alone() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let stranger = town.platform.resident(30);
    assert_eq!(town.call(&stranger, "get_case", json!({ "id": filed["id"] })).code(), "case-unknown");
    assert_eq!(town.call(&Actor::anyone(), "get_case", json!({ "id": filed["id"] })).code(), "role-missing");
    assert_eq!(town.shown(&town.grid, &filed)["step"]["number"], 1);
    // An old case stays readable when its calendar is gone.
    town.platform.configure("calendars", json!([]));
    let shown = town.shown(&town.resident, &filed);
    assert_eq!((&shown["status"], &shown["due_explained"]), (&json!("in-progress"), &Value::Null));
}
