//! What a host of Spin's is given to serve: components composed with the adapters, and a manifest.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use linli_compose::{Adapters, compose};
use linli_host::SignatureAlgorithm;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::components;
use crate::program::linli;
use crate::spin::{SECRET, Served};

/// Where the adapters are.
pub fn adapters() -> PathBuf {
    components::directory().with_file_name("spin").join("adapters")
}

/// Where `linli spin export` writes these functions, with what else is asked for.
///
/// # Panics
/// When it refuses.
pub fn export(functions: &[&str], more: &[&str]) -> TempDir {
    let out = tempfile::tempdir().unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (components, adapters, to) = (text(&components::directory()), text(&adapters()), text(out.path()));
    let mut words =
        vec!["spin", "export", "--components", &components, "--adapters", &adapters, "--out", &to];
    words.extend(more);
    functions.iter().for_each(|function| words.extend(["--function", function]));
    let exported = linli(&words);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    out
}

/// What hosts of all tests share, and of later runs.
pub(crate) fn kept_for_tests() -> PathBuf {
    let kept = adapters().with_file_name("for-tests");
    std::fs::create_dir_all(&kept).unwrap();
    kept
}

/// A component composed with the adapters; kept by the digest of all it is made of.
fn composed(name: &str, adapters: &Adapters) -> PathBuf {
    let component = components::wasm(name);
    let mut digest = Sha256::new();
    for part in [&component, &adapters.http, &adapters.store, &adapters.wasi] {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let file = kept_for_tests().join(format!("{name}-{}.wasm", &digest[..16]));
    if !file.is_file() {
        // Others may do the same at the same time; whoever is last replaces it with the same.
        let mut unfinished = tempfile::NamedTempFile::new_in(kept_for_tests()).unwrap();
        unfinished.write_all(&compose(&component, adapters).unwrap()).unwrap();
        unfinished.persist(&file).unwrap();
    }
    std::path::absolute(file).unwrap()
}

/// As `linli spin export` writes it, but with the values of the variables in it.
pub(crate) fn manifest_of(served: &Served<'_>) -> String {
    let adapters = Adapters::read(&adapters()).expect("`cargo xtask build-spin` compiles the adapters");
    let signatures: BTreeMap<_, BTreeMap<_, Vec<_>>> = served
        .signatures
        .iter()
        .map(|(component, purposes)| {
            let named = |(purpose, algorithms): (&String, &Vec<SignatureAlgorithm>)| {
                (purpose.clone(), algorithms.iter().map(|algorithm| name_of(*algorithm)).collect())
            };
            (component, purposes.iter().map(named).collect())
        })
        .collect();
    let outbound: BTreeMap<_, BTreeMap<_, _>> = served
        .outbound
        .iter()
        .map(|(component, origins)| {
            (component, origins.iter().map(|(origin, calls)| (origin.to_string(), *calls)).collect())
        })
        .collect();
    let mut text = "spin_manifest_version = 2\n[application]\nname = \"tests\"\n".to_owned();
    let plugins = served.plugins.iter().map(|(name, grant)| ((*name).to_owned(), Some(grant)));
    for (name, grant) in served.core.iter().map(|name| (name.clone(), None)).chain(plugins) {
        let file = composed(&name, &adapters);
        let [postgres, postgres_host] = served.database.variables();
        let origins = served.outbound.get(&name).into_iter().flatten().map(|(origin, _)| origin.to_string());
        let hosts: Vec<_> =
            origins.chain([postgres_host].into_iter().filter(|host| !host.is_empty())).collect();
        let spaced = |value: Json| value.to_string().replace("{{", "{ {").replace("}}", "} }");
        let variables = [
            ("linli_master_key", served.master_key.to_owned()),
            ("linli_drain_secret", SECRET.to_owned()),
            ("linli_token_keys", spaced(serde_json::from_str(served.token_keys).unwrap())),
            ("linli_token_issuer", String::new()),
            ("linli_token_audience", String::new()),
            ("linli_database", "default".to_owned()),
            ("linli_postgres", postgres),
            ("linli_settings", spaced(json!(served.settings))),
            ("linli_signatures", spaced(json!(signatures))),
            ("linli_outbound", spaced(json!(outbound))),
            ("linli_grant", grant.map(|grant| spaced(json!(grant))).unwrap_or_default()),
        ];
        for route in [format!("/v1/:community/{name}/..."), format!("/_linli/{name}/...")] {
            write!(text, "[[trigger.http]]\nroute = {}\ncomponent = {}\n", json!(route), json!(name))
                .unwrap();
        }
        write!(text, "[component.{name}]\nsource = {}\n", json!(file)).unwrap();
        write!(text, "sqlite_databases = [\"default\"]\nallowed_outbound_hosts = {}\n", json!(hosts))
            .unwrap();
        writeln!(text, "[component.{name}.variables]").unwrap();
        for (variable, value) in variables {
            // A JSON string is a TOML string.
            writeln!(text, "{variable} = {}", json!(value)).unwrap();
        }
    }
    text
}

fn name_of(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Ed25519 => "ed25519",
        SignatureAlgorithm::Sm2 => "sm2",
    }
}
