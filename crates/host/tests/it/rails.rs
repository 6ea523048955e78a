//! Guard rails: each bound of a plugin is reached, holds, and says which it was; and nobody else feels it.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use linli_contract::{Answer, Community, PluginLimits};
use linli_host::{BreakerLimits, CallError, CallRequest, Circuit, HostLimits, PlatformConfig, Trust};
use linli_store::Kind;
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;

use crate::merchants::{grant, install, merchant};
use crate::world::{World, by, note, request, resident};

fn limits() -> PluginLimits {
    PluginLimits::default()
}

fn work(input: Json) -> CallRequest {
    request("merchant", "labour", input)
}

fn elsewhere(call: CallRequest) -> CallRequest {
    CallRequest { community: Community::from_code(330_105_001_002).unwrap(), ..call }
}

fn put(id: &str, bytes: u32) -> CallRequest {
    request("merchant", "put_thing", json!({ "id": id, "bytes": bytes }))
}

fn seconds(world: &World, seconds: u64) {
    world.clock.advance(Duration::from_secs(seconds));
}

#[tokio::test]
async fn so_many_calls_a_minute_in_each_community() {
    let world = merchant(PluginLimits { calls_per_minute: 2, ..limits() }).await;
    world.ok(work(json!({}))).await;
    world.ok(work(json!({}))).await;
    let refused = world.call(work(json!({}))).await;
    assert_eq!(refused, Err(CallError::LimitReached { retry_after_seconds: 31 }));
    world.ok(elsewhere(work(json!({})))).await;
    seconds(&world, 30);
    world.ok(work(json!({}))).await;
    assert!(matches!(world.call(work(json!({}))).await, Err(CallError::LimitReached { .. })));
    assert_eq!(world.platform.metrics().components["merchant"].limited, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_calls_at_the_same_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let outbound = [("merchant".to_owned(), [(origin.parse().unwrap(), 60)].into())].into();
    let world = World::configured(|config| PlatformConfig { outbound, ..config }, &[]).await;
    install(&world, "merchant", grant("golden-market", PluginLimits { concurrency: 1, ..limits() })).await;
    let world = Arc::new(world);
    let call = |call: CallRequest| {
        let world = world.clone();
        async move { world.call(call).await }
    };
    // One waits for the outside, sixteen for their turn; the next one is told to come again.
    let travelling =
        tokio::spawn(call(request("merchant", "travel", json!({ "url": format!("{origin}/") }))));
    let stream = tokio::task::spawn_blocking(move || listener.accept().unwrap().0).await.unwrap();
    let mut calls = JoinSet::new();
    (0..17).for_each(|_| drop(calls.spawn(call(work(json!({}))))));
    let first = calls.join_next().await.unwrap().unwrap();
    assert_eq!(first, Err(CallError::LimitReached { retry_after_seconds: 1 }));
    drop(stream);
    assert!(travelling.await.unwrap().is_ok());
    assert!(calls.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn so_much_cpu_time_a_day_in_each_community() {
    let world = merchant(PluginLimits { cpu_millis_per_day: 0, ..limits() }).await;
    // 09:30 in Shanghai: 14.5 hours are left of the day.
    let refused = world.call(work(json!({}))).await;
    assert_eq!(refused, Err(CallError::LimitReached { retry_after_seconds: 52_201 }));
    world
        .platform
        .limit_plugin(&"merchant".parse().unwrap(), PluginLimits { cpu_millis_per_day: 1, ..limits() });
    let mut calls = 0;
    while world.call(work(json!({ "rounds": 100 }))).await.is_ok() {
        calls += 1;
        assert!(calls < 100, "a hundred thousand steps take time");
    }
    assert!(calls > 0);
    world.ok(elsewhere(work(json!({})))).await;
    seconds(&world, 52_200);
    world.ok(work(json!({}))).await;
}

#[tokio::test]
async fn a_run_may_use_less_than_the_hosts_own() {
    // Its own are 200 ms, 64 MiB and 4 MiB.
    let world = merchant(PluginLimits {
        cpu_millis_per_call: 5,
        memory_bytes: 8 * 1024 * 1024,
        reply_bytes: 1_000,
        ..limits()
    })
    .await;
    assert_eq!(world.call(work(json!({ "spin": true }))).await, Err(CallError::TimedOut));
    let cpu = world.platform.metrics().components["merchant"].cpu_micros;
    assert!(cpu < 50_000, "stopped long before what the host allows: {cpu} us");
    assert_eq!(world.call(work(json!({ "memory": 16 << 20 }))).await, Err(CallError::OutOfMemory));
    world.ok(work(json!({ "memory": 1 << 20 }))).await;
    assert_eq!(world.call(work(json!({ "reply": 1_000 }))).await, Err(CallError::ReplyTooLarge));
    world.ok(work(json!({ "reply": 900 }))).await;
}

#[tokio::test]
async fn the_wall_time_of_a_run_is_bounded() {
    let world = merchant(PluginLimits { wall_millis_per_call: 0, ..limits() }).await;
    assert_eq!(world.call(work(json!({ "spin": true }))).await, Err(CallError::TimedOut));
}

#[tokio::test]
async fn so_many_bytes_are_kept_in_each_community() {
    let world = merchant(PluginLimits { storage_bytes: 1_000, ..limits() }).await;
    world.ok(put("a", 400)).await;
    world.ok(put("a", 500)).await;
    world.ok(put("b", 400)).await;
    assert_eq!(world.call(put("c", 100)).await, Err(CallError::StorageFull));
    assert_eq!(world.rows(Kind::Record), 2);
    world.ok(elsewhere(put("c", 900))).await;
    world.ok(request("merchant", "delete_thing", json!({ "id": "b" }))).await;
    world.ok(put("c", 400)).await;
    let timer = request("merchant", "set_timer", json!({ "bytes": 200 }));
    assert_eq!(world.call(timer.clone()).await, Err(CallError::StorageFull));
    world.ok(request("merchant", "delete_thing", json!({ "id": "c" }))).await;
    world.ok(timer).await;
    assert_eq!(world.call(put("c", 300)).await, Err(CallError::StorageFull), "the timer waits");
    seconds(&world, 60);
    assert_eq!(world.platform.deliver_due().await, 1);
    world.ok(put("c", 300)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quota_is_exact_when_many_store_at_once() {
    let world = Arc::new(merchant(PluginLimits { storage_bytes: 10_000, ..limits() }).await);
    let mut calls = JoinSet::new();
    for n in 0..60 {
        let world = world.clone();
        calls.spawn(async move { world.call(put(&format!("t{n:02}"), 485)).await });
    }
    let ends = calls.join_all().await;
    // Each is a document of 500 bytes, its id included: `{"filling":"…"}`.
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 19, "{ends:?}");
    assert!(ends.iter().all(|end| end.is_ok() || *end == Err(CallError::StorageFull)));
}

fn money(operation: &str, input: Json) -> CallRequest {
    request("merchant", operation, input)
}

async fn refusal(world: &World, call: CallRequest) -> String {
    let Answer::Problem(problem) = world.call(call).await.unwrap().answer else { return "none".to_owned() };
    let data: Json = serde_json::from_str(problem.data.as_deref().unwrap()).unwrap();
    data["refusal"].as_str().unwrap().to_owned()
}

fn charge(amount: i64) -> CallRequest {
    money("charge", json!({ "amount": amount }))
}

async fn rich(limits: PluginLimits) -> World {
    let world = merchant(limits).await;
    world.ok(money("fund", json!({ "amount": 1_000_000 }))).await;
    world
}

#[tokio::test]
async fn so_much_money_a_call() {
    let world = rich(PluginLimits { money_per_call: 1_000, ..limits() }).await;
    assert_eq!(refusal(&world, charge(1_001)).await, "NotAllowed");
    assert_eq!(refusal(&world, money("charge", json!({ "amount": 501, "times": 2 }))).await, "NotAllowed");
    assert_eq!(refusal(&world, money("deposit", json!({ "amount": 1_001 }))).await, "NotAllowed");
    world.ok(money("charge", json!({ "amount": 500, "times": 2 }))).await;
    let generous = rich(PluginLimits { money_per_call: 1_000_000, ..limits() }).await;
    assert_eq!(refusal(&generous, charge(20_001)).await, "NotAllowed", "its permission is for less");
    generous.ok(charge(20_000)).await;
    let points = refusal(&world, money("charge", json!({ "amount": 1, "book": "points" }))).await;
    assert_eq!(points, "Insufficient", "points are not money");
}

#[tokio::test]
async fn so_much_money_a_day_in_each_community() {
    let world = rich(PluginLimits { money_per_day: 1_000, ..limits() }).await;
    world.ok(charge(600)).await;
    assert_eq!(refusal(&world, charge(401)).await, "NotAllowed");
    world.ok(charge(400)).await;
    assert_eq!(refusal(&world, charge(1)).await, "NotAllowed");
    world.ok(elsewhere(money("fund", json!({ "amount": 1_000 })))).await;
    world.ok(elsewhere(charge(1_000))).await;
    // 14.5 hours on, the next day has begun in Shanghai.
    seconds(&world, 52_200);
    world.ok(charge(1_000)).await;
}

#[tokio::test]
async fn money_that_was_given_back_on_the_same_day_may_be_charged_again() {
    let world = rich(PluginLimits { money_per_day: 1_000, ..limits() }).await;
    let deposit = async |amount: i64| world.ok(money("deposit", json!({ "amount": amount }))).await;
    let settle = |deposit: &Json, amount: Option<i64>| {
        money("settle", json!({ "deposit": deposit, "amount": amount }))
    };
    let (kept, released) = (deposit(700).await, deposit(300).await);
    assert_eq!(refusal(&world, charge(1)).await, "NotAllowed");
    world.ok(settle(&released, None)).await;
    world.ok(settle(&kept, Some(500))).await;
    assert_eq!(refusal(&world, charge(501)).await, "NotAllowed");
    let expiring = deposit(500).await;
    assert_eq!(refusal(&world, charge(1)).await, "NotAllowed");
    seconds(&world, 3_600);
    world.platform.deliver_due().await;
    assert_eq!(refusal(&world, settle(&expiring, None)).await, "HoldClosed");
    world.ok(charge(500)).await;
    // What was set aside yesterday and given back today is nothing of today's.
    seconds(&world, 52_200 - 3_600 - 60);
    assert_eq!(refusal(&world, charge(1)).await, "NotAllowed");
    seconds(&world, 60);
    world.ok(charge(1_000)).await;
    let usage = world.platform.usage(&"merchant".parse().unwrap()).await.unwrap();
    let money: Vec<i64> = usage.days.iter().map(|day| day.money).collect();
    assert_eq!(money, [1_000, 1_000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_money_of_a_day_is_exact_when_many_are_charged_at_once() {
    let world = Arc::new(rich(PluginLimits { money_per_day: 2_500, ..limits() }).await);
    for id in ["r1", "r2"] {
        world.ok(by(resident(id), money("fund", json!({ "amount": 10_000 })))).await;
    }
    let mut calls = JoinSet::new();
    for n in 0..60 {
        let (world, id) = (world.clone(), if n % 2 == 0 { "r1" } else { "r2" });
        calls.spawn(async move { world.call(by(resident(id), charge(100))).await.unwrap().answer });
    }
    let ends = calls.join_all().await;
    assert_eq!(ends.iter().filter(|end| matches!(end, Answer::Reply(_))).count(), 25);
    assert_eq!(linli_store::verify(&*world.store).unwrap(), []);
}

fn quick() -> HostLimits {
    let breaker = BreakerLimits { failures: 3, probes: 2, ..BreakerLimits::default() };
    HostLimits { breaker, ..HostLimits::default() }
}

fn circuit(world: &World) -> Circuit {
    world.platform.metrics().plugins[0].circuit
}

#[tokio::test]
async fn a_plugin_that_keeps_failing_rests_and_is_tried_again() {
    let world = World::limited(quick(), &[("notebook", Trust::Core)]).await;
    install(&world, "merchant", grant("golden-market", limits())).await;
    let fail = || work(json!({ "fail": true }));
    for _ in 0..3 {
        assert_eq!(world.call(fail()).await, Err(CallError::Trapped));
    }
    assert_eq!(circuit(&world), Circuit::Open);
    let resting = Err(CallError::CircuitOpen { retry_after_seconds: 11 });
    assert_eq!(world.call(work(json!({}))).await, resting);
    world.ok(note("others are served")).await;
    assert_eq!(world.platform.metrics().components["merchant"].resting, 1);
    seconds(&world, 10);
    assert_eq!(circuit(&world), Circuit::HalfOpen);
    assert_eq!(world.call(fail()).await, Err(CallError::Trapped), "a probe");
    assert_eq!(world.call(work(json!({}))).await, Err(CallError::CircuitOpen { retry_after_seconds: 21 }));
    seconds(&world, 20);
    world.ok(work(json!({}))).await;
    assert_eq!(circuit(&world), Circuit::HalfOpen, "one good call is not two");
    world.ok(work(json!({}))).await;
    assert_eq!(circuit(&world), Circuit::Closed);
}

#[tokio::test]
async fn problems_and_limits_do_not_open_a_breaker() {
    let world = World::limited(quick(), &[]).await;
    install(&world, "merchant", grant("golden-market", PluginLimits { calls_per_minute: 6, ..limits() }))
        .await;
    for _ in 0..6 {
        assert_eq!(world.problem(work(json!({ "refuse": true }))).await, "refused");
    }
    for _ in 0..6 {
        assert!(matches!(world.call(work(json!({}))).await, Err(CallError::LimitReached { .. })));
    }
    assert_eq!(circuit(&world), Circuit::Closed);
}

#[tokio::test]
async fn a_new_version_begins_with_its_breaker_closed_and_with_what_was_used() {
    let world = World::limited(quick(), &[]).await;
    let of = |calls_per_minute| grant("golden-market", PluginLimits { calls_per_minute, ..limits() });
    install(&world, "merchant", of(4)).await;
    for _ in 0..3 {
        let _ = world.call(work(json!({ "fail": true }))).await;
    }
    assert_eq!(circuit(&world), Circuit::Open);
    install(&world, "merchant", of(4)).await;
    assert_eq!(circuit(&world), Circuit::Closed);
    world.ok(work(json!({}))).await;
    assert!(matches!(world.call(work(json!({}))).await, Err(CallError::LimitReached { .. })), "the fifth");
}

#[tokio::test]
async fn a_delivery_over_the_limit_waits_and_is_not_lost() {
    let world = merchant(PluginLimits { calls_per_minute: 1, ..limits() }).await;
    world.ok(request("merchant", "set_timer", json!({ "bytes": 1 }))).await;
    seconds(&world, 60);
    world.ok(work(json!({}))).await;
    assert_eq!(world.platform.deliver_due().await, 0);
    assert_eq!(world.platform.metrics().delivery_retries, 1);
    seconds(&world, 61);
    assert_eq!(world.platform.deliver_due().await, 1);
}

#[tokio::test]
async fn core_functions_have_no_rails() {
    let world = World::with(&[("merchant", Trust::Core)]).await;
    for _ in 0..12 {
        assert_eq!(world.call(work(json!({ "fail": true }))).await, Err(CallError::Trapped));
    }
    assert!(world.platform.metrics().plugins.is_empty());
    assert_eq!(world.rows(Kind::Stock), 0, "and nothing is counted of them");
}
