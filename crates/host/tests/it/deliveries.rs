//! Timers, retries and what is given up.

use std::time::Duration;

use linli_host::{HostLimits, Trust};
use linli_store::Kind;
use serde_json::json;

use crate::world::{World, by, identity, keyed, note, request};

async fn numbers(world: &World) -> usize {
    let worker = identity("w1", linli_contract::Role::Worker);
    let list = world.ok(by(worker, request("notebook", "list_numbers", json!({})))).await;
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_timer_fires_once_when_its_time_has_come() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(request("notebook", "remind", json!({ "seconds": 60 }))).await;
    assert_eq!(world.platform.deliver_due().await, 0);
    world.clock.advance(Duration::from_secs(59));
    assert_eq!(world.platform.deliver_due().await, 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.platform.deliver_due().await, 1);
    assert_eq!(world.platform.deliver_due().await, 0);
    assert_eq!(numbers(&world).await, 1);
    assert_eq!(world.rows(Kind::Queue), 0);
}

#[tokio::test]
async fn what_waits_in_the_store_at_start_is_delivered() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(request("notebook", "remind", json!({ "seconds": 1 }))).await;
    let config = linli_host::PlatformConfig::new(world.clock.clone());
    let master = linli_host::MasterKey::new([7; 32]);
    let restarted = linli_host::Platform::new(config, world.store.clone(), master).unwrap();
    restarted.load(&crate::world::guest("notebook"), Trust::Core).await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(restarted.deliver_due().await, 1);
    assert_eq!(world.platform.deliver_due().await, 0, "it was taken by the other process");
    assert_eq!(numbers(&world).await, 1);
}

#[tokio::test]
async fn many_timers_of_one_moment_all_fire() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    for _ in 0..20 {
        world.ok(request("notebook", "remind", json!({ "seconds": 5 }))).await;
    }
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(world.platform.deliver_due().await, 20);
    assert_eq!(numbers(&world).await, 20);
}

#[tokio::test]
async fn without_its_component_a_delivery_is_tried_again_and_then_given_up() {
    let limits = HostLimits { delivery_tries: 3, ..HostLimits::default() };
    let world = World::limited(limits, &[("notebook", Trust::Core)]).await;
    world.ok(request("notebook", "remind", json!({ "seconds": 0 }))).await;
    world.platform.unload("notebook");
    for _ in 0..2 {
        assert_eq!(world.platform.deliver_due().await, 0);
        assert_eq!((world.rows(Kind::Queue), world.rows(Kind::Dead)), (1, 0));
        world.clock.advance(Duration::from_secs(3_600));
    }
    assert_eq!(world.platform.deliver_due().await, 0);
    assert_eq!((world.rows(Kind::Queue), world.rows(Kind::Dead)), (0, 1));
    let metrics = world.platform.metrics();
    assert_eq!((metrics.delivery_retries, metrics.dead_letters), (2, 1));
}

#[tokio::test]
async fn a_component_that_is_back_in_time_gets_its_delivery() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(request("notebook", "remind", json!({ "seconds": 0 }))).await;
    world.platform.unload("notebook");
    assert_eq!(world.platform.deliver_due().await, 0);
    world.platform.load(&crate::world::guest("notebook"), Trust::Core).await.unwrap();
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.platform.deliver_due().await, 1);
    assert_eq!(numbers(&world).await, 1);
}

#[tokio::test]
async fn kept_answers_go_when_their_time_is_over() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(keyed(1, 1, note("x"))).await;
    assert_eq!(world.rows(Kind::Idempotency), 1);
    world.clock.advance(Duration::from_secs(86_400));
    world.platform.deliver_due().await;
    assert_eq!(world.rows(Kind::Idempotency), 1, "kept for a full day at least");
    world.clock.advance(Duration::from_secs(86_400));
    world.platform.deliver_due().await;
    assert_eq!(world.rows(Kind::Idempotency), 0);
}

#[tokio::test]
async fn the_dispatcher_ends_when_it_is_told() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(request("notebook", "remind", json!({ "seconds": 0 }))).await;
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(world.platform.clone().run_deliveries(stopping));
    while world.platform.metrics().deliveries == 0 {
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    assert_eq!(numbers(&world).await, 1);
}
