//! Handing applications in, changing and withdrawing them, and who sees them.

use linli_sdk::prelude::*;
use linli_sdk::testing::Actor;

use crate::{CODE, OTHER_CODE, Town};

/// GB 32100-2015; the last of the valid ones has the check character 0 of a sum that 31 divides.
#[test]
fn credit_codes_are_checked() {
    for good in ["91350100M000100Y43", "91330106673959654P", "91110000600037341L", "91620105L015101280"] {
        Town::new().apply_with(json!({ "credit_code": good })).created();
    }
    for bad in ["91310115MA1G4L1WXK", "91330106673959654Q", "9133010667395965", "统一社会信用代码", "a/b"]
    {
        let problem = Town::new().apply_with(json!({ "credit_code": bad })).problem();
        assert_eq!(
            (&*problem.code, problem.pointer.as_deref()),
            ("credit-code-invalid", Some("/credit_code"))
        );
    }
}

#[test]
fn the_commission_lies_within_the_band_of_the_category() {
    for (category, commission_bp, fits) in [
        ("housekeeping", 500, true),
        ("housekeeping", 1_000, true),
        ("housekeeping", 499, false),
        ("housekeeping", 1_001, false),
        ("group-buying", 200, true),
        ("group-buying", 201, false),
        ("retail", 300, true),
        ("retail", 200, false),
    ] {
        let outcome = Town::new().apply_with(json!({ "category": category, "commission_bp": commission_bp }));
        if fits {
            outcome.created();
        } else {
            assert_eq!(outcome.code(), "commission-outside-band", "{category} {commission_bp}");
        }
    }
    let problem = Town::new().apply_with(json!({ "commission_bp": 100 })).problem();
    assert_eq!(problem.detail.en, "The commission of this category is 5% to 10%; change it.");
    assert_eq!(Town::new().apply_with(json!({ "category": "banking" })).code(), "category-unknown");
}

#[test]
fn a_city_changes_categories_without_changing_code() {
    let town = Town::new();
    let title = json!({ "zh": "洗衣", "en": "Laundry" });
    let laundry = json!([{ "id": "laundry", "title": title, "min_bp": 250, "max_bp": 350 }]);
    town.platform.configure("categories", laundry.clone());
    town.apply_with(json!({ "category": "laundry", "commission_bp": 300 })).created();
    let (shown, _) = town.platform.call(&Actor::anyone(), "list_categories", json!({})).page();
    assert_eq!(json!(shown), laundry);
}

#[test]
#[should_panic(expected = "meets the setting's schema")]
fn no_city_takes_more_than_a_tenth() {
    let title = json!({ "zh": "洗衣", "en": "Laundry" });
    let dear = json!([{ "id": "laundry", "title": title, "min_bp": 250, "max_bp": 1_001 }]);
    Town::new().platform.configure("categories", dear);
}

#[test]
fn a_licence_is_in_force_today() {
    let with = |from: &str, until: Option<&str>| {
        let licence = json!({ "valid_from": from, "valid_until": until });
        Town::new().apply_with(json!({ "licence": licence }))
    };
    with("2026-05-01", Some("2026-05-01")).created();
    with("2020-01-01", None).created();
    assert_eq!(with("2026-05-02", Some("2030-01-01")).code(), "licence-not-begun");
    assert_eq!(with("2020-01-01", Some("2026-04-30")).code(), "licence-ended");
    assert_eq!(with("2025-01-01", Some("2024-12-31")).code(), "licence-dates");
    let no_such_day = with("2025-02-29", None).problem();
    assert_eq!(
        (no_such_day.code.as_ref(), no_such_day.pointer.as_deref()),
        ("input-unreadable", Some("/licence/valid_from"))
    );
}

#[test]
fn there_is_one_open_application_for_a_company() {
    let town = Town::new();
    let open = town.apply(Town::application(CODE)).created();
    let problem = town.apply(Town::application(CODE)).problem();
    assert_eq!(problem.code, "application-open");
    assert!(problem.data.unwrap().contains(open["id"].as_str().unwrap()), "it names one's own");
    let other = town.platform.call(&town.customer, "create_application", Town::application(CODE)).problem();
    assert_eq!((&*other.code, other.data), ("application-open", None), "and nobody else's");
    town.apply(Town::application(OTHER_CODE)).created();
    let withdraw = || town.platform.call(&town.merchant, "withdraw_application", json!({ "id": open["id"] }));
    withdraw().no_content();
    assert_eq!(withdraw().code(), "application-decided");
    town.apply(Town::application(CODE)).created();
}

#[test]
fn applicants_see_their_own_and_reviewers_the_queue() {
    let town = Town::new();
    let first = town.apply(Town::application(CODE)).created();
    town.platform.advance(60);
    let second = town.apply(Town::application(OTHER_CODE)).created();
    let ids = |actor: &Actor| {
        let (items, _) = town.platform.call(actor, "list_applications", json!({})).page();
        items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&town.reviewer), [first["id"].clone(), second["id"].clone()]);
    assert_eq!(ids(&town.merchant), [second["id"].clone(), first["id"].clone()]);
    assert!(ids(&town.customer).is_empty());
    let show = |actor: &Actor| town.platform.call(actor, "show_application", json!({ "id": first["id"] }));
    assert_eq!(show(&town.reviewer).ok(), show(&town.merchant).ok());
    assert_eq!(show(&town.customer).code(), "application-unknown");
    let machine = town.platform.provider(CODE);
    assert_eq!(show(&machine).ok()["credit_code"], CODE, "the provider it is about sees it too");
}

#[test]
fn a_machine_may_apply_and_nobody_in_particular_may_not() {
    let town = Town::new();
    let machine = town.platform.provider("some-chain");
    town.platform.call(&machine, "create_application", Town::application(CODE)).created();
    let (own, _) = town.platform.call(&machine, "list_applications", json!({})).page();
    assert_eq!(own.len(), 1);
    let nobody = Actor::anyone().with_roles(&[Role::Resident]);
    assert_eq!(
        town.platform.call(&nobody, "create_application", Town::application(OTHER_CODE)).code(),
        "person-needed"
    );
}
