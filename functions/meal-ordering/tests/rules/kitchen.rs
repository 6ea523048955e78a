//! The kitchen sheet.

use crate::*;

fn sheet(town: &Town) -> Value {
    town.platform.call(&town.worker, "show_kitchen_sheet", json!({ "id": LUNCH })).ok()
}

fn noted(town: &Town, who: &Actor, note: &str) -> Value {
    town.top_up(who, 5_000);
    let lines = json!([{ "dish": 1, "quantity": 1 }, { "dish": 2, "quantity": 1 }]);
    let order = json!({ "menu": LUNCH, "lines": lines, "note": note });
    town.platform.call(who, "create_order", order).created()
}

#[test]
fn it_counts_every_dish_and_names_what_is_in_it() {
    let town = Town::with_lunch();
    for quantity in [1, 3, 2] {
        let resident = town.platform.resident(30);
        town.top_up(&resident, 5_000);
        town.order(&resident, quantity).created();
    }
    let before = sheet(&town);
    assert_eq!((&before["complete"], &before["dishes"][0]["ordered"]), (&json!(false), &json!(6)));
    assert_eq!(before["dishes"][0]["allergens"], json!(["gluten", "soybeans"]));
    assert_eq!(before["dishes"][1]["ordered"], 0);
    let unpaid = town.order(&town.resident, 1).created();
    assert_eq!((unpaid["status"].clone(), &sheet(&town)["dishes"][0]["ordered"]), (json!("held"), &json!(7)));
    town.platform.advance_to(CUT_OFF);
    let complete = sheet(&town);
    assert_eq!((&complete["complete"], &complete["dishes"][0]["ordered"]), (&json!(true), &json!(6)));
}

#[test]
fn notes_stand_together_and_say_no_more_of_anybody_than_a_masked_name() {
    let town = Town::with_lunch();
    let (first, second) = (town.platform.resident(30), town.platform.resident(30));
    noted(&town, &town.resident, "少盐");
    let cancelled = noted(&town, &first, "不要葱");
    noted(&town, &second, "少盐");
    town.act("cancel_order", &first, &cancelled).ok();
    let sheet = sheet(&town);
    let notes = sheet["notes"].as_array().unwrap();
    assert_eq!((notes.len(), &sheet["more_notes"]), (2, &json!(false)));
    for note in notes {
        let members: Vec<_> = note.as_object().unwrap().keys().collect();
        assert_eq!(members, ["dishes", "name_masked", "note"]);
        assert_eq!(note["note"], "少盐");
        assert_eq!(note["dishes"], json!([{ "number": 1, "quantity": 1 }, { "number": 2, "quantity": 1 }]));
        assert!(text(&note["name_masked"]).chars().skip(1).all(|covered| covered == '*'));
    }
    let all = sheet.to_string();
    for person in [&town.resident, &first, &second] {
        assert!(!all.contains(person.person().as_str()));
    }
}

#[test]
fn it_is_for_the_kitchen() {
    let town = Town::with_lunch();
    let sheet = town.platform.call(&town.resident, "show_kitchen_sheet", json!({ "id": LUNCH }));
    assert_eq!(sheet.code(), "role-missing");
    let unknown = json!({ "id": "2026-05-03.main.lunch" });
    assert_eq!(town.platform.call(&town.worker, "show_kitchen_sheet", unknown).code(), "menu-unknown");
}
