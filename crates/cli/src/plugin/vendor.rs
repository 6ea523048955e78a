//! `vendor/`: what a project is built against, written out of the binary. It belongs to `linli`, which brings it up to
//! date at every build; nobody edits it, and it need not be committed.
//!
//! | | Rust | JavaScript |
//! |---|---|---|
//! | `linli/` | the SDK's crates and the contract beside them | the SDK's modules; `index.js` exports what the manifest has |
//! | `manifest.rs`, `linli/manifest.js` | name, version, title and permissions for the code | |
//! | `wit/` | | the plugin's own world, and the contract it is made of |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use linli_contract::{Attribute, Permission};

use super::embedded;
use super::manifest::{Language, Manifest};

/// Below the project's directory.
const DIRECTORY: &str = "vendor";
/// The plugin's own world.
pub const WORLD: &str = "plugin";
/// Modules of the JavaScript SDK that need no interface but `context`.
const ALWAYS: [&str; 6] = ["plugin", "context", "problem", "reply", "schema", "utf8"];

/// Brings `vendor/` up to date: writes what differs, removes what does not belong there.
///
/// # Errors
/// A file cannot be written.
pub fn write(project: &Path, manifest: &Manifest) -> Result<()> {
    let place = project.join(DIRECTORY);
    let files = match manifest.lang {
        Language::Rust => rust(manifest)?,
        Language::Js => js(manifest),
    };
    for (name, text) in &files {
        write_file(&place.join(name), text)?;
    }
    remove_others(&place, &place, &files)
}

/// Writes a file and the directories above it, unless it says just that already: builds look at the time.
///
/// # Errors
/// It cannot be written.
pub fn write_file(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let directory = path.parent().context("a file lies in a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn remove_others(place: &Path, directory: &Path, files: &BTreeMap<PathBuf, String>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(place, &path, files)?;
        } else if !files.contains_key(path.strip_prefix(place)?)
            && path.file_name() != Some("Cargo.lock".as_ref())
        {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn rust(manifest: &Manifest) -> Result<BTreeMap<PathBuf, String>> {
    let mut files = BTreeMap::new();
    let crates = [("contract", embedded::CONTRACT), ("sdk", embedded::SDK), ("store", embedded::STORE)];
    let mut used = BTreeSet::new();
    for (name, sources) in crates {
        for (file, text) in sources {
            if *file == "Cargo.toml" {
                used.extend(inherited(text));
            }
            files.insert(Path::new("linli/crates").join(name).join(file), (*text).to_owned());
        }
    }
    for (file, text) in embedded::WIT {
        files.insert(Path::new("linli/wit").join(file), (*text).to_owned());
    }
    files.insert("linli/Cargo.toml".into(), workspace(&used)?);
    files.insert("manifest.rs".into(), rust_manifest(manifest));
    Ok(files)
}

/// Dependencies that a manifest leaves to its workspace: `serde.workspace = true`.
fn inherited(manifest: &str) -> impl Iterator<Item = String> {
    let name = |line: &str| {
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        line.contains("workspace = true").then(|| name.to_owned())
    };
    manifest.lines().filter_map(name)
}

/// The root manifest, less what the SDK's crates do not need.
fn workspace(used: &BTreeSet<String>) -> Result<String> {
    let mut root: toml::Table = toml::from_str(embedded::WORKSPACE)?;
    let mut workspace = match root.remove("workspace") {
        Some(toml::Value::Table(workspace)) => workspace,
        _ => anyhow::bail!("the root manifest has no `workspace`"),
    };
    workspace.insert("members".into(), toml::Value::Array(vec!["crates/*".into()]));
    workspace.remove("default-members");
    workspace.remove("exclude");
    if let Some(toml::Value::Table(dependencies)) = workspace.get_mut("dependencies") {
        dependencies.retain(|name, _| used.contains(name));
    }
    let mut manifest = toml::Table::new();
    manifest.insert("workspace".into(), toml::Value::Table(workspace));
    Ok(toml::to_string(&manifest)?)
}

fn rust_manifest(manifest: &Manifest) -> String {
    let title = manifest.title();
    let mut text =
        String::from("//! What `linli-plugin.toml` says, for the code. Made by `linli plugin build`.\n\n");
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "/// The publisher's id on the platform.\n#[allow(dead_code)]\npub const PROVIDER: &str = {:?};\n\n\
         /// Name, version, title and permissions; operations and the rest are added in code.\n\
         pub const PLUGIN: linli_sdk::Component =\n    linli_sdk::Component::new({:?}, {:?}, {:?}, {:?}).permissions(&[",
        manifest.provider,
        manifest.name.as_str(),
        manifest.version.to_string(),
        title.zh,
        title.en
    );
    for permission in manifest.permissions() {
        let _ = write!(text, "\n        {},", rust_grant(&permission));
    }
    text.push_str("\n    ]);\n");
    text
}

fn rust_grant(permission: &Permission) -> String {
    let grant = match permission {
        Permission::People { attributes, purpose } => {
            let names: Vec<_> = attributes.iter().map(|a| format!("linli_sdk::Attribute::{a:?}")).collect();
            format!("People(&[{}], {:?}, {:?})", names.join(", "), purpose.zh, purpose.en)
        }
        Permission::DebitCaller { book, max_per_call } => format!("DebitCaller({book:?}, {max_per_call})"),
        Permission::Issue(book) => format!("Issue({book:?})"),
        Permission::Sign(purpose) => format!("Sign({purpose:?})"),
        Permission::Outbound { host, calls_per_minute } => format!("Outbound({host:?}, {calls_per_minute})"),
        Permission::Registry => "Registry".to_owned(),
    };
    format!("linli_sdk::Grant::{grant}")
}

fn js(manifest: &Manifest) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let interfaces = manifest.interfaces();
    let wanted = |module: &str| ALWAYS.contains(&module) || interfaces.contains(&module);
    let mut index = String::new();
    for (file, text) in embedded::SDK_JS {
        let module = file.split('.').next().unwrap_or_default();
        if wanted(module) || ["guard", "contract", "interfaces", "manifest"].contains(&module) {
            files.insert(Path::new("linli").join(file), (*text).to_owned());
        }
        if wanted(module) && file.ends_with(".d.ts") {
            let _ = writeln!(index, "export * from \"./{module}.js\";");
        }
    }
    let head = "// The SDK, as far as `linli-plugin.toml` asks for it. Made by `linli plugin build`.\n\n";
    for name in ["linli/index.js", "linli/index.d.ts"] {
        files.insert(name.into(), format!("{head}{index}"));
    }
    files.insert("linli/manifest.js".into(), js_manifest(manifest));
    for (file, text) in embedded::WIT.iter().filter(|(file, _)| *file != "world.wit") {
        files.insert(Path::new("wit/deps/linli-platform").join(file), (*text).to_owned());
    }
    files.insert("wit/world.wit".into(), world(manifest));
    files
}

/// Its own package, so that the name of the world is nobody else's.
fn world(manifest: &Manifest) -> String {
    let mut text = String::from(
        "package author:plugin;\n\n/// What `linli-plugin.toml` asks for. Made by `linli plugin build`.\nworld plugin {\n",
    );
    for interface in manifest.interfaces() {
        let _ = writeln!(text, "    import linli:platform/{interface}@{};", contract_version());
    }
    let _ = writeln!(text, "\n    export linli:platform/capability@{};\n}}", contract_version());
    text
}

/// As the contract's own files say: `package linli:platform@0.1.0;`.
fn contract_version() -> &'static str {
    let package =
        |text: &&'static str| text.lines().find_map(|line| line.strip_prefix("package linli:platform@"));
    let found = embedded::WIT.iter().map(|(_, text)| *text).find_map(|text| package(&text));
    found.map_or("", |version| version.trim_end_matches(';'))
}

fn js_manifest(manifest: &Manifest) -> String {
    let title = manifest.title();
    let said = serde_json::json!({
        "name": manifest.name.as_str(),
        "version": manifest.version.to_string(),
        "provider": manifest.provider,
        "title": { "zh": title.zh, "en": title.en },
        "permissions": manifest.permissions().iter().map(js_permission).collect::<Vec<_>>(),
    });
    format!("// What `linli-plugin.toml` says. Made by `linli plugin build`.\n\nexport default {said:#};\n")
}

/// In the form the engine passes variants and records in.
fn js_permission(permission: &Permission) -> serde_json::Value {
    let (tag, val) = match permission {
        Permission::People { attributes, purpose } => {
            let names: Vec<_> = attributes.iter().copied().map(Attribute::as_str).collect();
            let purpose = serde_json::json!({ "zh": purpose.zh, "en": purpose.en });
            ("people", serde_json::json!({ "attributes": names, "purpose": purpose }))
        }
        Permission::DebitCaller { book, max_per_call } => {
            ("debit-caller", serde_json::json!({ "book": book, "maxPerCall": max_per_call }))
        }
        Permission::Issue(book) => ("issue", book.as_str().into()),
        Permission::Sign(purpose) => ("sign", purpose.as_str().into()),
        Permission::Outbound { host, calls_per_minute } => {
            ("outbound", serde_json::json!({ "host": host, "callsPerMinute": calls_per_minute }))
        }
        Permission::Registry => ("registry", serde_json::Value::Null),
    };
    serde_json::json!({ "tag": tag, "val": val })
}
