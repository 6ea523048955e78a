//! Answers that are given again: when they are, and everything that keeps them from it.

use std::time::Duration;

use linli_contract::{Identity, Role};
use linli_host::{CallRequest, HostLimits, Trust};
use linli_store::Kind;
use serde_json::{Value as Json, json};

use crate::world::{World, by, guest, identity, morning, note, request, resident};

async fn notebook() -> World {
    World::with(&[("notebook", Trust::Core)]).await
}

fn ask(operation: &str) -> CallRequest {
    request("notebook", operation, json!({}))
}

impl World {
    /// Queries answered by what was kept, so far.
    fn given_again(&self) -> u64 {
        self.platform.metrics().components["notebook"].kept
    }

    /// The answer, and whether it was given before.
    async fn asked(&self, query: CallRequest) -> (Json, bool) {
        let before = self.given_again();
        let answer = self.ok(query).await;
        (answer, self.given_again() > before)
    }

    /// Asks until the answer is kept, and once more, to see that it is.
    async fn settle(&self, query: &CallRequest) -> Json {
        let first = self.ok(query.clone()).await;
        assert_eq!(self.asked(query.clone()).await, (first.clone(), true));
        first
    }

    /// Asks again after something has moved what the answer was made of.
    async fn moved(&self, query: &CallRequest, before: &Json) -> Json {
        let (after, again) = self.asked(query.clone()).await;
        assert!(!again && after != *before, "{before} {after}");
        assert_eq!(self.settle(query).await, after);
        after
    }
}

#[tokio::test]
async fn what_was_read_and_then_written_is_read_again() {
    let world = notebook().await;
    let created = world.ok(note("buy rice")).await;
    let read = request("notebook", "get_note", json!({ "id": created["id"] }));
    assert_eq!(world.settle(&read).await, created);

    world.ok(note("something else")).await;
    assert_eq!(
        world.asked(read.clone()).await,
        (created.clone(), true),
        "another note is none of its business"
    );
    let change =
        |text: &str| request("notebook", "replace_note", json!({ "id": created["id"], "text": text }));
    world.ok(change("buy noodles")).await;
    assert_eq!(world.moved(&read, &created).await["text"], "buy noodles");

    world.ok(request("notebook", "delete_note", json!({ "id": created["id"] }))).await;
    assert_eq!(world.problem(read.clone()).await, "note-unknown");
    let before = world.given_again();
    assert_eq!(world.problem(read).await, "note-unknown", "a problem is an answer");
    assert_eq!(world.given_again(), before + 1);
}

#[tokio::test]
async fn ranges_counts_levels_and_balances_are_read_again_when_they_move() {
    let world = notebook().await;
    let reference = world.ok(ask("show_balance")).await["person"].clone();
    let worker = || identity("w1", Role::Worker);
    let award = by(worker(), request("notebook", "award_points", json!({ "to": reference, "amount": 5 })));
    let moves = [
        (ask("list_notes"), note("one more")),
        (by(worker(), ask("list_numbers")), ask("draw_number")),
        (ask("count_numbers"), ask("draw_number")),
        (ask("show_copies"), ask("take_copy")),
        (ask("show_balance"), award),
    ];
    for (query, command) in moves {
        let mut seen = world.settle(&query).await;
        for _ in 0..3 {
            world.ok(command.clone()).await;
            seen = world.moved(&query, &seen).await;
        }
    }
}

#[tokio::test]
async fn who_asks_counts_where_the_guest_looked_and_nowhere_else() {
    let world = notebook().await;
    let created = world.ok(note("mine")).await;
    let read = request("notebook", "get_note", json!({ "id": created["id"] }));
    world.settle(&read).await;
    assert!(world.asked(by(resident("r2"), read)).await.1, "a note is the same for everybody");

    let mine = world.settle(&ask("list_notes")).await;
    let (theirs, again) = world.asked(by(resident("r2"), ask("list_notes"))).await;
    assert!(!again && theirs != mine);
    assert!(world.asked(by(resident("r2"), ask("list_notes"))).await.1);
    assert_eq!(world.asked(ask("list_notes")).await, (mine, true));

    world.settle(&ask("show_balance")).await;
    let (theirs, again) = world.asked(by(resident("r2"), ask("show_balance"))).await;
    assert!(
        !again && theirs != world.ok(ask("show_balance")).await,
        "an account of the subject is the caller's"
    );
    let in_another_role = Identity { roles: vec![Role::Resident, Role::Worker], ..resident("r1") };
    assert!(!world.asked(by(in_another_role, ask("list_notes"))).await.1);
}

#[tokio::test]
async fn whoever_may_not_call_gets_nothing_that_is_kept() {
    let world = notebook().await;
    world.settle(&ask("count_numbers")).await;
    let unknown = world.call(by(resident("nobody"), ask("count_numbers"))).await;
    assert_eq!(unknown, Err(linli_host::CallError::UnknownSubject));
    world.platform.drain();
    assert_eq!(world.call(ask("count_numbers")).await, Err(linli_host::CallError::Draining));
}

#[tokio::test]
async fn an_answer_stands_until_a_moment_it_was_compared_with() {
    let world = notebook().await;
    let noon = "2026-05-01T04:00:00Z";
    let passed = request("notebook", "show_passed", json!({ "moment": noon }));
    assert_eq!(world.settle(&passed).await, false);
    world.clock.set(noon.parse::<linli_contract::Timestamp>().unwrap().plus_micros(-1));
    assert_eq!(world.asked(passed.clone()).await, (json!(false), true));
    world.clock.advance(Duration::from_micros(1));
    assert_eq!(world.moved(&passed, &json!(false)).await, true);
    world.clock.advance(Duration::from_secs(86_400 * 365));
    assert_eq!(world.asked(passed.clone()).await, (json!(true), true));
    world.clock.set(morning());
    assert_eq!(world.asked(passed).await, (json!(false), false), "a clock may be set back");
}

#[tokio::test]
async fn time_passes_with_the_commits_of_the_community_too() {
    let world = notebook().await;
    let noon: linli_contract::Timestamp = "2026-05-01T04:00:00Z".parse().unwrap();
    let passed = request("notebook", "show_passed", json!({ "moment": noon }));
    world.settle(&passed).await;
    world.clock.set(noon);
    world.ok(note("after noon")).await;
    world.clock.set(morning());
    assert_eq!(world.asked(passed).await, (json!(true), false), "`now` is never before the last commit");
}

#[tokio::test]
async fn the_hour_is_given_until_it_is_over() {
    let world = notebook().await;
    let hour = world.settle(&ask("show_hour")).await;
    assert_eq!(hour, "2026-05-01T01:00:00Z");
    world.clock.advance(Duration::from_secs(1_799));
    assert_eq!(world.asked(ask("show_hour")).await, (hour.clone(), true));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.moved(&ask("show_hour"), &hour).await, "2026-05-01T02:00:00Z");
}

#[tokio::test]
async fn what_no_other_call_shares_is_never_given_again() {
    let world = notebook().await;
    // The time, randomness, what is logged, people.
    for operation in ["show_time", "show_chance", "murmur", "show_card"] {
        for _ in 0..3 {
            world.ok(ask(operation)).await;
        }
        assert_eq!(world.given_again(), 0, "{operation}");
    }
    let metrics = world.platform.metrics();
    assert_eq!(metrics.components["notebook"].not_kept, 12);
    assert_eq!(world.rows(Kind::Audit), 0);
}

#[tokio::test]
async fn failures_are_not_kept() {
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    for _ in 0..2 {
        assert!(world.call(request("hostile", "reply_brokenly", json!({}))).await.is_err());
    }
    assert_eq!(world.platform.metrics().components["hostile"].kept, 0);
}

#[tokio::test]
async fn a_component_that_takes_anothers_place_answers_anew() {
    let world = notebook().await;
    let before = world.settle(&ask("count_numbers")).await;
    world.platform.load(&guest("notebook"), Trust::Core).await.unwrap();
    assert_eq!(world.asked(ask("count_numbers")).await, (before, false));
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let passed = |second: usize| {
        let moment = morning().plus_seconds(3_600 + second as i64);
        request("notebook", "show_passed", json!({ "moment": moment }))
    };
    for (limits, kept) in [
        (HostLimits { kept_answers: 0, ..HostLimits::default() }, 0..=0),
        (HostLimits { kept_answers: 32, ..HostLimits::default() }, 1..=32),
        (HostLimits { kept_answer_bytes: 16 * 1_024, ..HostLimits::default() }, 1..=64),
        (HostLimits { kept_answer_bytes: 16, ..HostLimits::default() }, 0..=0),
        (HostLimits::default(), 200..=200),
    ] {
        let world = World::limited(limits, &[("notebook", Trust::Core)]).await;
        for second in 0..200 {
            world.ok(passed(second)).await;
        }
        let mut again = 0;
        // Backwards: what came last is there.
        for second in (0..200).rev() {
            again += u64::from(world.asked(passed(second)).await.1);
        }
        assert!(kept.contains(&again), "{again} in {kept:?}");
    }
}

#[tokio::test]
async fn what_read_too_much_is_not_kept() {
    let limits = HostLimits { kept_answer_reads: 3, ..HostLimits::default() };
    let world = World::limited(limits, &[("notebook", Trust::Core)]).await;
    world.ok(note("one")).await;
    world.settle(&ask("list_notes")).await;
    world.ok(note("two")).await;
    world.ok(note("three")).await;
    world.ok(ask("list_notes")).await;
    assert!(!world.asked(ask("list_notes")).await.1, "a range and three documents");
}

#[tokio::test]
async fn what_the_registry_says_is_asked_again_when_it_changes() {
    let world = notebook().await;
    let worker = || identity("w1", Role::Worker);
    let shown = by(worker(), request("notebook", "show_provider", json!({ "provider": "kitchen" })));
    assert_eq!(world.settle(&shown).await, Json::Null);
    let registration = json!({
        "provider": "kitchen", "commission": 10, "standing": "active", "licensed_until": "2027-01-01T00:00:00Z",
    });
    world.ok(by(worker(), request("notebook", "register_provider", registration))).await;
    assert_eq!(world.platform.deliver_due().await, 1);
    assert_eq!(world.moved(&shown, &Json::Null).await, "active");
}
