//! Appeals against notice and removal.

use linli_sdk::prelude::*;
use linli_sdk::testing::{Actor, Outcome};
use serde_json::Value;

use crate::{CODE, Town};

/// A town whose provider has notice.
fn warned() -> Town {
    let town = Town::with_provider();
    town.pay(0, 50);
    town.complain_about(0..6);
    town
}

fn appeal(town: &Town, by: &Actor) -> Outcome {
    town.platform.call(by, "create_appeal", json!({ "id": CODE, "reason": "三起投诉为同一天停水所致" }))
}

fn decide(town: &Town, appeal: &Value, decision: &str) -> Outcome {
    let decision = json!({ "id": appeal["id"], "decision": decision, "reason": "已核实" });
    town.platform.call(&town.reviewer, "decide_appeal", decision)
}

#[test]
fn there_is_something_to_appeal_against_or_there_is_not() {
    let town = Town::with_provider();
    assert_eq!(appeal(&town, &town.merchant).code(), "nothing-to-appeal");
    let town = warned();
    assert_eq!(appeal(&town, &town.customer).code(), "provider-not-yours");
    appeal(&town, &town.platform.provider(CODE)).created();
    assert_eq!(appeal(&town, &town.merchant).code(), "appeal-made", "one against each notice");
}

#[test]
fn nobody_is_removed_while_an_appeal_waits() {
    let town = warned();
    let open = appeal(&town, &town.merchant).created();
    town.platform.advance(20 * 86_400);
    assert_eq!(town.standing(), "active");
    let (queue, _) = town.platform.call(&town.reviewer, "list_appeals", json!({})).page();
    assert_eq!(queue[0]["id"], open["id"]);
    assert_eq!(decide(&town, &open, "reject").ok()["status"], "rejected");
    town.platform.settle();
    assert_eq!(town.standing(), "removed", "the notice had ended");
    assert_eq!(decide(&town, &open, "uphold").code(), "appeal-decided");
    assert_eq!(town.published("appeal.decided").len(), 1);
}

#[test]
fn an_appeal_that_is_rejected_early_leaves_the_notice_its_time() {
    let town = warned();
    let open = appeal(&town, &town.merchant).created();
    decide(&town, &open, "reject").ok();
    town.platform.settle();
    assert_eq!(town.standing(), "active");
    town.platform.advance(15 * 86_400);
    assert_eq!(town.standing(), "removed");
}

#[test]
fn an_appeal_that_is_upheld_lets_the_counting_begin_anew() {
    let town = warned();
    let open = appeal(&town, &town.merchant).created();
    decide(&town, &open, "uphold").ok();
    town.platform.advance(86_400);
    let shown = town.shown();
    assert_eq!((&shown["removal_at"], &shown["complaints"]["orders"]), (&json!(null), &json!(0)));
    town.complain_about(6..10);
    assert_eq!(town.shown()["removal_at"], json!(null), "those are about orders that no longer count");
    town.platform.advance(20 * 86_400);
    assert_eq!(town.standing(), "active");
}

#[test]
fn who_was_removed_may_appeal_for_thirty_days_and_comes_back_if_upheld() {
    let town = warned();
    town.platform.advance(45 * 86_400);
    assert_eq!(town.standing(), "removed");
    let open = appeal(&town, &town.merchant).created();
    assert_eq!(town.standing(), "removed");
    decide(&town, &open, "uphold").ok();
    town.platform.settle();
    assert_eq!(town.standing(), "active");
    let town = warned();
    town.platform.advance(45 * 86_400 + 1);
    assert_eq!(appeal(&town, &town.merchant).code(), "appeal-late");
}

#[test]
fn who_comes_back_after_the_licence_has_ended_is_suspended() {
    let town = Town::new();
    let mut application = Town::application(CODE);
    application["licence"]["valid_until"] = json!("2026-05-20");
    town.admit(application);
    town.pay(0, 50);
    town.complain_about(0..6);
    town.platform.advance(30 * 86_400);
    assert_eq!(town.standing(), "removed");
    let open = appeal(&town, &town.merchant).created();
    decide(&town, &open, "uphold").ok();
    town.platform.settle();
    assert_eq!((town.standing().as_str(), &town.shown()["cause"]), ("suspended", &json!("licence")));
}

#[test]
fn an_appeal_is_its_providers_and_the_reviewers() {
    let town = warned();
    let open = appeal(&town, &town.merchant).created();
    let show = |actor: &Actor, id: &Value| town.platform.call(actor, "show_appeal", json!({ "id": id }));
    assert_eq!(show(&town.merchant, &open["id"]).ok(), show(&town.reviewer, &open["id"]).ok());
    assert_eq!(show(&town.customer, &open["id"]).code(), "appeal-unknown");
    let both = town.merchant.with_roles(&[Role::Reviewer]);
    let decision = json!({ "id": open["id"], "decision": "uphold", "reason": "自己同意" });
    assert_eq!(town.platform.call(&both, "decide_appeal", decision).code(), "decision-on-oneself");
    let unknown = json!({ "id": "01jx0000000000000000000000" });
    assert_eq!(decide(&town, &unknown, "uphold").code(), "appeal-unknown");
}
