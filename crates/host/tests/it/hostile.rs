//! Components that misbehave cost their own caller an error, and leave nothing behind.

use std::sync::Arc;

use linli_contract::{Answer, Content};
use linli_host::{CallError, HostLimits, Trust};
use linli_store::Kind;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, keyed, note, request};

async fn fails(operation: &str, input: serde_json::Value, error: CallError) {
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    assert_eq!(world.call(request("hostile", operation, input)).await, Err(error), "{operation}");
    assert_eq!(world.rows(Kind::Record) + world.rows(Kind::Stock), 0, "{operation} left something behind");
    let traces = world.ok(request("hostile", "list_traces", json!({}))).await;
    assert_eq!(traces["items"], json!([]), "the next call is served");
}

#[tokio::test]
async fn an_endless_loop_is_stopped() {
    fails("loop_endlessly", json!({}), CallError::TimedOut).await;
    fails("query_endlessly", json!({}), CallError::TimedOut).await;
}

#[tokio::test]
async fn a_memory_bomb_is_stopped() {
    fails("eat_memory", json!({}), CallError::OutOfMemory).await;
    fails("reply_hugely", json!({}), CallError::OutOfMemory).await;
}

#[tokio::test]
async fn a_stack_overflow_and_a_panic_are_traps() {
    fails("overflow_stack", json!({}), CallError::Trapped).await;
    fails("trap", json!({}), CallError::Trapped).await;
}

#[tokio::test]
async fn answers_and_documents_that_are_not_what_they_say_are_refused() {
    for operation in [
        "reply_deeply",
        "reply_brokenly",
        "reply_with_headers",
        "put_deeply",
        "put_large_integer",
        "write_much",
        "read_much",
        "write_in_query",
        "sign_without_grant",
        "call_outside",
        "read_undeclared_setting",
        "break_stock",
    ] {
        fails(operation, json!({}), CallError::Trapped).await;
    }
}

#[tokio::test]
async fn what_is_not_declared_or_granted_is_not_given() {
    for collection in ["notes", "notebook/notes", "people"] {
        fails("read_foreign_records", json!({ "collection": collection }), CallError::Trapped).await;
        fails("write_foreign_records", json!({ "collection": collection }), CallError::Trapped).await;
    }
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    let refused = world.ok(request("hostile", "debit_without_grant", json!({}))).await;
    assert_eq!(refused["refused"], "NotAllowed");
    let refused = world.ok(request("hostile", "look_without_grant", json!({}))).await;
    assert_eq!(refused["refused"], "Some(NotGranted)");
    assert_eq!(world.rows(Kind::Access), 0);
}

#[tokio::test]
async fn a_flood_of_lines_is_cut_and_counted() {
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    world.ok(request("hostile", "flood_log", json!({}))).await;
    let dropped = world.platform.metrics().components["hostile"].log_lines_dropped;
    assert_eq!(dropped, 800 - u64::from(linli_contract::limits::MAX_LOG_LINES));
}

#[tokio::test]
async fn nothing_of_the_machine_can_be_seen() {
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    let seen = world.ok(request("hostile", "look_around", json!({}))).await;
    assert_eq!((&seen["arguments"], &seen["variables"]), (&json!(0), &json!(0)));
    assert_eq!((&seen["files"], &seen["directory"]), (&json!(false), &json!(false)));
    let again = world.ok(request("hostile", "look_around", json!({}))).await;
    assert_eq!(seen, again, "the library's randomness is one constant");
}

/// Every query runs, also one whose guest counts in its own memory what the platform knows nothing of.
fn unkept() -> HostLimits {
    HostLimits { kept_answers: 0, ..HostLimits::default() }
}

#[tokio::test]
async fn only_core_instances_are_kept_and_only_clean_ones() {
    let calls = async |trust, spoil: &[&str]| {
        let world = World::limited(unkept(), &[("hostile", trust)]).await;
        world.ok(request("hostile", "count_calls", json!({}))).await;
        for operation in spoil {
            // Some of them fail; all that matters is which instance serves the next call.
            let _ = world.call(request("hostile", operation, json!({}))).await;
        }
        world.ok(request("hostile", "count_calls", json!({}))).await["calls"].as_i64()
    };
    assert_eq!(calls(Trust::Core, &[]).await, Some(2));
    assert_eq!(calls(Trust::Plugin, &[]).await, Some(1));
    assert_eq!(calls(Trust::Core, &["list_traces"]).await, Some(2));
    assert_eq!(calls(Trust::Core, &["trap"]).await, Some(1), "it trapped");
    assert_eq!(calls(Trust::Core, &["keep_handles"]).await, Some(1), "it left handles undropped");
}

#[tokio::test]
async fn a_warm_instance_is_replaced_after_its_uses() {
    let limits = HostLimits { warm_uses: 2, ..unkept() };
    let world = World::limited(limits, &[("hostile", Trust::Core)]).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(world.ok(request("hostile", "count_calls", json!({}))).await["calls"].as_i64().unwrap());
    }
    assert_eq!(seen, [1, 2, 1, 2, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_are_served_while_loops_run() {
    let world = Arc::new(World::with(&[("hostile", Trust::Plugin), ("notebook", Trust::Core)]).await);
    let mut loops = JoinSet::new();
    for _ in 0..8 {
        let world = world.clone();
        loops.spawn(async move { world.call(request("hostile", "loop_endlessly", json!({}))).await });
    }
    for n in 0..20 {
        world.ok(note(&format!("note {n}"))).await;
    }
    for stopped in loops.join_all().await {
        assert_eq!(stopped, Err(CallError::TimedOut));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_in_use_while_its_call_runs() {
    let world = Arc::new(World::with(&[("hostile", Trust::Plugin)]).await);
    let call = || keyed(1, 1, request("hostile", "loop_endlessly", json!({})));
    let (first, second) = tokio::join!(world.call(call()), world.call(call()));
    assert_eq!(first, Err(CallError::TimedOut));
    assert_eq!(second, Err(CallError::StillRunning));
    assert_eq!(world.call(call()).await, Err(CallError::TimedOut), "a trap is not kept under the key");
}

#[tokio::test]
async fn inner_details_stay_inside() {
    let world = World::with(&[("hostile", Trust::Plugin)]).await;
    let error = world.call(request("hostile", "trap", json!({}))).await.unwrap_err();
    assert_eq!(error.to_string(), "the component failed");
    let called = world.call(request("hostile", "list_traces", json!({}))).await.unwrap();
    assert!(matches!(called.answer, Answer::Reply(reply) if matches!(reply.content, Content::Json(_))));
}
