//! The registry of providers: what is put there, what the host makes of it, and what it tells of orders.

use std::time::Duration;

use linli_contract::{Identity, Provider, Role, Standing};
use linli_host::{CallError, CallRequest, MasterKey, Platform, PlatformConfig, Trust};
use serde_json::{Value as Json, json};

use crate::world::{World, by, identity, morning, note, request};

const KITCHEN: &str = "golden-kitchen";

fn worker(operation: &str, input: Json) -> CallRequest {
    by(identity("w1", Role::Worker), request("notebook", operation, input))
}

fn registration(commission: u32, standing: &str) -> CallRequest {
    let licensed_until = morning().plus_seconds(86_400).to_string();
    let provider = json!({
        "provider": KITCHEN, "commission": commission, "standing": standing, "licensed_until": licensed_until,
    });
    worker("register_provider", provider)
}

/// A call by a machine of the kitchen's.
fn kitchen() -> CallRequest {
    let identity =
        Identity { subject: None, provider: Some(KITCHEN.to_owned()), ..identity("nobody", Role::Provider) };
    by(identity, request("notebook", "show_provider", json!({ "provider": KITCHEN })))
}

async fn register(world: &World, commission: u32, standing: &str) {
    world.ok(registration(commission, standing)).await;
    assert!(world.platform.deliver_due().await > 0);
}

/// Resident `r1` with 300 points; the reference components know them by.
async fn resident_with_points(world: &World) -> Json {
    let person = world.ok(request("notebook", "show_balance", json!({}))).await["person"].clone();
    world.ok(worker("award_points", json!({ "to": person, "amount": 300 }))).await;
    person
}

fn order(amount: i64) -> CallRequest {
    request("notebook", "place_order", json!({ "provider": KITCHEN, "amount": amount }))
}

fn settle(order: &Json, amount: Option<i64>) -> CallRequest {
    worker("settle_order", json!({ "order": order, "amount": amount }))
}

async fn told(world: &World) -> Vec<Json> {
    let mut told = world.ok(worker("list_told", json!({}))).await["items"].take();
    std::mem::take(told.as_array_mut().unwrap())
}

#[tokio::test]
async fn a_provider_put_by_a_component_is_the_platforms_after_the_delivery() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(registration(800, "active")).await;
    assert_eq!(world.platform.provider(KITCHEN), None, "a command spans one partition");
    assert_eq!(world.platform.deliver_due().await, 1);
    let provider: Provider = world.platform.provider(KITCHEN).unwrap();
    assert_eq!((provider.commission, provider.standing), (800, Standing::Active));
    assert_eq!(world.ok(kitchen()).await, "active");
    assert_eq!(world.rows(linli_store::Kind::Queue), 0, "it was acknowledged");
}

#[tokio::test]
async fn the_registry_is_there_after_a_restart() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    register(&world, 800, "suspended").await;
    let config = PlatformConfig::new(world.clock.clone());
    let restarted = Platform::new(config, world.store.clone(), MasterKey::new([7; 32])).unwrap();
    assert_eq!(restarted.provider(KITCHEN).unwrap().standing, Standing::Suspended);
}

#[tokio::test]
async fn who_may_not_trade_may_not_call_and_everybody_else_may() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    assert_eq!(world.ok(kitchen()).await, Json::Null, "whom nobody registered nobody stops");
    for standing in ["suspended", "removed"] {
        register(&world, 800, standing).await;
        assert_eq!(world.call(kitchen()).await, Err(CallError::ProviderSuspended));
        world.ok(note("a resident's own")).await;
    }
    register(&world, 800, "active").await;
    world.ok(kitchen()).await;
    world.clock.advance(Duration::from_secs(86_400));
    assert_eq!(world.call(kitchen()).await, Err(CallError::ProviderSuspended), "the licence has ended");
}

#[tokio::test]
async fn of_two_puts_in_one_moment_the_later_call_wins() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    for (commission, standing) in [(100, "active"), (200, "suspended"), (300, "active")] {
        world.ok(registration(commission, standing)).await;
    }
    assert_eq!(world.platform.deliver_due().await, 3);
    assert_eq!(world.platform.provider(KITCHEN).unwrap().commission, 300);
}

#[tokio::test]
async fn an_order_pays_the_registered_commission_even_when_its_provider_was_suspended_since() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let person = resident_with_points(&world).await;
    register(&world, 800, "active").await;
    let placed = world.ok(order(100)).await;
    register(&world, 500, "suspended").await;
    assert_eq!(world.problem(order(100)).await, "order-refused");
    world.ok(settle(&placed, Some(50))).await;
    world.platform.deliver_due().await;
    let told = told(&world).await;
    let captured = told.iter().find(|told| told["name"] == "order.captured").unwrap();
    let expected = json!({
        "name": "order.captured", "order": placed, "provider": KITCHEN, "amount": 50, "commission": 4,
        "person": person, "component": "notebook", "expired": false,
    });
    assert_eq!(*captured, expected, "the commission is that of the day it was placed");
}

#[tokio::test]
async fn a_refund_takes_commission_back_from_the_platform_and_is_told_each_time() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let person = resident_with_points(&world).await;
    register(&world, 800, "active").await;
    let placed = world.ok(order(100)).await;
    let refund = |amount: i64| worker("refund_order", json!({ "order": placed, "amount": amount }));
    assert_eq!(world.problem(refund(1)).await, "order-refused", "nothing was paid yet");
    world.ok(settle(&placed, Some(100))).await;
    // A provider that may not trade any more gives back all the same.
    register(&world, 800, "removed").await;
    assert_eq!(world.ok(refund(30)).await, 30);
    assert_eq!(world.problem(refund(71)).await, "order-refused");
    assert_eq!(world.ok(refund(70)).await, 100);
    assert_eq!(world.problem(refund(1)).await, "order-refused");
    let balance = world.ok(request("notebook", "show_balance", json!({}))).await["balance"].clone();
    assert_eq!(balance, 300);
    world.platform.deliver_due().await;
    let told = told(&world).await;
    let refunds: Vec<_> = told.iter().filter(|told| told["name"] == "order.refunded").collect();
    let seen: Vec<_> =
        refunds.iter().map(|told| (told["amount"].clone(), told["commission"].clone())).collect();
    assert_eq!(seen.len(), 2);
    assert!(seen.contains(&(json!(30), json!(2))) && seen.contains(&(json!(70), json!(6))), "{seen:?}");
    assert!(refunds.iter().all(|told| told["person"] == person && told["order"] == placed));
    assert_eq!(linli_store::verify(&*world.store).unwrap(), []);
}

#[tokio::test]
async fn the_platform_tells_of_orders_placed_captured_released_and_expired() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let person = resident_with_points(&world).await;
    let (captured, released) = (world.ok(order(10)).await, world.ok(order(20)).await);
    let expired = world.ok(order(30)).await;
    world.ok(settle(&captured, Some(10))).await;
    world.ok(settle(&released, None)).await;
    world.clock.advance(Duration::from_secs(3_600));
    world.platform.deliver_due().await;
    let mut seen = Vec::new();
    for told in told(&world).await {
        assert_eq!((&told["person"], &told["component"]), (&person, &json!("notebook")));
        assert_eq!(told["commission"], 0, "nothing was agreed with whom nobody registered");
        let of = [&captured, &released, &expired].iter().position(|order| **order == told["order"]).unwrap();
        seen.push((told["name"].as_str().unwrap().to_owned(), of, told["expired"].as_bool().unwrap()));
    }
    seen.sort();
    let told = |name: &str, of, expired| (name.to_owned(), of, expired);
    let expected = vec![
        told("order.captured", 0, false),
        told("order.placed", 0, false),
        told("order.placed", 1, false),
        told("order.placed", 2, false),
        told("order.released", 1, false),
        told("order.released", 2, true),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_plugin_neither_registers_providers_nor_hears_of_others_orders() {
    let world = World::with(&[("notebook", Trust::Plugin)]).await;
    assert_eq!(world.call(registration(800, "active")).await, Err(CallError::Trapped));
    let look = worker("show_provider", json!({ "provider": KITCHEN }));
    assert_eq!(world.call(look).await, Err(CallError::Trapped));
    assert_eq!(world.platform.deliver_due().await, 0);
}
