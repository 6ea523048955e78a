//! Everything a change must pass, and one true line at the end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::compile;
use crate::debian::has_program;
use crate::plugins;
use crate::process::{self, step};
use crate::spin;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// Property tests draw the same cases in every run, so that a red run is red again when looked into. Set the
/// variable to something else to search elsewhere.
const PROPTEST_SEED: &str = "330105001001";

/// How long one test program may run. The longest takes two minutes on two cores; what takes ten times as long hangs, and
/// shall fail, with its name said, rather than hold up all that come after it.
const LIMIT: &str = "20m";

/// What the test runner counted, over all its programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Totals {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Totals {
    /// Adds a summary of the runner's (`test result: ok. 3 passed; 0 failed; 1 ignored; …`); other lines are not.
    fn add_line(&mut self, line: &str) {
        let Some(summary) = line.strip_prefix("test result: ") else { return };
        let counts = summary.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split("; ") {
            let Some((number, what)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

/// Makes ready, builds, checks format and lints, runs every test. All of it, also when something failed, so that
/// one run tells everything.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    compile::everything(workspace)?;
    let spin = spin::Host::ready(workspace, None)?;
    plugins::ready_registry();
    let mut failed = Vec::new();
    let mut check = |title: &'static str, command: &mut Command| {
        if let Err(error) = step(title, || process::run(command)) {
            eprintln!("    {error:#}");
            failed.push(title);
        }
    };
    let mut fmt = Command::new(crate::workspace::cargo());
    check("Format", fmt.current_dir(&workspace.root).args(["fmt", "--all", "--check"]));
    for mut fmt in plugins::format_checks(workspace)? {
        check("Format of the plugins", &mut fmt);
    }
    check("Format of the Spin host", &mut spin::format_check(workspace));
    let mut clippy = workspace.cargo("clippy");
    clippy.args(["--workspace", "--all-targets", "--release", "--", "-D", "warnings"]);
    check("Lints", &mut clippy);
    check("Lints of the Spin host", &mut spin::lints(workspace));

    let mut totals = Totals::default();
    if let Err(error) = step("Tests", || tests(workspace, &mut totals)) {
        eprintln!("    {error:#}");
        failed.push("Tests");
    }
    for error in spin.run(&mut totals).into_iter().filter_map(Result::err) {
        eprintln!("    {error:#}");
        failed.push("Tests on Spin");
    }
    if !failed.is_empty() {
        eprintln!("==> Not passed: {}", failed.join(", "));
    }
    Ok(conclude(&totals, failed.is_empty()))
}

/// The one true line, and what the program ends with.
pub fn conclude(totals: &Totals, all_well: bool) -> ExitCode {
    println!("{} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.skipped);
    if all_well && totals.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every test of the workspace.
fn tests(workspace: &Workspace, totals: &mut Totals) -> Result<()> {
    let mut cargo = workspace.cargo("test");
    cargo.args(["--workspace", "--release", "--no-fail-fast"]);
    cargo.env("LINLI_COMPONENTS", workspace.components());
    cargo.env("LINLI_BIN", workspace.program("linli"));
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        cargo.env("PROPTEST_RNG_SEED", PROPTEST_SEED);
    }
    count(&mut cargo, totals)
}

/// Has cargo end test programs that run longer than this, where the system has what does it. The runner has by then named
/// the tests that still run.
fn limit(cargo: &mut Command, time: &str) -> Result<()> {
    if has_program("timeout") {
        let host = Toolchain::Rustup.host()?.to_uppercase().replace('-', "_");
        let timeout = format!("timeout --foreground --verbose --kill-after=10s {time}");
        cargo.env(format!("CARGO_TARGET_{host}_RUNNER"), timeout);
    }
    Ok(())
}

/// Runs a test runner, prints what it prints, and adds up its summaries.
pub fn count(cargo: &mut Command, totals: &mut Totals) -> Result<()> {
    limit(cargo, LIMIT)?;
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let output = child.stdout.take().expect("it was asked for as a pipe");
    let mut terminal = std::io::stdout();
    // Bytes, not text: a test may print anything, and that must not end the run.
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        totals.add_line(&String::from_utf8_lossy(&line));
        terminal.write_all(&line)?;
        terminal.write_all(b"\n")?;
        terminal.flush()?;
    }
    let status = child.wait()?;
    anyhow::ensure!(status.success(), "cargo test ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    fn a_test_program_that_hangs_is_ended_and_has_failed() {
        let mut cargo = Command::new("cargo");
        limit(&mut cargo, "1s").unwrap();
        let (name, runner) = cargo.get_envs().next().unwrap();
        assert_eq!(name, "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER");
        let mut words = runner.unwrap().to_str().unwrap().split(' ');
        let ended = Command::new(words.next().unwrap()).args(words).args(["sleep", "600"]).status().unwrap();
        assert_eq!(ended.code(), Some(124));
    }

    #[test]
    fn summaries_are_added_and_nothing_else_is() {
        let mut totals = Totals::default();
        for line in [
            "running 4 tests",
            "test a ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "test b ... FAILED",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.25s",
            "5 passed; 5 failed; 5 ignored",
        ] {
            totals.add_line(line);
        }
        assert_eq!(totals, Totals { passed: 13, failed: 2, skipped: 1 });
    }
}
