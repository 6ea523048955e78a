//! Balance and statement.

use linli_sdk::prelude::*;

use crate::{Town, text};

#[test]
fn every_point_stands_on_the_statement_newest_first() {
    let town = Town::new();
    let award = town.give(100);
    let redeemed = town.redeem(&town.offer(30, 5), 1).created();
    town.cancel(&redeemed).ok();
    let (lines, next) = town.platform.call(&town.resident, "list_statement", json!({})).page();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            (text(&line["kind"]), line["points"].as_i64().unwrap(), line["balance"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [("return".into(), 30, 100), ("redemption".into(), -30, 70), ("award".into(), 100, 100)]
    );
    assert_eq!(lines[0]["text"], json!({ "zh": "退回：洗洁精 ×1", "en": "Given back: 洗洁精 ×1" }));
    assert_eq!(lines[2]["text"]["zh"], "社区发放：志愿服务");
    assert_eq!(lines[2]["reference"], award["id"]);
    assert_eq!(next, None);
}

#[test]
fn a_statement_goes_on_where_the_page_before_ended() {
    let town = Town::new();
    for points in 1..=5 {
        town.give(points);
    }
    let (mut told, mut cursor) = (Vec::new(), None);
    loop {
        let input =
            cursor.map_or(json!({ "limit": 2 }), |cursor: String| json!({ "limit": 2, "cursor": cursor }));
        let (lines, next) = town.platform.call(&town.resident, "list_statement", input).page();
        told.extend(lines.iter().map(|line| line["points"].as_i64().unwrap()));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(told, [5, 4, 3, 2, 1]);
    let foreign = json!({ "cursor": "A".repeat(24) });
    assert!(town.platform.call(&town.resident, "list_statement", foreign).page().0.is_empty());
    let broken = json!({ "cursor": "nothing" });
    assert_eq!(town.platform.call(&town.resident, "list_statement", broken).code(), "schema-violated");
}

#[test]
fn the_balance_as_of_a_past_moment_is_what_it_was_then() {
    let town = Town::new();
    town.give(100);
    town.platform.advance_to("2026-06-01T09:00:00+08:00");
    town.give(50);
    let at = |at: &str| town.platform.call(&town.resident, "show_balance", json!({ "at": at }));
    assert_eq!(at("2026-04-30T00:00:00+08:00").ok()["points"], 0);
    assert_eq!(at("2026-05-15T00:00:00+08:00").ok()["points"], 100);
    assert_eq!(at("2026-06-01T09:00:00+08:00").ok()["points"], 150);
    assert_eq!(at("2026-06-01T09:00:01+08:00").code(), "balance-of-the-future");
    assert_eq!(at("yesterday").code(), "schema-violated");
}

#[test]
fn points_that_ended_and_points_taken_back_are_told_apart() {
    let town = Town::new();
    town.give(100);
    let mistake = town.give(40);
    let revocation = json!({ "id": mistake["id"], "reason": "登记有误" });
    town.platform.call(&town.worker, "revoke_award", revocation).ok();
    town.platform.advance_to("2028-06-01T00:00:00+08:00");
    let (lines, _) = town.platform.call(&town.resident, "list_statement", json!({ "limit": 2 })).page();
    assert_eq!((&lines[0]["kind"], &lines[0]["points"]), (&json!("ended"), &json!(-100)));
    assert_eq!((&lines[1]["kind"], &lines[1]["points"]), (&json!("clawback"), &json!(-40)));
    assert_eq!(lines[1]["text"]["en"], "Points taken back: 登记有误");
}

#[test]
fn a_line_of_another_service_is_shown_as_it_wrote_it() {
    let town = Town::new();
    town.platform.fund(&town.resident, "points", 5);
    let (lines, _) = town.platform.call(&town.resident, "list_statement", json!({})).page();
    assert_eq!((&lines[0]["kind"], &lines[0]["text"]["zh"]), (&json!("other"), &json!("test")));
}
