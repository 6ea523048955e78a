//! Citizen numbers are shown covered, and stand in no log, problem or event.

use super::*;

/// Every operation that touches a form, for somebody whose number is known; what came out is searched for it.
#[test]
fn no_citizen_number_leaves_the_component_whole() {
    let town = Town::new();
    let mut said = String::new();
    for affair in
        ["newborn", "birth-registration", "disability-subsidy", "minimum-living-allowance", "elder-card"]
    {
        let filed = town.file(affair);
        for who in [&town.resident, &town.worker, &town.officer] {
            said += &town.shown(who, &filed).to_string();
        }
        said += &filed.to_string();
        let again = town.file_form(affair, sample::form(affair)).problem();
        said += &format!("{again:?}");
        let mut wrong = sample::form(affair);
        wrong["declaration"] = json!(CITIZEN);
        said += &format!("{:?}", town.file_form(affair, wrong).problem());
        if affair != "newborn" {
            let returned = town.decide(&town.worker, &filed, "return").ok();
            let supplemented = town.supplement(&filed, sample::form(affair), json!({})).ok();
            said += &format!("{returned}{supplemented}{}", town.approve_all(&filed));
        }
    }
    let draft = json!({ "id": "01hzzzzzzzzzzzzzzzzzzzzzzz", "affair": "elder-card", "form": { "citizen_number": CITIZEN } });
    said += &town.call(&town.resident, "save_draft", draft).ok().to_string();
    for who in [&town.resident, &town.worker] {
        said += &format!("{:?}", town.call(who, "list_cases", json!({ "limit": 100 })).page());
    }
    town.platform.advance(90 * 86_400);
    for event in town.platform.take_published() {
        said += &event.content.to_string();
        assert!(event.content.get("form").is_none(), "{}", event.name);
    }
    said += &town.platform.take_log().join("\n");
    assert!(said.contains("1101**********002X"));
    assert!(!said.contains(CITIZEN));
    assert!(!said.contains("19491231"), "nor its birth date");
}

#[test]
fn telephones_and_cards_are_covered_for_the_office_and_not_for_their_owner() {
    let town = Town::new();
    let filed = town.file("senior-allowance");
    let own = town.shown(&town.resident, &filed)["form"].clone();
    assert_eq!((&own["phone"], &own["bank_card"]), (&json!("13800000000"), &json!("6222020000000000000")));
    let office = town.shown(&town.worker, &filed)["form"].clone();
    assert_eq!(
        (&office["phone"], &office["bank_card"]),
        (&json!("138****0000"), &json!("***************0000"))
    );
    assert_eq!(office["name"], own["name"], "whoever decides has to know about whom");
}

#[test]
fn what_a_form_says_is_declared_personal() {
    let descriptor = AFFAIR_SUBMISSION.describe();
    for collection in ["cases", "drafts"] {
        assert!(descriptor.collection(collection).unwrap().personal.contains(&"/form".to_owned()));
    }
    assert_eq!(descriptor.collection("certificates").unwrap().personal, ["/holder"]);
}
