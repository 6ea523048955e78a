//! The rules of earning are data, checked when they are read.

use linli_sdk::prelude::*;
use linli_sdk::testing::Actor;
use serde_json::Value;

use crate::Town;

#[test]
fn everybody_can_read_what_earns_points() {
    let town = Town::new();
    let (rules, _) = town.platform.call(&Actor::anyone(), "list_rules", json!({})).page();
    assert_eq!(rules[0]["id"], "check-in");
    assert_eq!(rules[0]["title"]["en"], "Checked in at an activity");
    assert_eq!(rules[1]["points"], json!({ "fixed": 5 }));
}

#[test]
fn a_city_changes_the_rules_without_changing_code() {
    let town = Town::new();
    town.platform.configure(
        "award_rules",
        json!([{
            "id": "lunch", "title": { "zh": "社区用餐", "en": "Ate at the canteen" },
            "on": "meal-ordering/meal.picked-up", "person": "/eater", "points": { "fixed": 3 }, "daily_cap": 3,
        }]),
    );
    let eaten = json!({ "eater": town.resident.person() });
    town.platform.deliver("meal-ordering", "meal.picked-up", eaten.clone()).unwrap();
    town.platform.deliver("meal-ordering", "meal.picked-up", eaten).unwrap();
    assert_eq!(town.points(), 3);
}

/// Rules are checked when settings are loaded: what cannot be is refused there, by the setting's schema.
#[test]
#[should_panic(expected = "meets the setting's schema")]
fn a_rule_about_an_event_nobody_hears_is_refused() {
    let town = Town::new();
    let title = json!({ "zh": "规则", "en": "A rule" });
    let points = json!({ "fixed": 3 });
    let rule =
        json!({ "id": "x", "title": title, "on": "some/thing.happened", "points": points, "daily_cap": 3 });
    town.platform.configure("award_rules", json!([rule]));
}

#[test]
fn every_event_a_rule_can_be_about_is_subscribed_to_and_no_other() {
    let descriptor = linli_points_redemption::POINTS_REDEMPTION.describe();
    let rules = descriptor.settings.iter().find(|setting| setting.name == "award_rules").unwrap();
    let schema: Value = serde_json::from_str(&rules.schema).unwrap();
    let mut named: Vec<_> = schema["items"]["properties"]["on"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source.as_str().unwrap().to_owned())
        .collect();
    let mut heard: Vec<_> =
        descriptor.subscribes.iter().map(|wanted| format!("{}/{}", wanted.publisher, wanted.name)).collect();
    named.sort();
    heard.sort();
    assert_eq!(named, heard);
}
