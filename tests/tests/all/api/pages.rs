//! What is served beside the calls: the description of every live operation, health, metrics, keys.

use std::collections::BTreeMap;

use linli_contract::{Operation, Role};
use linli_tests::pages::Page;
use linli_tests::world::World;

/// Of operations, as OpenAPI writes them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What each component that is served describes, and under its own name alone where each has its own page.
fn described(world: &World) -> BTreeMap<String, serde_json::Value> {
    let mut paths = BTreeMap::new();
    for service in world.live.platform().services() {
        let document = world.client().get(&Page::OpenApi.of(service.descriptor().name.as_str())).expect(200);
        assert_eq!(document["openapi"], "3.1.0");
        paths.extend(document["paths"].as_object().unwrap().clone());
    }
    paths
}

fn assert_described(paths: &BTreeMap<String, serde_json::Value>, path: &str, operation: &Operation) {
    let method = operation.method.as_str().to_ascii_lowercase();
    let entry = &paths[path][&method];
    assert!(entry.is_object(), "{method} {path}");
    let public = operation.roles.contains(&Role::Anyone);
    let needs_token =
        entry["security"].as_array().is_some_and(|ways| ways.iter().all(|way| way != &serde_json::json!({})));
    assert!(public != needs_token, "{method} {path}: {}", entry["security"]);
}

#[test]
fn every_live_operation_is_described() {
    let world = World::shared();
    let mut paths = described(&world);
    for service in world.live.platform().services() {
        let descriptor = service.descriptor();
        let start = format!("/v1/{{community}}/{}", descriptor.name);
        for operation in &descriptor.operations {
            assert_described(&paths, &format!("{start}{}", operation.path), operation);
        }
        let listed: usize = METHODS.iter().map(|method| count(&paths, &start, method)).sum();
        assert_eq!(listed, descriptor.operations.len(), "{}: and nothing else", descriptor.name);
        paths.retain(|path, _| !path.starts_with(&format!("{start}/")));
    }
    assert!(paths.keys().all(|path| !path.starts_with("/v1/{community}/")), "{:?}", paths.keys());
}

#[test]
fn the_platforms_own_operations_are_described() {
    let world = World::shared();
    let mut paths = described(&world);
    paths.retain(|path, _| !path.starts_with("/v1/{community}/"));
    let descriptor = linli_gateway::platform_descriptor();
    for operation in &descriptor.operations {
        assert_described(&paths, &format!("/v1{}", operation.path), operation);
    }
    let listed: usize = METHODS.iter().map(|method| count(&paths, "/v1", method)).sum();
    assert_eq!(listed, descriptor.operations.len(), "and nothing else");
}

/// Operations of this method at addresses that start so.
fn count(paths: &BTreeMap<String, serde_json::Value>, start: &str, method: &str) -> usize {
    let below = paths.iter().filter(|(path, _)| path.starts_with(&format!("{start}/")));
    below.filter(|(_, methods)| methods.get(method).is_some()).count()
}

#[test]
fn the_reference_works_without_the_internet() {
    let world = World::shared();
    let client = world.client();
    let page = client.get("/docs");
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("/activities/{id}/signups"));
    for outside in ["src=\"http", "href=\"http", "@import", "url(http", "src='http", "href='http"] {
        assert!(!text.contains(outside), "{outside}");
    }
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    let front = client.get("/");
    assert_eq!((front.status, front.header("location")), (307, "/docs"));
}

#[test]
fn health_readiness_and_keys_are_public() {
    let world = World::shared();
    let client = world.client();
    for (page, says) in [(Page::Health, "ok\n"), (Page::Ready, "ready\n")] {
        let reply = client.get(&page.of("activity-signup"));
        assert_eq!((reply.status, reply.text().as_str()), (200, says));
        assert_eq!(reply.header("cache-control"), "no-cache");
        assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    }
    let keys = client.get(&Page::Keys.of("activity-signup")).expect(200);
    let of = |purpose: &str| keys["keys"].as_array().unwrap().iter().any(|key| key["purpose"] == purpose);
    assert!(of("ticket"));
    assert!(!is_private(&keys));
}

fn is_private(keys: &serde_json::Value) -> bool {
    keys["keys"].as_array().unwrap().iter().any(|key| key.get("d").is_some())
}

#[test]
fn the_keys_that_tokens_are_checked_with_are_public() {
    let world = World::shared();
    let keys = world.client().get("/.well-known/jwks.json").expect(200);
    assert!(keys["keys"][0].is_object() && !is_private(&keys));
}

#[test]
fn metrics_are_in_the_format_of_prometheus_and_name_nobody() {
    let world = World::shared();
    let here = world.neighbourhood(1);
    here.get(&here.resident(0), "activity-signup/signups").expect(200);
    let page = here.client.get("/metrics");
    assert_eq!(page.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = page.text();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(!name.is_empty() && value.parse::<f64>().is_ok(), "{line}");
    }
    assert!(text.contains("linli_component_calls_total{component=\"activity-signup\",outcome=\"ok\"}"));
    assert!(!text.contains(&here.community.to_string()) && !text.contains("甄嘉禾"));
}
