//! Components go to an OCI registry and come back the same, in the form other tools of WebAssembly know. The registry is
//! Debian's `docker-registry`, where it is installed.

use std::path::Path;
use std::process::Command;

use linli_tests::components;
use linli_tests::http::Client;
use linli_tests::oci::Registry;

use super::{done, plugin, project, text};

const LOCKER: &str = "parcel-locker";

fn pull(registry: &Registry, tag: &str, out: &Path) -> Command {
    let mut pull = plugin(["pull", &registry.reference(LOCKER, tag)]);
    pull.arg("--out").arg(out);
    pull
}

#[test]
fn a_component_comes_back_from_a_registry_as_it_went() {
    let Some(registry) = Registry::start() else { return };
    let component = components::plugin(LOCKER);
    let publish = || {
        let mut publish = plugin(["publish", &registry.reference(LOCKER, "0.1.0")]);
        publish.arg(project(LOCKER)).arg("--component").arg(&component);
        done(&mut publish)
    };
    // The same component is the same artifact, however often it goes.
    assert_eq!(publish(), publish());

    let manifest = Client::new(registry.address())
        .call("GET", "/v2/shop/parcel-locker/manifests/0.1.0")
        .header("accept", "application/vnd.oci.image.manifest.v1+json")
        .send()
        .expect(200);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let config = format!("/v2/shop/parcel-locker/blobs/{}", manifest["config"]["digest"].as_str().unwrap());
    let config = Client::new(registry.address()).get(&config).expect(200);
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], manifest["layers"][0]["digest"]);

    let out = registry.place().join("pulled.wasm");
    done(&mut pull(&registry, "0.1.0", &out));
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&component).unwrap());
}

#[test]
fn what_a_registry_does_not_have_or_has_damaged_is_not_taken() {
    let Some(registry) = Registry::start() else { return };
    let out = registry.place().join("pulled.wasm");
    let unknown = pull(&registry, "9.9.9", &out).output().unwrap();
    assert!(!unknown.status.success() && text(&unknown).contains("no such artifact"), "{}", text(&unknown));

    let mut publish = plugin(["publish", &registry.reference(LOCKER, "0.1.0")]);
    publish.arg(project(LOCKER)).arg("--component").arg(components::plugin(LOCKER));
    done(&mut publish);
    registry.damage();
    let damaged = pull(&registry, "0.1.0", &out).output().unwrap();
    assert!(!damaged.status.success(), "{}", text(&damaged));
    assert!(text(&damaged).contains("not what its digest says"), "{}", text(&damaged));
    assert!(!out.exists());
}
