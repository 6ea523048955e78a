//! Who may depend on whom. The map is in ARCHITECTURE.md; this is what enforces it.

use anyhow::Result;

use super::Violations;
use crate::workspace::{Crate, Dependency, Workspace};

/// The crates of the platform, each with all it may depend on.
const LAYERS: &[(&str, &[&str])] = &[
    ("linli-contract", &[]),
    ("linli-store", &["linli-contract"]),
    ("linli-gateway", &["linli-contract"]),
    ("linli-sdk", &["linli-contract", "linli-store"]),
    ("linli-store-rows", &["linli-store", "linli-contract"]),
    ("linli-store-sqlite", &["linli-store-rows", "linli-store", "linli-contract"]),
    ("linli-store-postgres", &["linli-store-rows", "linli-store", "linli-contract"]),
    ("linli-calls", &["linli-store", "linli-contract"]),
    ("linli-unify", &[]),
    ("linli-compose", &[]),
    ("linli-host", &["linli-calls", "linli-store", "linli-contract", "linli-unify"]),
    ("linli-vetting", &["linli-host", "linli-gateway", "linli-contract"]),
    ("linli-ingress", &["linli-vetting", "linli-gateway", "linli-host", "linli-store", "linli-contract"]),
    (
        "linli-cli",
        &[
            "linli-compose",
            "linli-contract",
            "linli-gateway",
            "linli-host",
            "linli-ingress",
            "linli-store",
            "linli-store-postgres",
            "linli-store-sqlite",
            "linli-vetting",
        ],
    ),
    ("xtask", &[]),
];

/// Directories whose crates may all depend on the same, and on what.
const DIRECTORIES: &[(&str, &[&str])] = &[
    ("functions/", &["linli-sdk"]),
    ("plugins/", &["linli-sdk"]),
    ("spin/", &["linli-calls", "linli-gateway", "linli-store-rows", "linli-store", "linli-contract"]),
];

/// Outside crates that stay behind one wall, with the crates or directories (ending in `/`) they may be used in.
///
/// `tests/guests/` are components like any other, and measure nothing. `benches/` holds the hand-written server
/// that Linli is measured against: it is written as one would write it without Linli. `linli-tests` damages databases.
const WALLED: &[(&str, &[&str])] = &[
    ("wasmtime", &["linli-host"]),
    ("axum", &["linli-ingress", "benches/"]),
    ("rusqlite", &["linli-store-sqlite", "linli-store-rows", "benches/", "linli-tests"]),
    ("tokio-postgres", &["linli-store-postgres"]),
    ("spin-sdk", &["spin/"]),
];

/// Crates that measure and test everything, so may depend on everything of ours.
const EVERYTHING: &[&str] = &["tests/", "benches/"];

/// Edges that are not of the map, and crates that are not on it.
pub fn check(workspace: &Workspace) -> Result<Violations> {
    let ours: Vec<&str> = workspace.crates.iter().map(|c| c.name.as_str()).collect();
    Ok(workspace.crates.iter().flat_map(|package| check_crate(package, &ours)).collect())
}

fn check_crate(package: &Crate, ours: &[&str]) -> Violations {
    let mut violations = Vec::new();
    let Some(allowed) = allowed(package) else {
        return vec![format!(
            "{} ({}) has no layer: give it one here and in ARCHITECTURE.md",
            package.name, package.directory
        )];
    };
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let edge = format!("{} -> {name}", package.name);
        // A crate's tests may use it with a feature on: an edge to itself.
        let ours = name != package.name && ours.contains(&name);
        if ours && allowed.is_some_and(|allowed| !allowed.contains(&name)) {
            violations.push(format!("{edge}: not a layer below it"));
        }
        if package.name == "linli-sdk" && name == "linli-store" && !is_native(dependency) {
            violations
                .push(format!("{edge}: only natively, for the platform of unit tests; never in a component"));
        }
        if let Some((_, places)) = WALLED.iter().find(|(walled, _)| is_part_of(name, walled))
            && !places.iter().any(|place| is_in(package, place))
        {
            violations.push(format!("{edge}: only in {}", places.join(", ")));
        }
    }
    violations
}

/// What a crate may depend on: none, a list, or (`Some(None)`) all of ours.
fn allowed(package: &Crate) -> Option<Option<&'static [&'static str]>> {
    if package.directory.starts_with("tests/guests/") {
        return Some(Some(&["linli-sdk"]));
    }
    if EVERYTHING.iter().any(|place| is_in(package, place)) {
        return Some(None);
    }
    let named = LAYERS.iter().find(|(name, _)| *name == package.name);
    let located = || DIRECTORIES.iter().find(|(place, _)| is_in(package, place));
    named.or_else(located).map(|(_, below)| Some(*below))
}

fn is_in(package: &Crate, place: &str) -> bool {
    package.name == place || format!("{}/", package.directory).starts_with(place)
}

/// `wasmtime-wasi` is part of `wasmtime`.
fn is_part_of(name: &str, walled: &str) -> bool {
    name.strip_prefix(walled).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn is_native(dependency: &Dependency) -> bool {
    let not_wasm = |platform: &String| platform.starts_with("cfg(not(") && platform.contains("wasm");
    dependency.dev || dependency.platform.as_ref().is_some_and(not_wasm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, directory: &str, dependencies: &[&str]) -> Crate {
        let dependency = |name: &&str| Dependency { name: (*name).to_owned(), dev: false, platform: None };
        Crate {
            name: name.to_owned(),
            directory: directory.to_owned(),
            cdylib: None,
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    #[track_caller]
    fn violations(name: &str, directory: &str, dependencies: &[&str], expected: &[&str]) {
        let ours =
            ["linli-contract", "linli-sdk", "linli-store", "linli-host", "linli-ingress", "linli-gateway"];
        assert_eq!(check_crate(&package(name, directory, dependencies), &ours), expected);
    }

    #[test]
    fn the_workspace_keeps_to_its_layers() {
        super::super::hold(check);
    }

    #[test]
    fn an_edge_upwards_or_sideways_is_found() {
        violations("linli-store", "crates/store", &["linli-contract", "serde"], &[]);
        let upwards = &["linli-store -> linli-host: not a layer below it"];
        violations("linli-store", "crates/store", &["linli-host"], upwards);
        let sideways = &["linli-gateway -> linli-store: not a layer below it"];
        violations("linli-gateway", "crates/gateway", &["linli-store"], sideways);
        let inwards = &["linli-x -> linli-contract: not a layer below it"];
        violations("linli-x", "functions/x", &["linli-sdk", "linli-contract"], inwards);
    }

    #[test]
    fn what_is_walled_in_stays_there() {
        violations("linli-host", "crates/host", &["wasmtime", "wasmtime-environ"], &[]);
        let found = &["linli-ingress -> wasmtime: only in linli-host"];
        violations("linli-ingress", "crates/ingress", &["axum", "wasmtime"], found);
        let found = &["linli-tests -> axum: only in linli-ingress, benches/"];
        violations("linli-tests", "tests", &["linli-host", "rusqlite", "axum"], found);
        violations("linli-benches", "benches", &["axum", "rusqlite", "linli-host"], &[]);
    }

    #[test]
    fn the_sdk_has_the_store_for_native_tests_only() {
        let found = &[
            "linli-sdk -> linli-store: only natively, for the platform of unit tests; never in a component",
        ];
        violations("linli-sdk", "crates/sdk", &["linli-store"], found);
        let mut sdk = package("linli-sdk", "crates/sdk", &["linli-store"]);
        sdk.dependencies[0].platform = Some("cfg(not(target_family = \"wasm\"))".to_owned());
        assert_eq!(check_crate(&sdk, &["linli-store"]), Violations::new());
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        let found = &["linli-new (crates/new) has no layer: give it one here and in ARCHITECTURE.md"];
        violations("linli-new", "crates/new", &[], found);
    }
}
