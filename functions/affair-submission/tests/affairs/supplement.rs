//! Return for a supplement: the clock stands still, and runs on when it is there.

use super::*;

#[test]
fn a_return_stops_the_clock_and_a_supplement_starts_it_again() {
    let town = Town::new();
    town.platform.advance_to("2026-05-11T10:00:00+08:00");
    let filed = town.file("elder-card");
    assert_eq!(filed["due_at"], "2026-05-18T15:59:59Z");
    town.platform.advance_to("2026-05-12T10:00:00+08:00");
    let returned = town.decide(&town.worker, &filed, "return").ok();
    assert_eq!((&returned["status"], &returned["due_at"]), (&json!("returned"), &Value::Null));
    let summary = &returned["due_explained"]["summary"]["en"];
    assert_eq!(summary, "The clock stands still; 5 working days are left once the supplement is there.");
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "case-returned");
    let (queue, _) = town.call(&town.worker, "list_cases", json!({})).page();
    assert!(queue.is_empty(), "there is nothing to do for the office");
    town.platform.advance_to("2026-05-21T10:00:00+08:00");
    assert_eq!(
        town.news(),
        ["case.filed", "case.returned"],
        "no step is overdue while the clock stands still"
    );

    let back = town.supplement(&filed, json!({ "photo": "store/new" }), json!({})).ok();
    assert_eq!((&back["status"], &back["form"]["photo"]), (&json!("in-progress"), &json!("store/new")));
    // 12 to 21 May are not counted: 22, 25, 26, 27, 28 May.
    assert_eq!(back["due_at"], "2026-05-28T15:59:59Z");
    let stood: Vec<_> = back["due_explained"]["days"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|day| day["why"]["zh"].as_str().unwrap().contains("等待补正"))
        .collect();
    assert_eq!(
        (stood.len(), &stood[0]["date"], &stood[9]["date"]),
        (10, &json!("2026-05-12"), &json!("2026-05-21"))
    );
    assert_eq!(town.news(), ["case.supplemented"]);
    assert_eq!(town.approve_all(&filed)["status"], "approved");
}

#[test]
fn a_supplement_is_checked_as_the_form_was() {
    let town = Town::new();
    let filed = town.file("elder-card");
    assert_eq!(town.supplement(&filed, json!({ "photo": "x" }), json!({})).code(), "case-not-returned");
    let _ = town.decide(&town.worker, &filed, "return").ok();
    assert_eq!(town.supplement(&filed, json!({}), json!({})).code(), "supplement-empty");
    let problem = town.supplement(&filed, json!({ "phone": "1" }), json!({})).problem();
    assert_eq!((problem.code.as_ref(), problem.pointer.as_deref()), ("form-invalid", Some("/form/phone")));
    assert_eq!(town.supplement(&filed, json!({ "photo": null }), json!({})).code(), "form-invalid");
    // A new answer can make new evidence necessary.
    let damaged = json!({ "kind": "damaged" });
    assert_eq!(town.supplement(&filed, damaged.clone(), json!({})).code(), "evidence-outstanding");
    let _ = town.supplement(&filed, damaged, json!({ "damaged-card": { "reference": "store/1" } })).ok();
    let other = town.platform.resident(30);
    let foreign = json!({ "id": filed["id"], "form": { "photo": "x" } });
    assert_eq!(town.call(&other, "create_supplement", foreign).code(), "case-unknown");
    town.approve_all(&filed);
    assert_eq!(town.supplement(&filed, json!({ "photo": "x" }), json!({})).code(), "case-closed");
}

#[test]
fn a_covered_number_that_is_sent_back_stands_for_what_it_was() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let _ = town.decide(&town.worker, &filed, "return").ok();
    let form = town.shown(&town.resident, &filed)["form"].clone();
    assert_eq!(form["citizen_number"], "1101**********002X");
    let _ = town.supplement(&filed, form, json!({})).ok();
    let _ = town.decide(&town.worker, &filed, "return").ok();
    let other = json!({ "citizen_number": "4405**********0014" });
    assert_eq!(town.supplement(&filed, other, json!({})).code(), "form-invalid");
}

#[test]
fn a_case_is_returned_five_times_at_most() {
    let town = Town::new();
    let filed = town.file("elder-card");
    for _ in 0..5 {
        let _ = town.decide(&town.worker, &filed, "return").ok();
        let _ = town.supplement(&filed, json!({ "photo": "store/again" }), json!({})).ok();
    }
    assert_eq!(town.decide(&town.worker, &filed, "return").code(), "returned-too-often");
    let _ = town.decide(&town.worker, &filed, "reject").ok();
}

#[test]
fn a_desk_adds_the_evidence_a_resident_brought_and_nothing_else() {
    let town = Town::new();
    let filed = town.file("elder-card");
    let _ = town.decide(&town.worker, &filed, "return").ok();
    town.news();
    let add = |who: &Actor, form: Value, evidence: Value| {
        town.call(who, "create_supplement", json!({ "id": filed["id"], "form": form, "evidence": evidence }))
    };
    let brought = json!({ "photograph": { "reference": "store/desk" } });
    let refused = add(&town.worker, json!({ "photo": "store/new" }), brought.clone()).problem();
    assert_eq!(
        (refused.code.as_ref(), refused.pointer.as_deref()),
        ("answers-of-the-resident", Some("/form"))
    );
    assert_eq!(add(&town.grid, json!({}), brought.clone()).code(), "role-missing");
    assert_eq!(add(&town.worker, json!({}), json!({})).code(), "supplement-empty");
    let seen = add(&town.worker, json!({}), brought.clone()).ok();
    assert_eq!(seen["status"], "in-progress", "the clock runs on");
    assert_eq!(town.news(), ["case.supplemented"]);
    let entry = town.shown(&town.resident, &filed)["timeline"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&entry["what"], &entry["office"]), (&json!("supplemented"), &json!("worker")));
    town.approve_all(&filed);
    assert_eq!(add(&town.officer, json!({}), brought).code(), "case-closed");
}
