//! Plugins of merchants for the tests: what they are granted, and what two of them can learn of one resident.

use linli_contract::{Attribute, Grant, Permission, PluginLimits, Text};
use linli_host::{Ask, Trust};
use serde_json::{Value as Json, json};

use crate::world::{World, guest, request};

/// What the merchant's plugin asks residents for.
pub fn ask(attributes: &[Attribute]) -> Ask {
    Ask { attributes: attributes.to_vec(), purpose: Text::new("用于送货上门", "to deliver the order") }
}

/// All that the merchant's plugin declares.
pub fn everything() -> Vec<Permission> {
    let Ask { attributes, purpose } = ask(&[Attribute::Name, Attribute::Phone]);
    let debit = |book: &str, max_per_call| Permission::DebitCaller { book: book.to_owned(), max_per_call };
    vec![
        Permission::People { attributes, purpose },
        debit("CNY", 20_000),
        debit("points", 500),
        Permission::Issue("CNY".to_owned()),
        Permission::Outbound { host: "localhost".to_owned(), calls_per_minute: 60 },
    ]
}

/// A grant of all of it to the merchant called `provider`.
pub fn grant(provider: &str, limits: PluginLimits) -> Grant {
    Grant { provider: provider.to_owned(), permissions: everything(), limits }
}

/// Makes a plugin live as a merchant's.
pub async fn install(world: &World, name: &str, grant: Grant) {
    let service = world.platform.prepare_plugin(&guest(name), grant.into()).await.unwrap();
    world.platform.go_live(service);
}

/// A world with the merchant's plugin alone.
pub async fn merchant(limits: PluginLimits) -> World {
    let world = World::with(&[]).await;
    install(&world, "merchant", grant("golden-market", limits)).await;
    world
}

async fn heard(world: &World) -> Vec<Json> {
    world.platform.deliver_due().await;
    let mut heard = world.ok(request("rival", "list_heard", json!({}))).await["items"].take();
    heard.as_array_mut().unwrap().iter_mut().map(Json::take).collect()
}

async fn seen_by_rival(world: &World) -> Json {
    world.ok(request("rival", "show_caller", json!({}))).await
}

#[tokio::test]
async fn two_merchants_know_one_resident_by_two_names() {
    let world = merchant(PluginLimits::default()).await;
    install(&world, "rival", grant("other-market", PluginLimits::default())).await;
    let sold_to = world.ok(request("merchant", "sell", json!({}))).await;
    assert_ne!(sold_to, seen_by_rival(&world).await);
    assert!(heard(&world).await.is_empty(), "what one merchant publishes another does not hear");
}

#[tokio::test]
async fn one_merchants_plugins_know_a_resident_by_one_name() {
    let world = merchant(PluginLimits::default()).await;
    install(&world, "rival", grant("golden-market", PluginLimits::default())).await;
    let sold_to = world.ok(request("merchant", "sell", json!({}))).await;
    assert_eq!(sold_to, seen_by_rival(&world).await);
    assert_eq!(heard(&world).await[0]["content"]["to"], sold_to);
}

#[tokio::test]
async fn what_a_core_function_tells_a_merchant_is_in_the_merchants_own_names() {
    let world = World::with(&[("merchant", Trust::Core)]).await;
    install(&world, "rival", grant("other-market", PluginLimits::default())).await;
    let known_as = world.ok(request("merchant", "sell", json!({}))).await;
    let (seen, heard) = (seen_by_rival(&world).await, heard(&world).await);
    let note = format!("for {}", seen.as_str().unwrap());
    assert_eq!(heard[0]["content"], json!({ "to": seen, "note": note }));
    assert!(!json!(heard).to_string().contains(known_as.as_str().unwrap()));
}

#[tokio::test]
async fn a_merchant_hears_of_its_own_orders_in_its_own_names_and_of_no_other() {
    for (provider, orders) in [("golden-market", 1), ("third-market", 0)] {
        let world = World::with(&[]).await;
        // The plugin is one merchant's, and sells what another delivers.
        install(&world, "merchant", grant("other-market", PluginLimits::default())).await;
        install(&world, "rival", grant(provider, PluginLimits::default())).await;
        let sold_to = world.ok(request("merchant", "sell", json!({}))).await;
        world.ok(request("merchant", "fund", json!({ "amount": 500 }))).await;
        world.ok(request("merchant", "deposit", json!({ "amount": 100 }))).await;
        let (seen, heard) = (seen_by_rival(&world).await, heard(&world).await);
        assert_eq!(heard.len(), orders, "{provider}");
        for order in heard {
            assert_eq!(order["content"], json!({ "person": seen, "provider": provider }));
            assert_ne!(order["content"]["person"], sold_to);
        }
    }
}
