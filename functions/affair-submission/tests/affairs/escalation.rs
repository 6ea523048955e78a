//! Steps that are late climb the chain; steps that nobody does raise an alarm.

use super::*;

#[test]
fn a_late_step_goes_up_the_chain_and_ends_in_an_alarm() {
    let town = Town::new();
    town.platform.advance_to("2026-05-11T10:00:00+08:00");
    let filed = town.file("elder-card");
    town.news();
    town.platform.advance_to("2026-05-12T23:59:58+08:00");
    assert_eq!(town.decide(&town.officer, &filed, "approve").code(), "step-of-another-office");
    town.platform.advance(2);
    let event = &town.platform.take_published()[0];
    assert_eq!(event.name, "step.overdue");
    assert_eq!(
        (&event.content["step"], &event.content["from"], &event.content["to"]),
        (&json!("accept"), &json!("worker"), &json!("officer"))
    );
    assert_eq!(town.shown(&town.worker, &filed)["office"], "officer");
    // The link has a working day of its own; then there is no further one.
    town.platform.advance_to("2026-05-13T23:59:58+08:00");
    assert!(town.news().is_empty());
    town.platform.advance(2);
    let event = &town.platform.take_published()[0];
    assert_eq!((event.name.as_str(), &event.content["cause"]), ("case.alarmed", &json!("chain-ended")));
    assert_eq!(town.shown(&town.worker, &filed)["alarmed"], true);
    town.platform.advance(20 * 86_400);
    assert!(town.news().is_empty(), "said once");
    // Those who were late may still act, and so may those who took over.
    let next = town.decide(&town.officer, &filed, "approve").ok();
    assert_eq!((&next["alarmed"], &next["office"]), (&json!(false), &json!("worker")));
    let what: Vec<_> = next["timeline"].as_array().unwrap().iter().map(|entry| &entry["what"]).collect();
    assert_eq!(what, ["filed", "escalated", "alarmed", "step-approved"]);
}

#[test]
fn a_step_done_in_time_disturbs_nobody() {
    let town = Town::new();
    let filed = town.file("elder-card");
    town.approve_all(&filed);
    town.news();
    town.platform.advance(60 * 86_400);
    assert!(town.news().is_empty());
}

#[test]
fn a_step_without_anybody_on_duty_raises_an_alarm_at_once_and_goes_up() {
    let town = Town::new();
    town.platform.configure("staff", json!({ "communities": { "330105001001": ["worker", "officer"] } }));
    let filed = town.file("residence-proof");
    town.news();
    let next = town.decide(&town.worker, &filed, "approve").ok();
    assert_eq!(
        (&next["step"]["id"], &next["office"], &next["alarmed"]),
        (&json!("visit"), &json!("officer"), &json!(true))
    );
    let event = &town.platform.take_published()[0];
    assert_eq!(
        (event.name.as_str(), &event.content["cause"], &event.content["office"]),
        ("case.alarmed", &json!("unstaffed"), &json!("grid-worker"))
    );
    let _ = town.decide(&town.officer, &filed, "approve").ok();
}

#[test]
fn where_nobody_at_all_is_on_duty_the_case_stays_in_the_queue_with_its_alarm() {
    let town = Town::new();
    town.platform.configure("staff", json!({ "communities": { "330105001001": [] } }));
    let filed = town.file("elder-card");
    assert_eq!(town.news(), ["case.alarmed", "case.filed"]);
    let (queue, _) = town.call(&town.officer, "list_cases", json!({})).page();
    assert_eq!((queue.len(), &queue[0]["alarmed"]), (1, &json!(true)));
    town.platform.configure("staff", json!({ "communities": { "330105001002": [] } }));
    assert_eq!(town.approve_all(&filed)["status"], "approved");
}

#[test]
fn a_chain_that_reaches_an_unpublished_year_raises_an_alarm() {
    let town = Town::new();
    town.platform.advance_to("2026-12-24T09:00:00+08:00");
    let filed = town.file("elder-card");
    let _ = town.decide(&town.worker, &filed, "approve").ok();
    let _ = town.decide(&town.worker, &filed, "approve").ok();
    town.news();
    // The last step is due on 28 December, its link on the 29th.
    town.platform.advance_to("2026-12-31T09:00:00+08:00");
    let second = town.call(
        &town.platform.resident(70),
        "create_case",
        json!({ "affair": "pension-qualification", "form": sample::form("pension-qualification") }),
    );
    assert_eq!(second.code(), "calendar-unpublished");
    assert_eq!(town.news(), ["step.overdue", "case.alarmed"]);

    let town = Town::new();
    town.platform.advance_to("2026-12-29T09:00:00+08:00");
    let _ = town.file("pension-qualification");
    town.news();
    town.platform.advance_to("2027-01-01T09:00:00+08:00");
    let events = town.platform.take_published();
    assert_eq!(
        (events[1].name.as_str(), &events[1].content["cause"]),
        ("case.alarmed", &json!("calendar-unpublished"))
    );
}

/// A timer may come twice, or late: it is about one step at one link of the chain, and says nothing about any other.
#[test]
fn a_timer_that_has_had_its_say_says_nothing_more() {
    let town = Town::new();
    let filed = town.file("elder-card");
    town.news();
    let fire = |step: i64, level: i64| {
        let about = json!({ "case": filed["id"], "step": step, "level": level });
        town.platform.deliver("affair-submission", "step.due", about).unwrap();
        town.news()
    };
    assert!(fire(1, 0).is_empty(), "a step that has not begun");
    assert_eq!(fire(0, 0), ["step.overdue"]);
    assert!(fire(0, 0).is_empty(), "twice");
    let _ = town.decide(&town.worker, &filed, "return").ok();
    town.news();
    assert!(fire(0, 1).is_empty(), "while the clock stands still");
    let _ = town.supplement(&filed, json!({ "photo": "store/2" }), json!({})).ok();
    let _ = town.decide(&town.worker, &filed, "reject").ok();
    town.news();
    assert!(fire(0, 1).is_empty(), "a case that is closed");
    let nothing = json!({ "case": "01hzzzzzzzzzzzzzzzzzzzzzzz", "step": 0, "level": 0 });
    town.platform.deliver("affair-submission", "step.due", nothing).unwrap();
}
