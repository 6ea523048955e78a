//! What is served beside the calls: the description of every live operation, health, metrics, keys.

use expect_test::expect;
use linli_contract::{ComponentName, Role};
use linli_tests::world::World;

use super::check;

#[test]
fn every_live_operation_is_described() {
    let world = World::shared();
    let document = world.client().get("/openapi.json").expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = 0;
    let services = world.live.platform().services();
    let components = services.iter().map(|service| service.descriptor().clone());
    for descriptor in components.chain([linli_gateway::platform_descriptor()]) {
        for operation in &descriptor.operations {
            let path = match descriptor.name.as_str() {
                ComponentName::PLATFORM => format!("/v1{}", operation.path),
                name => format!("/v1/{{community}}/{name}{}", operation.path),
            };
            let method = operation.method.as_str().to_ascii_lowercase();
            let entry = &document["paths"][&path][&method];
            assert!(entry.is_object(), "{method} {path}");
            let public = operation.roles.contains(&Role::Anyone);
            let needs_token = entry["security"]
                .as_array()
                .is_some_and(|ways| ways.iter().all(|way| way != &serde_json::json!({})));
            assert!(public != needs_token, "{method} {path}: {}", entry["security"]);
            described += 1;
        }
    }
    let paths = document["paths"].as_object().unwrap().values();
    let methods = ["get", "post", "put", "patch", "delete"];
    let listed: usize =
        paths.map(|path| methods.iter().filter(|method| path.get(method).is_some()).count()).sum();
    assert_eq!(listed, described, "and nothing else");
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
    check(
        &client.get("/healthz"),
        &expect![[r#"
        200
        cache-control: no-cache
        content-type: text/plain; charset=utf-8

        ok

    "#]],
    );
    check(
        &client.get("/readyz"),
        &expect![[r#"
        200
        cache-control: no-cache
        content-type: text/plain; charset=utf-8

        ready

    "#]],
    );
    let keys = client.get("/.well-known/linli-keys").expect(200);
    let of = |purpose: &str| keys["keys"].as_array().unwrap().iter().any(|key| key["purpose"] == purpose);
    assert!(of("ticket"));
    let private =
        |keys: &serde_json::Value| keys["keys"].as_array().unwrap().iter().any(|key| key.get("d").is_some());
    assert!(!private(&keys) && !private(&client.get("/.well-known/jwks.json").expect(200)));
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
