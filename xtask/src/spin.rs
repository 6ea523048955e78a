//! The components Spin serves: the adapters of `spin/`, compiled, and composed with each function; and what is run on a
//! host that serves them.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::compile::{self, LINLI, install};
use crate::debian;
use crate::process::{self, step};
use crate::suite::{Totals, conclude, count};
use crate::toolchain;
use crate::workspace::{Guest, Workspace, as_typed, cargo};

/// The host for tests, a workspace of its own.
pub const HOST: &str = "tests/spinhost";
/// Its component that tries what a Spin host does.
const PROBE: &str = "linli-spin-probe";
/// The program that composes functions with the adapters.
const COMPOSE: &str = "linli-compose";
/// Sets the clock of a program that is not asked: a real Spin. The host for tests reads the time itself.
const FAKETIME: (&str, &str) = ("libfaketime", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

/// The suites of `linli-tests` that run on every host from one source, and what is exported to Spin.
const SUITES: [&str; 12] = [
    "affairs::",
    "api::",
    "authz::",
    "exported::",
    "idempotency::",
    "killed_on_spin::",
    "meals::",
    "points::",
    "providers::",
    "races::",
    "scenarios::",
    "signup::",
];
/// Named as one of them is, and of no host.
const OTHERS: [&str; 1] = ["authoring::"];
/// Tests of theirs that ask for what Spin has not; docs/hosts.md says of each what that is.
const LEFT_OUT: [&str; 13] = [
    "affairs::street::a_community_that_fails_is_named_and_hides_no_other",
    "api::bodies::whoever_sends_too_slowly_is_not_waited_for",
    "api::limits::when_the_queue_is_full_one_is_told_at_once",
    "api::limits::who_guesses_tokens_is_slowed_down",
    "api::limits::who_has_no_token_calls_so_often_and_then_waits",
    "api::pages::metrics_are_in_the_format_of_prometheus_and_name_nobody",
    "api::pages::the_keys_that_tokens_are_checked_with_are_public",
    "api::pages::the_platforms_own_operations_are_described",
    "api::pages::the_reference_works_without_the_internet",
    "api::paths::there_is_nothing_beside_the_capabilities",
    "api::queries::who_takes_gzip_gets_it_and_the_same_content",
    "authz::every_operation_of_the_platform_is_for_those_in_its_matrix",
    "idempotency::while_the_first_still_runs_the_second_is_told_so",
];

/// Compiles and composes the functions named, or all: `<target>/spin/NAME.wasm`.
///
/// What composes them is compiled together with these crates, which have been compiled already or will be: so what they
/// share is not compiled twice.
pub fn build(workspace: &Workspace, names: &[String], beside: &[&str]) -> Result<()> {
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
        let mut cargo = workspace.cargo("build");
        cargo.args(["--quiet", "--release", "--package", COMPOSE]);
        process::run(cargo.args(beside.iter().flat_map(|package| ["--package", package])))?;
        let mut compose = Command::new(workspace.program(COMPOSE));
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
    let host = Host::ready(workspace, given)?;
    let mut totals = Totals::default();
    let passed = host.run(&mut totals);
    for error in passed.iter().filter_map(|done| done.as_ref().err()) {
        eprintln!("    {error:#}");
    }
    Ok(conclude(&totals, passed.iter().all(Result::is_ok)))
}

/// A Spin host, and what it is tried with, compiled.
pub struct Host<'a> {
    workspace: &'a Workspace,
    program: PathBuf,
    probe: PathBuf,
    faketime: Option<&'static str>,
}

impl<'a> Host<'a> {
    /// Composes all functions, and makes the host for tests ready, or the one that is given.
    pub fn ready(workspace: &'a Workspace, given: Option<PathBuf>) -> Result<Self> {
        build(workspace, &[], &[LINLI])?;
        debian::ready_postgres();
        let probe = build_probe(workspace)?;
        let faketime = given.is_some().then_some(FAKETIME.1);
        if let Some(library) = faketime {
            if !debian::has_file(library) {
                debian::install(FAKETIME.0, "what sets the clock of a Spin host");
            }
            ensure!(debian::has_file(library), "{library} is not there, so the clock of Spin cannot be set");
        }
        let program = match given {
            Some(path) => path,
            None => build_host(workspace)?,
        };
        Ok(Self { workspace, program, probe, faketime })
    }

    /// Asks it what it does, and runs the suites on it, on each kind of database: all of it, also when something failed.
    pub fn run(&self, totals: &mut Totals) -> [Result<()>; 3] {
        let asked = step("Asking the Spin host what it does", || {
            let mut asking = in_host(self.workspace, "test");
            asking.args(["--release", "--no-fail-fast"]);
            count(asking.env("LINLI_SPIN", &self.program).env("LINLI_SPIN_PROBE", &self.probe), totals)
        });
        let played = step("Suites on Spin", || count(&mut self.suites(), totals));
        let on_postgres = step("Suites on Spin, with PostgreSQL", || {
            count(self.suites().env("LINLI_TEST_DATABASE", "postgres"), totals)
        });
        [asked, played, on_postgres]
    }

    fn suites(&self) -> Command {
        let workspace = self.workspace;
        let mut suites = workspace.cargo("test");
        suites.args(["--release", "--package", "linli-tests", "--test", "all", "--"]).args(SUITES);
        for test in OTHERS.iter().chain(&LEFT_OUT) {
            suites.args(["--skip", test]);
        }
        suites.env("LINLI_TEST_HOST", "spin").env("LINLI_SPIN", &self.program);
        suites.env("LINLI_COMPONENTS", workspace.components()).env("LINLI_BIN", workspace.program("linli"));
        if let Some(library) = self.faketime {
            suites.env("LINLI_FAKETIME", library);
        }
        suites
    }
}

/// Checks the format of the host for tests.
pub fn format_check(workspace: &Workspace) -> Command {
    let mut fmt = as_typed(Command::new(cargo()));
    fmt.current_dir(workspace.root.join(HOST)).args(["fmt", "--all", "--check"]);
    fmt
}

/// Clippy on the host for tests.
pub fn lints(workspace: &Workspace) -> Command {
    let mut clippy = in_host(workspace, "clippy");
    clippy.args(["--all-targets", "--release", "--", "-D", "warnings"]);
    clippy
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A test that is gone, or that nobody can say why it is left out, stays on no list.
    #[test]
    fn what_is_left_out_is_there_and_its_reason_is_written_down() {
        let workspace = Workspace::load().unwrap();
        let page = std::fs::read_to_string(workspace.root.join("docs/hosts.md")).unwrap();
        for test in LEFT_OUT {
            assert!(SUITES.iter().any(|suite| test.starts_with(suite)), "{test}");
            assert!(page.contains(&format!("`{test}`")), "docs/hosts.md does not say why {test} is left out");
            let (module, name) = test.rsplit_once("::").unwrap();
            let file = workspace.root.join("tests/tests/all").join(module.replace("::", "/"));
            let source = [file.with_extension("rs"), file.join("mod.rs")]
                .iter()
                .find_map(|file| std::fs::read_to_string(file).ok())
                .unwrap_or_else(|| panic!("there is no module {module}"));
            assert!(source.contains(&format!("fn {name}()")), "there is no test {test}");
        }
    }
}
