//! Calls, end to end.

use std::collections::BTreeSet;
use std::sync::Arc;

use linli_contract::Role;
use linli_host::{CallError, HostLimits, Trust};
use linli_store::Kind;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, by, identity, keyed, note, request, resident};

#[tokio::test]
async fn what_a_command_wrote_a_query_sees() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let created = world.ok(note("buy rice")).await;
    let read = world.ok(request("notebook", "get_note", json!({ "id": created["id"] }))).await;
    assert_eq!(read, created);
    let of_others = world.ok(by(resident("r2"), request("notebook", "list_notes", json!({})))).await;
    assert_eq!(of_others["items"], json!([]));
}

#[tokio::test]
async fn a_problem_is_an_answer_and_writes_nothing_but_the_log() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let code = world.problem(request("notebook", "delete_note", json!({ "id": "none" }))).await;
    assert_eq!(code, "note-unknown");
    assert_eq!(world.rows(Kind::Record), 0);
    assert_eq!(world.rows(Kind::Audit), 1);
}

#[tokio::test]
async fn nothing_runs_for_who_or_what_is_unknown() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let calls = [
        (request("no-such", "x", json!({})), CallError::UnknownComponent),
        (request("notebook", "no_such", json!({})), CallError::UnknownOperation),
        (by(resident("nobody"), note("x")), CallError::UnknownSubject),
        (by(resident("not an id"), note("x")), CallError::UnknownSubject),
    ];
    for (call, error) in calls {
        assert_eq!(world.call(call).await, Err(error));
    }
    world.platform.drain();
    assert_eq!(world.call(note("x")).await, Err(CallError::Draining));
    assert_eq!(world.rows(Kind::Record), 0);
}

#[tokio::test]
async fn the_same_key_gets_the_first_answer_again() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let first = world.call(keyed(1, 1, note("once"))).await.unwrap();
    assert!(!first.replayed);
    let again = world.call(keyed(1, 1, note("once"))).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.answer, first.answer);
    assert_eq!(world.call(keyed(1, 2, note("other"))).await, Err(CallError::KeyReused));
    assert_eq!(world.rows(Kind::Record), 1);
}

#[tokio::test]
async fn problems_are_kept_under_a_key_too() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let call = || keyed(1, 1, request("notebook", "delete_note", json!({ "id": "none" })));
    let first = world.call(call()).await.unwrap();
    let again = world.call(call()).await.unwrap();
    assert!(again.replayed && first.answer == again.answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_with_one_key_one_runs() {
    let world = Arc::new(World::with(&[("notebook", Trust::Core)]).await);
    let mut calls = JoinSet::new();
    for _ in 0..32 {
        let world = world.clone();
        calls.spawn(async move { world.call(keyed(1, 1, note("once"))).await });
    }
    let mut answers = BTreeSet::new();
    let mut first = 0;
    while let Some(called) = calls.join_next().await {
        match called.unwrap() {
            Ok(called) => {
                first += usize::from(!called.replayed);
                answers.insert(format!("{:?}", called.answer));
            }
            Err(error) => assert_eq!(error, CallError::StillRunning),
        }
    }
    assert_eq!((first, answers.len()), (1, 1));
    assert_eq!(world.rows(Kind::Record), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_meet_run_again_until_each_has_its_own_number() {
    let world = Arc::new(World::with(&[("notebook", Trust::Core)]).await);
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let world = world.clone();
        calls.spawn(async move {
            world.ok(request("notebook", "draw_number", json!({}))).await["number"].as_i64()
        });
    }
    let drawn: BTreeSet<_> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(drawn, (1..=100).collect());
}

#[tokio::test]
async fn one_run_too_few_is_unavailable_not_half_done() {
    let limits = HostLimits { command_tries: 0, ..HostLimits::default() };
    let world = World::limited(limits, &[("notebook", Trust::Core)]).await;
    assert_eq!(world.call(note("x")).await, Err(CallError::Unavailable));
    assert_eq!(world.rows(Kind::Record), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_the_queue_full_is_told_when_to_come_again() {
    let limits =
        HostLimits { per_component_concurrency: 1, per_component_waiting: 0, ..HostLimits::default() };
    let world =
        Arc::new(World::limited(limits, &[("hostile", Trust::Plugin), ("notebook", Trust::Core)]).await);
    let mut calls = JoinSet::new();
    for _ in 0..4 {
        let world = world.clone();
        calls.spawn(async move { world.call(request("hostile", "query_endlessly", json!({}))).await });
    }
    let results = calls.join_all().await;
    assert!(results.contains(&Err(CallError::Overloaded { retry_after_seconds: 1 })), "{results:?}");
    assert!(results.contains(&Err(CallError::TimedOut)));
    world.ok(note("others are not touched")).await;
}

#[tokio::test]
async fn points_move_within_what_was_granted() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let card = world.ok(request("notebook", "show_balance", json!({}))).await;
    assert_eq!(card["balance"], 0);
    let to = card["person"].clone();
    let worker = || identity("w1", Role::Worker);
    let award = |amount: i64| request("notebook", "award_points", json!({ "to": to, "amount": amount }));
    world.ok(by(worker(), award(300))).await;
    let other = world.ok(by(resident("r2"), request("notebook", "show_balance", json!({})))).await;
    assert_ne!(other["person"], to, "two people, two references");
    let give =
        |amount: i64| request("notebook", "give_points", json!({ "to": other["person"], "amount": amount }));
    world.ok(give(100)).await;
    assert_eq!(world.problem(give(201)).await, "points-short");
    assert_eq!(world.ok(request("notebook", "show_balance", json!({}))).await["balance"], 200);
    world.ok(by(worker(), award(1_000))).await;
    assert_eq!(world.problem(give(1_001)).await, "points-short", "more than one call may debit");
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(keyed(1, 1, note("x"))).await;
    world.ok(keyed(1, 1, note("x"))).await;
    world.problem(request("notebook", "get_note", json!({ "id": "none" }))).await;
    let metrics = world.platform.metrics();
    let notebook = &metrics.components["notebook"];
    assert_eq!((notebook.ok, notebook.problems, notebook.replayed), (2, 1, 1));
    assert_eq!((notebook.instances, notebook.warm), (1, 1));
    assert_eq!(notebook.latency.iter().sum::<u64>(), 3);
}
