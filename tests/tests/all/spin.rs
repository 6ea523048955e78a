//! What is deployed on Spin: the manifest, what it says against what components declare, and the documentation's.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use linli_compose::{Interfaces, may_import};
use linli_tests::components;
use linli_tests::program::linli;
use linli_tests::spin::adapters;
use serde_json::Value as Json;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn manifest_of_the_repository() -> String {
    let components = components::directory();
    let exported =
        linli(&["spin", "export", "--components", components.to_str().unwrap(), "--in-repository"]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    String::from_utf8(exported.stdout).unwrap()
}

#[test]
fn the_manifest_of_the_repository_is_what_export_writes() {
    expect_file!["../../../spin.toml"].assert_eq(&manifest_of_the_repository());
}

#[test]
fn the_manifests_of_the_documentation_name_the_variables_there_are() {
    let page = fs::read_to_string(repository("docs/deploy-spin.md")).unwrap();
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let documents = blocks.flat_map(|block| block.split("\n---\n"));
    let documents: Vec<Json> = documents.map(|text| serde_norway::from_str(text).unwrap()).collect();
    let of_spin: Vec<_> = documents.iter().filter(|document| document["kind"] == "SpinApp").collect();
    assert_eq!(of_spin.len(), 1);
    for document in of_spin {
        assert_eq!(document["apiVersion"], "core.spinkube.dev/v1alpha1");
    }
    // What the variables are called is the manifest's to say.
    let manifest: toml::Table = toml::from_str(&manifest_of_the_repository()).unwrap();
    let declared = manifest["variables"].as_table().unwrap();
    for variable in documents[0]["spec"]["variables"].as_array().unwrap() {
        assert!(declared.contains_key(variable["name"].as_str().unwrap()), "{variable}");
    }
    let required = |variable: &toml::Value| variable.get("required").is_some();
    assert_eq!(
        declared.values().filter(|variable| required(variable)).count(),
        documents[0]["spec"]["variables"].as_array().unwrap().len(),
        "the required ones are all there"
    );
}

#[test]
fn what_is_exported_asks_spin_for_what_adapters_get_and_nothing_of_the_functions() {
    let adapters = adapters();
    let own: Vec<_> = ["spin-http", "spin-store"]
        .iter()
        .flat_map(|name| {
            Interfaces::read(&fs::read(adapters.join(name).with_extension("wasm")).unwrap()).unwrap().imports
        })
        .map(|(import, _)| import)
        .collect();
    let out = tempfile::tempdir().unwrap();
    let components = components::directory();
    let exported = linli(&[
        "spin",
        "export",
        "--components",
        components.to_str().unwrap(),
        "--adapters",
        adapters.to_str().unwrap(),
        "--out",
        out.path().to_str().unwrap(),
    ]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    for name in linli_tests::components::core() {
        let composed = fs::read(out.path().join("components").join(format!("{name}.wasm"))).unwrap();
        let interfaces = Interfaces::read(&composed).unwrap();
        assert!(
            interfaces.exports.iter().any(|export| export.starts_with("wasi:http/handler@0.3")),
            "{name}"
        );
        for (import, asks) in &interfaces.imports {
            assert!(!asks || (may_import(import) && own.contains(import)), "{name} asks for {import}");
        }
    }
    let manifest: toml::Table =
        toml::from_str(&fs::read_to_string(out.path().join("spin.toml")).unwrap()).unwrap();
    assert_eq!(manifest["spin_manifest_version"].as_integer(), Some(2));
}
