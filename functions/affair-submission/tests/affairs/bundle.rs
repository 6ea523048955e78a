//! The bundle `newborn`: one form, six affairs.

use super::*;

fn part<'a>(shown: &'a Value, affair: &str) -> &'a Value {
    shown["parts"].as_array().unwrap().iter().find(|part| part["affair"] == affair).unwrap()
}

/// Gives a part's case whatever evidence it wants, and grants it.
fn grant(town: &Town, part: &Value) -> Value {
    let case = json!({ "id": part["case"] });
    let shown = town.shown(&town.resident, &case);
    let asked = shown["evidence"].as_array().unwrap().iter().filter(|piece| piece["state"] == "asked");
    let given: Value = asked
        .map(|piece| (piece["id"].as_str().unwrap().to_owned(), json!({ "reference": "store/1" })))
        .collect();
    if !given.as_object().unwrap().is_empty() {
        let _ = town.supplement(&case, json!({}), given).ok();
    }
    town.approve_all(&case)
}

#[test]
fn one_form_hands_in_six_affairs() {
    let town = Town::new();
    let filed = town.file("newborn");
    let parts = filed["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 6);
    for part in parts {
        let case = town.shown(&town.resident, &json!({ "id": part["case"] }));
        assert_eq!((&case["number"], &case["bundle"]), (&part["number"], &filed["id"]));
        assert_eq!(case["status"], "in-progress");
    }
    let registration =
        town.shown(&town.resident, &json!({ "id": part(&filed, "birth-registration")["case"] }));
    assert_eq!(registration["form"]["child"]["birth_certificate"], "甲甲甲甲甲甲");
    assert_eq!(registration["form"]["mother"]["citizen_number"], "1101**********002X");
    assert_eq!(town.decide(&town.worker, &filed, "approve").code(), "case-is-bundle");
    let brought = json!({ "id": filed["id"], "evidence": { "identity-card": { "reference": "store/1" } } });
    assert_eq!(
        town.call(&town.worker, "create_supplement", brought).code(),
        "case-is-bundle",
        "each part is"
    );
    assert_eq!(town.file_form("newborn", sample::form("newborn")).code(), "case-open");
    assert_eq!(town.news().iter().filter(|name| *name == "case.filed").count(), 7);
}

#[test]
fn partial_completion_is_shown_and_the_last_part_finishes_it() {
    let town = Town::new();
    let filed = town.file("newborn");
    let parts = filed["parts"].as_array().unwrap().clone();
    for (done, part) in parts.iter().enumerate() {
        let shown = town.shown(&town.resident, &filed);
        assert_eq!(shown["progress"], json!({ "done": done, "filed": 6, "total": 6 }));
        assert_eq!(shown["status"], "in-progress");
        if done == 2 {
            let _ = town.decide(&town.worker, &json!({ "id": part["case"] }), "reject").ok();
        } else {
            assert_eq!(grant(&town, part)["status"], "approved");
        }
    }
    let shown = town.shown(&town.resident, &filed);
    assert_eq!((&shown["status"], &shown["progress"]["done"]), (&json!("finished"), &json!(6)));
    assert_eq!(shown["parts"][2]["status"], "rejected");
    assert!(shown["parts"][0]["certificate"].is_string());
    town.call(&town.resident, "create_rating", json!({ "id": filed["id"], "stars": 5 })).no_content();
    let _ = town.file("newborn");
}

#[test]
fn a_part_that_fails_does_not_hold_up_the_others_and_is_filed_once_mended() {
    let town = Town::new();
    let mut form = sample::form("newborn");
    form["insured"] = json!(false);
    let filed = town.file_form("newborn", form).created();
    let refused = part(&filed, "maternity-benefit");
    assert_eq!((&refused["refusal"]["code"], &refused["case"]), (&json!("not-eligible"), &Value::Null));
    let others = filed["parts"].as_array().unwrap().iter().filter(|part| part["case"].is_string()).count();
    assert_eq!(others, 5);
    let shown = town.shown(&town.resident, &filed);
    assert_eq!(shown["progress"], json!({ "done": 0, "filed": 5, "total": 6 }));

    let still = town.supplement(&filed, json!({ "hospital": "市妇保院" }), json!({}));
    assert_eq!(still.code(), "nothing-filed");
    let mended = town.supplement(&filed, json!({ "insured": true }), json!({})).ok();
    assert_eq!(mended["progress"], json!({ "done": 0, "filed": 6, "total": 6 }));
    assert!(part(&mended, "maternity-benefit")["number"].is_string());
}

#[test]
fn a_part_that_is_not_wanted_is_not_filed() {
    let town = Town::new();
    let mut form = sample::form("newborn");
    form["benefit"] = json!(false);
    let filed = town.file_form("newborn", form).created();
    assert_eq!(filed["parts"].as_array().unwrap().len(), 5);
}

#[test]
fn a_part_that_is_open_already_is_named_and_a_bundle_of_nothing_is_refused() {
    let town = Town::new();
    let earlier = town.file("vaccination-certificate");
    let filed = town.file("newborn");
    let refused = part(&filed, "vaccination-certificate");
    assert_eq!(refused["refusal"]["code"], "case-open");
    assert_eq!(refused["refusal"]["data"]["case"], earlier["id"]);

    let second = town.file_form("newborn", sample::form("newborn"));
    assert_eq!(second.code(), "case-open", "the bundle itself");
    town.platform.configure("calendars", json!([]));
    let mut form = sample::form("newborn");
    form["child"]["birth_certificate"] = json!("U330000002");
    let nothing = town.file_form("newborn", form).problem();
    assert_eq!(nothing.code, "nothing-filed");
    assert!(nothing.data.unwrap().contains("calendar-unpublished"));
}

#[test]
fn withdrawing_the_bundle_withdraws_what_is_still_open() {
    let town = Town::new();
    let filed = town.file("newborn");
    let parts = filed["parts"].as_array().unwrap().clone();
    assert_eq!(grant(&town, &parts[3])["status"], "approved");
    town.call(&town.resident, "withdraw_case", json!({ "id": filed["id"] })).no_content();
    let shown = town.shown(&town.resident, &filed);
    let statuses: Vec<_> = shown["parts"].as_array().unwrap().iter().map(|part| &part["status"]).collect();
    assert_eq!(statuses, ["withdrawn", "withdrawn", "withdrawn", "approved", "withdrawn", "withdrawn"]);
    assert_eq!(shown["status"], "withdrawn");
    let (queue, _) = town.call(&town.worker, "list_cases", json!({})).page();
    assert!(queue.is_empty());
}

#[test]
fn a_part_that_is_given_up_lets_the_bundle_go_on() {
    let town = Town::new();
    let mut form = sample::form("newborn");
    form["insured"] = json!(false);
    let filed = town.file_form("newborn", form).created();
    for part in filed["parts"].as_array().unwrap().iter().filter(|part| part["case"].is_string()) {
        grant(&town, part);
    }
    assert_eq!(town.shown(&town.resident, &filed)["status"], "in-progress", "one part is not filed yet");
    let given_up = town.supplement(&filed, json!({ "benefit": false }), json!({})).ok();
    assert_eq!(given_up["status"], "finished");
    assert_eq!(given_up["progress"], json!({ "done": 5, "filed": 5, "total": 5 }));
}

#[test]
fn a_part_taken_back_by_itself_counts_as_done() {
    let town = Town::new();
    let filed = town.file("newborn");
    for part in filed["parts"].as_array().unwrap() {
        town.call(&town.resident, "withdraw_case", json!({ "id": part["case"] })).no_content();
    }
    assert_eq!(town.shown(&town.resident, &filed)["status"], "finished");
}

#[test]
fn a_part_that_a_city_does_not_offer_is_left_out() {
    let town = Town::new();
    town.platform.configure("catalogue", json!({ "withdrawn": ["maternity-benefit"] }));
    let shown = town.call(&Actor::anyone(), "get_affair", json!({ "code": "newborn" })).ok();
    assert_eq!(shown["parts"].as_array().unwrap().len(), 5);
    let filed = town.file("newborn");
    assert_eq!(filed["parts"].as_array().unwrap().len(), 5);

    let town = Town::new();
    let mut broken = serde_json::to_value(sample::affair("vaccination-certificate")).unwrap();
    broken["certificate"]["holder"] = json!("/nobody");
    town.platform.configure("catalogue", json!({ "affairs": [broken] }));
    let filed = town.file("newborn");
    assert_eq!(part(&filed, "vaccination-certificate")["refusal"]["code"], "affair-misconfigured");
    assert_eq!(filed["parts"].as_array().unwrap().len(), 6);
}
