//! What the community adds, by age.

use linli_sdk::people::Denial;

use crate::*;

/// Total, subsidy and what is to pay of an order by somebody of that age.
fn priced(town: &Town, age: u32, quantity: i64) -> (i64, i64, i64) {
    let order = town.order(&town.platform.resident(age), quantity).created();
    let fen = |name: &str| order[name].as_i64().unwrap();
    (fen("total_fen"), fen("subsidy_fen"), fen("to_pay_fen"))
}

#[test]
fn the_share_goes_by_age_and_is_cut_to_the_cap() {
    let town = Town::with_lunch();
    for (age, quantity, expected) in [
        (59, 1, (1_200, 0, 1_200)),
        (60, 1, (1_200, 240, 960)),
        (79, 1, (1_200, 240, 960)),
        (79, 2, (2_400, 300, 2_100)),
        (80, 1, (1_200, 600, 600)),
        (101, 2, (2_400, 600, 1_800)),
    ] {
        assert_eq!(priced(&town, age, quantity), expected, "{age}");
    }
}

#[test]
fn a_person_has_one_cap_for_a_menu_however_many_orders() {
    let town = Town::with_lunch();
    let elder = town.platform.resident(70);
    town.top_up(&elder, 10_000);
    let subsidy = |quantity| town.order(&elder, quantity).created();
    let first = subsidy(1);
    assert_eq!(first["subsidy_fen"], 240);
    assert_eq!(subsidy(1)["subsidy_fen"], 60);
    assert_eq!(subsidy(1)["subsidy_fen"], 0);
    town.act("cancel_order", &elder, &first).ok();
    assert_eq!(subsidy(1)["subsidy_fen"], 240);
}

#[test]
fn it_is_paid_to_the_canteen_when_the_meal_is_picked_up() {
    let town = Town::with_lunch();
    let elder = town.platform.resident(80);
    town.top_up(&elder, 5_000);
    let order = town.order(&elder, 1).created();
    assert_eq!((town.card(&elder), town.accounts()), ((4_400, 600), [5_000, 0, 0, 0]));
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    assert_eq!((town.card(&elder), town.accounts()), ((4_400, 0), [5_000, 600, 1_200, 0]));
}

#[test]
fn a_meal_that_costs_nothing_needs_no_card() {
    let town = Town::with_lunch();
    let bands =
        json!({ "100": { "title": { "zh": "百岁", "en": "A hundred" }, "share": 10_000, "cap_fen": 5_000 } });
    town.platform.configure("subsidy_bands", bands);
    let elder = town.platform.resident(101);
    let order = town.order(&elder, 1).created();
    assert_eq!((&order["to_pay_fen"], &order["status"]), (&json!(0), &json!("paid")));
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    let refund = json!({ "id": order["id"], "reason": "菜品有误" });
    let refunded = town.platform.call(&town.worker, "refund_order", refund).ok();
    assert_eq!((&refunded["refunded_fen"], &refunded["subsidy_fen"]), (&json!(0), &json!(1_200)));
    let second = town.order(&elder, 1);
    assert_eq!(second.code(), "orders-closed");
}

#[test]
fn nobody_comes_for_a_meal_that_costs_nothing() {
    let town = Town::with_lunch();
    let bands = json!({ "0": { "title": { "zh": "全民", "en": "All" }, "share": 10_000, "cap_fen": 5_000 } });
    town.platform.configure("subsidy_bands", bands);
    let order = town.order(&town.resident, 1).created();
    town.platform.advance_to(OVER);
    let shown = town.act("show_order", &town.resident, &order).ok();
    assert_eq!((&shown["status"], &shown["charged_fen"]), (&json!("missed"), &json!(0)));
}

#[test]
fn whose_age_may_not_be_used_pays_the_full_price() {
    let town = Town::with_lunch();
    let elder = town.platform.resident(85);
    for denial in [Denial::NoConsent, Denial::Unknown, Denial::OutOfArea] {
        town.platform.deny(&elder.person(), Attribute::Age, denial);
        let order = town.order(&elder, 1).created();
        assert_eq!(order["subsidy_fen"], 0);
        town.act("cancel_order", &elder, &order).ok();
        town.top_up(&elder, 1_200);
    }
}

#[test]
fn the_look_at_an_age_is_on_record_and_without_bands_there_is_none() {
    let town = Town::with_lunch();
    town.order(&town.resident, 1).created();
    let revealed = town.platform.take_revealed();
    assert_eq!(revealed.len(), 1);
    assert_eq!((&revealed[0].person, revealed[0].attribute), (&town.resident.person(), Attribute::Age));
    town.platform.configure("subsidy_bands", json!({}));
    town.order(&town.platform.resident(90), 1).created();
    assert!(town.platform.take_revealed().is_empty());
}

#[test]
fn everybody_can_read_what_the_community_adds() {
    let town = Town::new();
    let (bands, _) = town.platform.call(&Actor::anyone(), "list_subsidy_bands", json!({})).page();
    let ages: Vec<_> = bands.iter().map(|band| (band["from_age"].clone(), band["to_age"].clone())).collect();
    assert_eq!(ages, [(json!(60), json!(79)), (json!(80), json!(null))]);
    assert_eq!((&bands[1]["share"], &bands[1]["cap_fen"]), (&json!(5_000), &json!(600)));
}

/// A band has no end of its own, and an age is written in one way: bands that overlap cannot be written down.
#[test]
fn bands_that_make_no_sense_are_refused() {
    let declared = MEAL_ORDERING.describe().settings;
    let bands = declared.iter().find(|setting| setting.name == "subsidy_bands").unwrap();
    let schema: Value = serde_json::from_str(&bands.schema).unwrap();
    let band = |share: i64| json!({ "title": { "zh": "档", "en": "Band" }, "share": share, "cap_fen": 300 });
    let refused = |bands: Value| {
        let town = Town::new();
        let configured = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            town.platform.configure("subsidy_bands", bands);
        }));
        configured.is_err()
    };
    assert_eq!(schema["additionalProperties"], false, "{schema}");
    assert!(!refused(json!({ "60": band(2_000), "80": band(0) })));
    for wrong in [
        json!({ "060": band(2_000) }),
        json!({ "150": band(2_000) }),
        json!({ "-1": band(2_000) }),
        json!({ "sixty": band(2_000) }),
        json!({ "60": band(10_001) }),
        json!({ "60": band(-1) }),
        json!({ "60": { "share": 2_000, "cap_fen": 300 } }),
        json!({ "60": { "title": { "zh": "档", "en": "Band" }, "share": 1, "cap_fen": 1, "to_age": 70 } }),
        json!([band(2_000)]),
    ] {
        assert!(refused(wrong.clone()), "{wrong}");
    }
}
