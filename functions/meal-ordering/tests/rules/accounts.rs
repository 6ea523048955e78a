//! The component's own accounts.

use crate::*;

fn settle(town: &Town, account: &str, fen: i64) -> Outcome {
    let settlement = json!({ "account": account, "amount_fen": fen, "reference": "2026-05" });
    town.platform.call(&town.worker, "create_settlement", settlement)
}

/// An elder of 85 has eaten: 600 fen from the card, 600 of subsidy.
fn lunch_eaten() -> (Town, Value) {
    let town = Town::with_lunch();
    let elder = town.platform.resident(85);
    town.top_up(&elder, 5_000);
    let order = town.order(&elder, 1).created();
    town.platform.advance_to(SERVED);
    town.pick_up(&order).created();
    (town, order)
}

#[test]
fn what_is_settled_moves_against_the_cash() {
    let (town, _) = lunch_eaten();
    assert_eq!(town.accounts(), [5_000, 600, 1_200, 0]);
    assert_eq!(settle(&town, "subsidy", 400).created()["left_fen"], 200);
    assert_eq!(town.accounts(), [5_400, 200, 1_200, 0]);
    town.platform.advance(60);
    assert_eq!(settle(&town, "sales", 1_200).created()["left_fen"], 0);
    // What is left in the till is what is on the cards, less what is still to come.
    assert_eq!(town.accounts(), [4_200, 200, 0, 0]);
    let (settled, _) = town.platform.call(&town.worker, "list_settlements", json!({})).page();
    let told: Vec<_> = settled.iter().map(|one| (&one["account"], &one["amount_fen"])).collect();
    assert_eq!(told, [(&json!("sales"), &json!(1_200)), (&json!("subsidy"), &json!(400))]);
}

#[test]
fn no_more_is_settled_than_there_is() {
    let (town, _) = lunch_eaten();
    let problem = settle(&town, "subsidy", 601).problem();
    assert_eq!(
        (problem.code.as_ref(), member(&problem, "outstanding_fen")),
        ("settlement-too-large", json!(600))
    );
    settle(&town, "subsidy", 600).created();
    assert_eq!(settle(&town, "subsidy", 1).code(), "settlement-too-large");
    assert_eq!(settle(&town, "claims", 1).code(), "settlement-too-large");
    for (account, fen) in [("float", 1), ("sales", 0), ("sales", -1)] {
        assert_eq!(settle(&town, account, fen).code(), "schema-violated");
    }
}

#[test]
fn a_refund_does_not_wait_for_takings_that_were_handed_on() {
    let (town, order) = lunch_eaten();
    settle(&town, "sales", 1_200).created();
    let refund = json!({ "id": order["id"], "reason": "菜品有误" });
    town.platform.call(&town.worker, "refund_order", refund).ok();
    assert_eq!(town.accounts(), [3_800, 0, -1_200, 0]);
    assert_eq!(settle(&town, "sales", 1).code(), "settlement-too-large");
}

#[test]
fn accounts_are_for_workers() {
    let town = Town::new();
    for who in [&town.resident, &town.platform.provider("garden-foods")] {
        assert_eq!(town.platform.call(who, "show_accounts", json!({})).code(), "role-missing");
        let settlement = json!({ "account": "sales", "amount_fen": 1, "reference": "1" });
        assert_eq!(town.platform.call(who, "create_settlement", settlement).code(), "role-missing");
    }
}
