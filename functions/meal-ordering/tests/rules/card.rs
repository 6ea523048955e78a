//! The meal card.

use linli_sdk::people::Denial;

use crate::*;

fn top_up(town: &Town, resident: PersonRef, fen: i64) -> Outcome {
    let top_up = json!({ "resident": resident, "amount_fen": fen, "receipt": "A-17" });
    town.platform.call(&town.worker, "create_top_up", top_up)
}

#[test]
fn a_worker_takes_cash_and_sees_whose_card_it_is() {
    let town = Town::new();
    let topped = top_up(&town, town.resident.person(), 3_000).created();
    assert!(text(&topped["name_masked"]).ends_with('*'));
    assert_eq!((&topped["amount_fen"], &topped["balance_fen"]), (&json!(3_000), &json!(3_000)));
    assert_eq!(top_up(&town, town.resident.person(), 500).created()["balance_fen"], 3_500);
    assert_eq!(town.card(&town.resident), (3_500, 0));
    assert_eq!(town.news(), ["card.topped-up", "card.topped-up"]);
}

#[test]
fn amounts_are_bounded_at_once_and_on_the_card() {
    let town = Town::with_lunch();
    let problem = top_up(&town, town.resident.person(), 50_001).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "maximum_fen")), ("top-up-too-large", json!(50_000)));
    for _ in 0..10 {
        top_up(&town, town.resident.person(), 50_000).created();
    }
    // What is set aside for a meal is still on the card.
    town.order(&town.resident, 1).created();
    let problem = top_up(&town, town.resident.person(), 1).problem();
    assert_eq!((problem.code.as_ref(), member(&problem, "room_fen")), ("card-full", json!(0)));
    for fen in [0, -1, 500_001] {
        assert_eq!(top_up(&town, town.resident.person(), fen).code(), "schema-violated");
    }
}

#[test]
fn nobody_tops_up_their_own_card_or_one_of_nobody_or_of_another_community() {
    let town = Town::new();
    assert_eq!(top_up(&town, town.worker.person(), 1).code(), "top-up-to-oneself");
    assert_eq!(top_up(&town, "a".repeat(26).parse().unwrap(), 1).code(), "resident-unknown");
    let far = town.platform.resident(50).person();
    town.platform.deny(&far, Attribute::Name, Denial::OutOfArea);
    assert_eq!(top_up(&town, far, 1).code(), "resident-of-another-area");
    let own = json!({ "resident": town.resident.person(), "amount_fen": 1 });
    assert_eq!(town.platform.call(&town.resident, "create_top_up", own).code(), "role-missing");
}

#[test]
fn every_fen_stands_on_the_card_newest_first() {
    let town = Town::with_lunch();
    town.platform.fund(&town.resident, "CNY", 7);
    let order = town.eaten();
    let refund = json!({ "id": order["id"], "reason": "菜品有误" });
    town.platform.call(&town.worker, "refund_order", refund).ok();
    let card = town.platform.call(&town.resident, "show_card", json!({})).ok();
    assert_eq!(card["person"], json!(town.resident.person()));
    let told: Vec<_> = card["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (text(&entry["kind"]), entry["amount_fen"].as_i64().unwrap(), text(&entry["text"]["en"]))
        })
        .collect();
    let expected = [
        ("refund", 1_200, "Given back: 2026-05-02 Lunch, 社区长者食堂"),
        ("meal", -1_200, "Meal: 2026-05-02 Lunch, 社区长者食堂"),
        ("top-up", 5_000, "Paid in at the counter"),
        ("other", 7, "test"),
    ];
    assert_eq!(told, expected.map(|(kind, fen, text)| (kind.to_owned(), fen, text.to_owned())));
    assert_eq!(card["entries"][0]["reference"], order["id"]);
    assert_eq!(card["entries"][0]["balance_fen"], 5_007);
    let short = town.platform.call(&town.resident, "show_card", json!({ "limit": 1 })).ok();
    assert_eq!(short["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn a_card_is_a_persons() {
    let town = Town::new();
    let machine = town.platform.provider("garden-foods").with_roles(&[Role::Resident]);
    assert_eq!(town.platform.call(&machine, "show_card", json!({})).code(), "person-needed");
}

#[test]
fn a_worker_counts_the_till_by_what_they_took() {
    let town = Town::new();
    top_up(&town, town.resident.person(), 3_000).created();
    town.platform.advance(60);
    top_up(&town, town.resident.person(), 500).created();
    let list = |who: &Actor| town.platform.call(who, "list_top_ups", json!({}));
    let taken: Vec<_> = list(&town.worker).page().0.iter().map(|taken| taken["amount_fen"].clone()).collect();
    assert_eq!(taken, [500, 3_000]);
    assert!(list(&town.platform.worker()).page().0.is_empty());
    assert_eq!(list(&town.resident).code(), "role-missing");
}
