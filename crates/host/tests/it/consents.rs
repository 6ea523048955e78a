//! Consents: what a plugin sees of whom, from when, until when, and who says so.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use linli_contract::{
    Answer, Attribute, ComponentName, Grant, Identity, Permission, PluginLimits, Role, Text,
};
use linli_host::{Ask, Binding, ConsentError, OutboundGrants, PlatformConfig};
use linli_store::Kind;
use serde_json::{Value as Json, json};

use crate::merchants::{ask, everything, grant, install, merchant};
use crate::world::{World, by, identity, keyed, morning, person, request, resident};

fn name() -> ComponentName {
    "merchant".parse().unwrap()
}

fn both() -> Ask {
    ask(&[Attribute::Name, Attribute::Phone])
}

async fn give(world: &World, caller: &Identity, agreed: &[Ask]) -> Result<(), ConsentError> {
    world.platform.give_consent(caller, &name(), agreed.to_vec(), "test").await
}

async fn withdraw(world: &World, caller: &Identity) -> Result<(), ConsentError> {
    world.platform.withdraw_consent(caller, &name(), "test").await
}

async fn seen(world: &World) -> Json {
    world.ok(request("merchant", "look_around", json!({}))).await
}

fn nothing() -> Json {
    json!({ "name": "NoConsent", "phone": "NoConsent", "masked": "NoConsent" })
}

async fn world_with_phones() -> World {
    let world = merchant(PluginLimits::default()).await;
    let mut known = person("r1", Role::Resident);
    known.phone = Some("13800001111".to_owned());
    world.platform.directory().import(&[known], &[]).await.unwrap();
    world
}

#[tokio::test]
async fn a_plugin_sees_nothing_until_the_resident_agrees_and_nothing_after_it_is_withdrawn() {
    let world = world_with_phones().await;
    assert_eq!(seen(&world).await, nothing());
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    let all = json!({ "name": "某某某", "phone": "13800001111", "masked": "某**" });
    assert_eq!(seen(&world).await, all);
    let other = world.ok(by(resident("r2"), request("merchant", "look_around", json!({})))).await;
    assert_eq!(other, nothing(), "each agrees for themselves");
    withdraw(&world, &resident("r1")).await.unwrap();
    assert_eq!(seen(&world).await, nothing());
    withdraw(&world, &resident("r1")).await.unwrap();
}

#[tokio::test]
async fn only_what_was_agreed_to_is_seen() {
    let world = world_with_phones().await;
    give(&world, &resident("r1"), &[ask(&[Attribute::Phone])]).await.unwrap();
    let phone = json!({ "name": "NoConsent", "phone": "13800001111", "masked": "NoConsent" });
    assert_eq!(seen(&world).await, phone);
    give(&world, &resident("r1"), &[ask(&[Attribute::Name])]).await.unwrap();
    assert_eq!(seen(&world).await["phone"], "NoConsent", "a new consent takes the place of the old one");
}

#[tokio::test]
async fn every_look_is_in_the_access_log_and_every_consent_in_the_audit_log() {
    let world = world_with_phones().await;
    seen(&world).await;
    assert_eq!(world.rows(Kind::Access), 0, "nothing was seen");
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    seen(&world).await;
    assert_eq!(world.rows(Kind::Access), 2, "a name and a phone number");
    withdraw(&world, &resident("r1")).await.unwrap();
    let rows = world.store.rows(linli_store::Partition::Platform);
    let lines: Vec<String> = rows
        .iter()
        .filter(|(key, _)| key.first() == Some(&(Kind::Audit as u8)))
        .map(|(_, row)| String::from_utf8_lossy(&row.value).into_owned())
        .collect();
    for act in ["give:merchant", "withdraw:merchant"] {
        assert_eq!(
            lines.iter().filter(|line| line.contains(act) && line.contains("\"r1\"")).count(),
            1,
            "{act}"
        );
    }
}

#[tokio::test]
async fn whoever_is_refused_for_want_of_consent_is_told_what_is_asked_and_why() {
    let world = world_with_phones().await;
    let call = || keyed(1, 1, request("merchant", "deliver", json!({})));
    let called = world.call(call()).await.unwrap();
    let Answer::Problem(problem) = called.answer else { panic!("it was delivered") };
    assert_eq!((problem.kind.status(), &*problem.code), (403, "consent-needed"));
    assert_eq!(
        problem.detail.zh,
        "“送货”需要使用您的姓名（用于送货上门）。请先在“我的授权”中同意，再办理一次；您随时可以撤回。"
    );
    assert!(problem.detail.en.starts_with("“Merchant” needs your name (to deliver the order)."));
    let data: Json = serde_json::from_str(problem.data.as_deref().unwrap()).unwrap();
    let asks = json!([{ "attributes": ["name"], "purpose": { "zh": "用于送货上门", "en": "to deliver the order" } }]);
    assert_eq!(data, json!({ "plugin": "merchant", "asks": asks, "consent": "/v1/consents/merchant" }));
    // What was asked can be sent back as it is; and the same request goes through then, under the same key.
    let shown: Vec<Ask> = serde_json::from_value(data["asks"].clone()).unwrap();
    give(&world, &resident("r1"), &shown).await.unwrap();
    let Answer::Problem(problem) = world.call(call()).await.unwrap().answer else {
        panic!("it was delivered")
    };
    assert!(problem.detail.zh.contains("电话"));
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    let called = world.call(call()).await.unwrap();
    assert!(matches!(called.answer, Answer::Reply(_)) && !called.replayed);
    assert!(world.call(call()).await.unwrap().replayed);
}

#[tokio::test]
async fn no_plugin_says_by_itself_that_consent_is_needed() {
    let world = merchant(PluginLimits::default()).await;
    let called = world.call(request("merchant", "pretend", json!({}))).await;
    assert_eq!(called, Err(linli_host::CallError::Trapped));
}

/// The consent is withdrawn while the plugin waits for the outside, between two looks with one handle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_withdrawn_during_a_call_ends_what_that_call_sees() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let granted = [(origin.parse().unwrap(), 60)].into();
    let outbound: OutboundGrants = [("merchant".to_owned(), granted)].into();
    let world = World::configured(|config| PlatformConfig { outbound, ..config }, &[]).await;
    install(&world, "merchant", grant("golden-market", PluginLimits::default())).await;
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    let world = Arc::new(world);
    let calling = tokio::spawn({
        let world = world.clone();
        async move { world.ok(request("merchant", "travel", json!({ "url": format!("{origin}/") }))).await }
    });
    let accepted = tokio::task::spawn_blocking(move || listener.accept().unwrap().0);
    let mut stream = accepted.await.unwrap();
    withdraw(&world, &resident("r1")).await.unwrap();
    let answering = tokio::task::spawn_blocking(move || {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
        let mut rest = Vec::new();
        // Closed with unread bytes, a connection is reset, and the answer with it.
        let _ = stream.read_to_end(&mut rest);
    });
    let journal = calling.await.unwrap();
    answering.await.unwrap();
    assert_eq!(journal, json!({ "before": "某某某", "outside": "204", "after": "NoConsent" }));
}

#[tokio::test]
async fn a_version_that_asks_for_more_or_for_something_else_needs_new_consent() {
    let world = World::with(&[]).await;
    let less = |purpose: Text| {
        let people = Permission::People { attributes: vec![Attribute::Name], purpose };
        let permissions = std::iter::once(people).chain(everything().into_iter().skip(1)).collect();
        Grant { permissions, ..grant("golden-market", PluginLimits::default()) }
    };
    // Of what a version declares it has what was approved: here nothing of people, since it declares both.
    install(&world, "merchant", less(both().purpose)).await;
    assert_eq!(seen(&world).await["name"], "NotGranted");
    let nothing_asked = give(&world, &resident("r1"), &[ask(&[Attribute::Name])]).await;
    assert!(matches!(nothing_asked, Err(ConsentError::NotAsked)));
    install(&world, "merchant", grant("golden-market", PluginLimits::default())).await;
    give(&world, &resident("r1"), &[ask(&[Attribute::Name])]).await.unwrap();
    let state = &world.platform.consents(&resident("r1")).unwrap()[0];
    assert!(!state.asks[0].agreed, "the version asks for more than was agreed to");
    assert_eq!(seen(&world).await["phone"], "NoConsent");
    let other = Ask { purpose: Text::new("用于推销", "to advertise"), ..both() };
    assert!(matches!(give(&world, &resident("r1"), &[other]).await, Err(ConsentError::NotAsked)));
    assert!(matches!(give(&world, &resident("r1"), &[]).await, Err(ConsentError::NotAsked)));
}

#[tokio::test]
async fn what_one_merchant_was_allowed_another_under_the_same_name_is_not() {
    let world = merchant(PluginLimits::default()).await;
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    install(&world, "merchant", grant("other-market", PluginLimits::default())).await;
    assert_eq!(seen(&world).await["name"], "NoConsent");
}

#[tokio::test]
async fn a_resident_sees_what_was_agreed_to_and_when() {
    let world = merchant(PluginLimits::default()).await;
    let states = world.platform.consents(&resident("r1")).unwrap();
    assert_eq!(states.len(), 1);
    let state = &states[0];
    assert_eq!((state.plugin.as_str(), &*state.title.zh), ("merchant", "送货"));
    assert_eq!((state.asks.len(), state.asks[0].agreed, state.given_at), (1, false, None));
    assert_eq!(
        state.asks[0].words,
        Text::new("查看您的姓名、电话——用于送货上门", "see your name, phone number — to deliver the order",)
    );
    give(&world, &resident("r1"), &[both()]).await.unwrap();
    world.platform.unload("merchant");
    let state = &world.platform.consents(&resident("r1")).unwrap()[0];
    assert_eq!((state.agreed.clone(), state.given_at.is_some()), (vec![both()], true), "the plugin is gone");
    withdraw(&world, &resident("r1")).await.unwrap();
    let state = &world.platform.consents(&resident("r1")).unwrap()[0];
    assert!(state.agreed.is_empty() && state.withdrawn_at.is_some());
    let unknown = withdraw(&world, &resident("r2")).await;
    assert!(matches!(unknown, Err(ConsentError::UnknownPlugin)));
    let machine = Identity { subject: None, ..identity("x", Role::Provider) };
    assert!(matches!(world.platform.consents(&machine), Err(ConsentError::UnknownSubject)));
}

#[tokio::test]
async fn a_relative_agrees_for_an_elder_as_far_as_the_binding_goes() {
    let world = merchant(PluginLimits::default()).await;
    let acting = Identity { acting_for: Some("r1".to_owned()), ..resident("r2") };
    assert!(matches!(give(&world, &acting, &[both()]).await, Err(ConsentError::NotBound)));
    assert!(matches!(world.platform.consents(&acting), Err(ConsentError::NotBound)));
    let binding = |scope: &str| Binding {
        elder: "r1".to_owned(),
        relative: "r2".to_owned(),
        scopes: vec![scope.to_owned()],
        confirmed_by_elder_at: Some(morning()),
        confirmed_by_relative_at: Some(morning()),
        expires_at: morning().plus_seconds(3_600),
    };
    world.platform.directory().import(&[], &[binding("notebook")]).await.unwrap();
    assert!(matches!(give(&world, &acting, &[both()]).await, Err(ConsentError::NotBound)));
    world.platform.directory().import(&[], &[binding("merchant")]).await.unwrap();
    give(&world, &acting, &[both()]).await.unwrap();
    assert_eq!(seen(&world).await["name"], "某某某", "it is the elder's consent");
    let own = world.ok(by(resident("r2"), request("merchant", "look_around", json!({})))).await;
    assert_eq!(own["name"], "NoConsent", "and not the relative's");
    withdraw(&world, &acting).await.unwrap();
    assert_eq!(seen(&world).await, nothing());
}
