//! Compiles the components, and the host that runs them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::plugins;
use crate::process::{self, step};
use crate::toolchain::{self, TARGET, Toolchain};
use crate::workspace::{Crate, Guest, Workspace, jobs};

/// The profile of components, in the root manifest.
const PROFILE: &str = "guest";

/// The package of the host.
pub const LINLI: &str = "linli-cli";

/// Makes the machine ready, then compiles components, host, and with it the plugins.
pub fn everything(workspace: &Workspace) -> Result<()> {
    let toolchain = toolchain::ready(workspace)?;
    components(workspace, toolchain, &workspace.guests())?;
    host(workspace)?;
    plugins::build(workspace)
}

/// Like [`everything`], without plugins and the guests of the tests: what serving needs.
pub fn to_serve(workspace: &Workspace) -> Result<()> {
    let toolchain = toolchain::ready(workspace)?;
    let mut functions = workspace.guests();
    functions.retain(|guest| guest.package.directory.starts_with("functions/"));
    components(workspace, toolchain, &functions)?;
    host(workspace)
}

/// Compiles guests and puts each where it belongs below the components directory.
fn components(workspace: &Workspace, toolchain: Toolchain, guests: &[Guest<'_>]) -> Result<()> {
    step(&format!("Compiling {} components", guests.len()), || {
        let crates: Vec<_> = guests.iter().map(|guest| guest.package).collect();
        let built = packages(workspace, toolchain, &crates)?;
        for guest in guests {
            install(&built.join(&guest.artifact), &workspace.components().join(&guest.component))?;
        }
        remove_strangers(workspace)
    })
}

/// Compiles crates to components; the directory they are in.
pub fn packages(workspace: &Workspace, toolchain: Toolchain, packages: &[&Crate]) -> Result<PathBuf> {
    let names: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
    of_manifest(workspace, toolchain, &workspace.root.join("Cargo.toml"), &names)
}

/// Compiles crates of a workspace, named by its manifest.
pub fn of_manifest(
    workspace: &Workspace,
    toolchain: Toolchain,
    manifest: &Path,
    packages: &[&str],
) -> Result<PathBuf> {
    // A directory of its own: two compilers that share one would throw away each other's work.
    let out = workspace.target.join("wasm");
    let mut cargo = toolchain.cargo();
    cargo.current_dir(&workspace.root).args(["build", "--profile", PROFILE, "--target", TARGET]);
    cargo.args(jobs()).arg("--target-dir").arg(&out).arg("--manifest-path").arg(manifest);
    for package in packages {
        cargo.args(["--package", package]);
    }
    process::run(&mut cargo)?;
    Ok(out.join(TARGET).join(PROFILE))
}

/// Compiles `linli`.
fn host(workspace: &Workspace) -> Result<()> {
    step("Compiling linli", || process::run(workspace.cargo("build").args(["--release", "--package", LINLI])))
}

/// Copies in one piece, and only what changed, so that a host that watches the directory sees no half component
/// and no change where there is none.
pub fn install(built: &Path, place: &Path) -> Result<()> {
    let bytes = std::fs::read(built).with_context(|| format!("{} was not built", built.display()))?;
    if std::fs::read(place).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let directory = place.parent().context("a component lies in a directory")?;
    std::fs::create_dir_all(directory)?;
    let unfinished = place.with_extension("wasm.new");
    std::fs::write(&unfinished, &bytes)?;
    std::fs::rename(&unfinished, place)?;
    eprintln!("    {} ({} KB)", place.display(), bytes.len().div_ceil(1000));
    Ok(())
}

/// Removes components whose crate is gone or renamed: they would be served for ever.
fn remove_strangers(workspace: &Workspace) -> Result<()> {
    let components = workspace.components();
    let known: Vec<_> =
        workspace.guests().into_iter().map(|guest| components.join(guest.component)).collect();
    for directory in [components.clone(), components.join("tests")] {
        let Ok(files) = std::fs::read_dir(&directory) else { continue };
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "wasm") && !known.contains(&path) {
                std::fs::remove_file(&path)?;
                eprintln!("    removed {}: no crate makes it any more", path.display());
            }
        }
    }
    Ok(())
}
