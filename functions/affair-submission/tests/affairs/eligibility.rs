//! Yes, no, perhaps: asked before a form is filled in, and again when it is filed.

use super::*;

fn ask(town: &Town, who: &Actor, affair: &str, answers: Value) -> Value {
    town.call(who, "check_eligibility", json!({ "code": affair, "answers": answers })).ok()
}

#[test]
fn the_directory_answers_for_a_resident_and_nobody_for_a_stranger() {
    let town = Town::new();
    assert_eq!(ask(&town, &town.resident, "elder-card", json!({}))["verdict"], "yes");
    assert_eq!(town.platform.take_revealed()[0].attribute, Attribute::Age, "a look at an age is logged");
    let young = town.platform.resident(59);
    let no = ask(&town, &young, "elder-card", json!({}));
    assert_eq!((&no["verdict"], &no["reasons"][0]["rule"]), (&json!("no"), &json!("age")));
    assert_eq!(no["reasons"][0]["reason"]["en"], "You must be 60 or older.");
    let perhaps = ask(&town, &Actor::anyone(), "elder-card", json!({}));
    assert_eq!((&perhaps["verdict"], &perhaps["reasons"][0]["asks"]), (&json!("perhaps"), &json!("age")));
    let unwilling = town.platform.resident(70);
    town.platform.deny(&unwilling.person(), Attribute::Age, linli_sdk::people::Denial::NoConsent);
    assert_eq!(ask(&town, &unwilling, "elder-card", json!({}))["verdict"], "perhaps");
    assert_eq!(
        town.call(&town.resident, "check_eligibility", json!({ "code": "none" })).code(),
        "affair-unknown"
    );
}

#[test]
fn what_is_not_answered_yet_makes_it_perhaps_and_one_no_is_enough() {
    let town = Town::new();
    let verdict = |answers: Value| {
        let told = ask(&town, &Actor::anyone(), "minimum-living-allowance", answers);
        (told["verdict"].as_str().unwrap().to_owned(), told["reasons"].as_array().unwrap().len())
    };
    let all = json!({ "monthly_income_per_head_fen": 100_000, "homes": 1, "car": false, "savings_fen": 0 });
    assert_eq!(verdict(json!({})), ("perhaps".to_owned(), 4));
    assert_eq!(verdict(json!({ "car": false })), ("perhaps".to_owned(), 4));
    assert_eq!(verdict(all), ("yes".to_owned(), 4));
    assert_eq!(verdict(json!({ "car": true })), ("no".to_owned(), 4));
    assert_eq!(verdict(json!({ "monthly_income_per_head_fen": 120_600 })), ("no".to_owned(), 4));
    assert_eq!(verdict(json!({ "car": "yes" })), ("no".to_owned(), 4), "another type is not the value");
}

#[test]
fn a_rule_for_some_is_no_rule_for_the_others() {
    let town = Town::new();
    let told = |answers: Value| ask(&town, &Actor::anyone(), "disability-subsidy", answers);
    let living = told(json!({ "subsidy": "living", "low_income": true, "grade": 4 }));
    assert_eq!((&living["verdict"], living["reasons"].as_array().unwrap().len()), (&json!("yes"), 1));
    let care = told(json!({ "subsidy": "care", "grade": 3, "other_care": false }));
    assert_eq!(care["verdict"], "no");
    // Whether the rule applies is not known, but it would be met.
    let open = told(json!({ "low_income": true, "grade": 1, "other_care": false }));
    assert_eq!(open["verdict"], "yes");
    assert_eq!(told(json!({ "grade": 3, "low_income": true, "other_care": false }))["verdict"], "perhaps");
}

#[test]
fn a_plain_no_cannot_be_filed_and_perhaps_is_for_the_office() {
    let town = Town::new();
    let mut form = sample::form("minimum-living-allowance");
    form["car"] = json!(true);
    let problem = town.file_form("minimum-living-allowance", form).problem();
    assert_eq!(problem.code, "not-eligible");
    assert!(problem.detail.zh.contains("家庭不得拥有机动车辆"));
    town.platform.deny(&town.resident.person(), Attribute::Age, linli_sdk::people::Denial::NoConsent);
    let _ = town.file("elder-card");
}
