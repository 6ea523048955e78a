//! What plugins used: counted by day and community, and still known after a restart.

use std::time::Duration;

use linli_contract::{ComponentName, PluginLimits};
use linli_host::{CallError, DayOfUsage, MasterKey, Platform, PlatformConfig};
use serde_json::json;

use crate::merchants::{grant, install, merchant};
use crate::world::{COMMUNITY, World, request};

fn name() -> ComponentName {
    "merchant".parse().unwrap()
}

async fn days(world: &World) -> Vec<DayOfUsage> {
    world.platform.usage(&name()).await.unwrap().days
}

/// The same store under a new platform, with nobody told before.
async fn restarted(world: World, limits: PluginLimits) -> World {
    let World { store, clock, .. } = world;
    let config = PlatformConfig::new(clock.clone());
    let platform = Platform::new(config, store.clone(), MasterKey::new([7; 32])).unwrap();
    let world = World { platform, store, clock };
    install(&world, "merchant", grant("golden-market", limits)).await;
    world
}

async fn use_some(world: &World) {
    world.ok(request("merchant", "put_thing", json!({ "id": "a", "bytes": 500 }))).await;
    world.ok(request("merchant", "fund", json!({ "amount": 5_000 }))).await;
    world.ok(request("merchant", "charge", json!({ "amount": 700 }))).await;
    assert_eq!(
        world.call(request("merchant", "labour", json!({ "fail": true }))).await,
        Err(CallError::Trapped)
    );
}

#[tokio::test]
async fn what_was_used_is_shown_by_day_and_community() {
    let world = merchant(PluginLimits::default()).await;
    use_some(&world).await;
    world.clock.advance(Duration::from_secs(86_400));
    world.ok(request("merchant", "labour", json!({}))).await;
    let days = days(&world).await;
    let shown = |day: &DayOfUsage| {
        (day.day.clone(), day.community.clone(), day.calls, day.errors, day.money, day.storage_bytes > 500)
    };
    let here = Some(COMMUNITY.to_string());
    assert_eq!(shown(&days[0]), ("2026-05-01".to_owned(), here.clone(), 4, 1, 700, true));
    assert_eq!(shown(&days[1]), ("2026-05-02".to_owned(), here, 1, 0, 0, true));
    assert!(days.len() == 2 && days.iter().all(|day| day.cpu_micros > 0));
    assert_eq!(self::days(&world).await, days, "asking is not using");
    let nobody = world.platform.usage(&"nobody".parse().unwrap()).await.unwrap();
    assert!(nobody.days.is_empty());
}

#[tokio::test]
async fn what_was_used_is_known_after_a_restart_to_within_a_minute() {
    let world = merchant(PluginLimits::default()).await;
    use_some(&world).await;
    world.platform.deliver_due().await;
    let lost = restarted(world, PluginLimits::default()).await;
    assert!(days(&lost).await.is_empty(), "not a minute has passed");
    use_some(&lost).await;
    lost.clock.advance(Duration::from_secs(60));
    lost.platform.deliver_due().await;
    let before = days(&lost).await;
    let kept = restarted(lost, PluginLimits::default()).await;
    assert_eq!(days(&kept).await, before);
    assert_eq!(before[0].calls, 4);
}

#[tokio::test]
async fn the_cpu_time_of_the_day_is_bounded_over_restarts() {
    let limits = PluginLimits { cpu_millis_per_day: 5, ..PluginLimits::default() };
    let world = merchant(limits.clone()).await;
    while world.call(request("merchant", "labour", json!({ "rounds": 100 }))).await.is_ok() {}
    world.platform.keep_usage().await.unwrap();
    let world = restarted(world, limits).await;
    let refused = world.call(request("merchant", "labour", json!({}))).await;
    assert!(matches!(refused, Err(CallError::LimitReached { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_older_than_half_a_year_is_forgotten() {
    let world = merchant(PluginLimits::default()).await;
    use_some(&world).await;
    assert_eq!(days(&world).await.len(), 1);
    world.clock.advance(Duration::from_secs(184 * 86_400));
    assert_eq!(days(&world).await.len(), 1);
    world.clock.advance(Duration::from_secs(86_400));
    assert!(days(&world).await.is_empty());
}
