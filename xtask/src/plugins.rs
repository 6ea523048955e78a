//! The plugins under `plugins/`, built as their authors would: by `linli plugin build`.
//!
//! They are no part of the workspace. What JavaScript ones need of npm is installed once, below the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::debian;
use crate::process::{self, step};
use crate::workspace::{Workspace, as_typed, cargo};

/// What makes a directory a plugin's.
const MANIFEST: &str = "linli-plugin.toml";
/// Debian's package, and its program.
const REGISTRY: &str = "docker-registry";
/// What npm installs for JavaScript plugins.
const COMPONENTIZE: &str = "componentize-qjs";

/// The directories of the plugins, in the order of their names.
pub fn directories(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(workspace.root.join("plugins"))?;
    let mut found: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    found.retain(|directory| directory.join(MANIFEST).is_file());
    found.sort();
    Ok(found)
}

/// Builds each to `components/plugins/NAME.wasm`; the host must be built.
pub fn build(workspace: &Workspace) -> Result<()> {
    let plugins = directories(workspace)?;
    step(&format!("Compiling {} plugins", plugins.len()), || {
        let modules = node_modules(workspace, &plugins)?;
        for plugin in &plugins {
            let name = plugin.file_name().context("a plugin's directory has a name")?;
            let out = workspace.components().join("plugins").join(name).with_extension("wasm");
            let mut linli = as_typed(Command::new(workspace.program("linli")));
            linli.args(["plugin", "build"]).arg(plugin).arg("--out").arg(out);
            linli.arg("--target-dir").arg(workspace.target.join("plugins"));
            // It chooses the toolchain that has the target.
            linli.env("LINLI_NODE_MODULES", &modules).env_remove("RUSTC").env_remove("CARGO");
            process::run(&mut linli)?;
        }
        Ok(())
    })
}

/// A command for each that is written in Rust, which checks its format.
pub fn format_checks(workspace: &Workspace) -> Result<Vec<Command>> {
    let mut plugins = directories(workspace)?;
    plugins.retain(|plugin| plugin.join("Cargo.toml").is_file());
    let check = |plugin: &PathBuf| {
        let mut fmt = as_typed(Command::new(cargo()));
        fmt.current_dir(plugin).args(["fmt", "--check"]);
        fmt
    };
    Ok(plugins.iter().map(check).collect())
}

/// Puts Debian's OCI registry on machines where that can be done; without it, the tests that need one say so.
pub fn ready_registry() {
    if !debian::has_program(REGISTRY) {
        debian::install(REGISTRY, "an OCI registry for the tests");
    }
}

/// Where the packages are, of the version that the plugins ask for; installed when that has changed.
fn node_modules(workspace: &Workspace, plugins: &[PathBuf]) -> Result<PathBuf> {
    let place = workspace.target.join("npm");
    let modules = place.join("node_modules");
    let Some(wanted) = plugins.iter().find_map(|plugin| wanted(plugin)) else { return Ok(modules) };
    if installed(&modules).as_deref() == Some(&wanted) {
        return Ok(modules);
    }
    std::fs::create_dir_all(&place)?;
    std::fs::write(place.join("package.json"), "{ \"private\": true }\n")?;
    let mut npm = Command::new("npm");
    npm.current_dir(&place).args(["install", "--no-audit", "--no-fund", &format!("{COMPONENTIZE}@{wanted}")]);
    process::run(&mut npm).context("the JavaScript plugins need npm and Node.js 20 or later")?;
    Ok(modules)
}

/// The version in a JavaScript plugin's `package.json`.
fn wanted(plugin: &Path) -> Option<String> {
    let package: serde_json::Value =
        serde_json::from_slice(&std::fs::read(plugin.join("package.json")).ok()?).ok()?;
    package["devDependencies"][COMPONENTIZE].as_str().map(str::to_owned)
}

fn installed(modules: &Path) -> Option<String> {
    let package = std::fs::read(modules.join(COMPONENTIZE).join("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_slice(&package).ok()?;
    package["version"].as_str().map(str::to_owned)
}
