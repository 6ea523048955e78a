//! The components Spin serves: the adapters of `spin/`, compiled, and composed with each function.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::compile::{self, install};
use crate::debian;
use crate::process::{self, step};
use crate::suite::{Totals, conclude, count};
use crate::toolchain;
use crate::workspace::{Guest, Workspace};

/// The host for tests, a workspace of its own.
const HOST: &str = "tests/spinhost";
/// Its component that tries what a Spin host does.
const PROBE: &str = "linli-spin-probe";
/// Sets the clock of a program that is not asked.
const FAKETIME: (&str, &str) = ("libfaketime", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

/// The suites of `linli-tests` that run on every host from one source.
const SUITES: [&str; 10] = [
    "affairs::",
    "api::",
    "authz::",
    "idempotency::",
    "meals::",
    "points::",
    "providers::",
    "races::",
    "scenarios::",
    "signup::",
];
/// Tests of theirs that ask for what Spin has not; docs/hosts.md says what each is.
const LEFT_OUT: [&str; 0] = [];

/// Compiles and composes the functions named, or all: `<target>/spin/NAME.wasm`.
pub fn build(workspace: &Workspace, names: &[String]) -> Result<()> {
    let functions = functions(workspace, names)?;
    let toolchain = toolchain::ready(workspace)?;
    let adapters = workspace.adapters();
    let packages: Vec<_> = functions.iter().chain(&adapters).map(|guest| guest.package).collect();
    let built = step(&format!("Compiling {} functions and the adapters of Spin", functions.len()), || {
        compile::packages(workspace, toolchain, &packages)
    })?;
    let place = workspace.spin();
    for guest in &adapters {
        install(&built.join(&guest.artifact), &place.join(&guest.component))?;
    }
    step("Composing", || {
        let mut compose = workspace.cargo("run");
        compose.args(["--quiet", "--release", "--package", "linli-compose", "--"]);
        compose.arg(place.join("adapters"));
        for guest in &functions {
            compose.arg(built.join(&guest.artifact)).arg(place.join(&guest.component));
        }
        process::run(&mut compose)
    })
}

/// Tries a Spin host with the probe, then runs the suites on it.
pub fn test(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let given = match arguments {
        [] => None,
        [flag, path] if flag == "--spin" => Some(std::path::absolute(path)?),
        _ => bail!("usage: cargo xtask test-spin [--spin PATH]"),
    };
    compile::everything(workspace)?;
    build(workspace, &[])?;
    let probe = build_probe(workspace)?;
    if !debian::has_file(FAKETIME.1) {
        debian::install(FAKETIME.0, "what sets the clock of a Spin host");
    }
    let host = match given {
        Some(path) => path,
        None => build_host(workspace)?,
    };
    let mut totals = Totals::default();
    let probed = step("Asking the host what it does", || {
        let mut cargo = in_host(workspace, "test");
        cargo.args(["--release", "--no-fail-fast"]).env("LINLI_SPIN", &host).env("LINLI_SPIN_PROBE", &probe);
        count(&mut cargo, &mut totals)
    });
    let played = step("Suites on Spin", || {
        let mut cargo = workspace.cargo("test");
        cargo.args(["--release", "--package", "linli-tests", "--test", "all", "--"]).args(SUITES);
        for test in LEFT_OUT {
            cargo.args(["--skip", test]);
        }
        cargo.env("LINLI_TEST_HOST", "spin").env("LINLI_SPIN", &host);
        cargo.env("LINLI_SPIN_ADAPTERS", workspace.spin().join("adapters"));
        cargo.env("LINLI_COMPONENTS", workspace.components()).env("LINLI_BIN", workspace.program("linli"));
        count(&mut cargo, &mut totals)
    });
    for error in [&probed, &played].into_iter().filter_map(|done| done.as_ref().err()) {
        eprintln!("    {error:#}");
    }
    Ok(conclude(&totals, probed.is_ok() && played.is_ok()))
}

/// cargo in the workspace of the host for tests, with the target directory of this one.
fn in_host(workspace: &Workspace, subcommand: &str) -> Command {
    let mut cargo = workspace.cargo(subcommand);
    cargo.current_dir(workspace.root.join(HOST)).arg("--target-dir").arg(&workspace.target);
    cargo
}

/// The host for tests.
fn build_host(workspace: &Workspace) -> Result<PathBuf> {
    step("Compiling the Spin host for tests", || process::run(in_host(workspace, "build").arg("--release")))?;
    Ok(workspace.program("spinhost"))
}

/// The probe, with the toolchain and the profile of the components.
fn build_probe(workspace: &Workspace) -> Result<PathBuf> {
    let toolchain = toolchain::ready(workspace)?;
    let manifest = workspace.root.join(HOST).join("Cargo.toml");
    let directory =
        step("Compiling the probe", || compile::of_manifest(workspace, toolchain, &manifest, &[PROBE]))?;
    let probe = workspace.spin().join("probe.wasm");
    install(&directory.join(format!("{}.wasm", PROBE.replace('-', "_"))), &probe)?;
    std::path::absolute(probe).context("the target directory has a path")
}

/// The functions of these names, or all.
fn functions<'a>(workspace: &'a Workspace, names: &[String]) -> Result<Vec<Guest<'a>>> {
    let name_of = |guest: &Guest<'_>| guest.component.with_extension("").to_string_lossy().into_owned();
    let mut functions = workspace.guests();
    functions.retain(|guest| guest.package.directory.starts_with("functions/"));
    for name in names {
        ensure!(functions.iter().any(|guest| name_of(guest) == *name), "there is no function {name}");
    }
    functions.retain(|guest| names.is_empty() || names.contains(&name_of(guest)));
    Ok(functions)
}
