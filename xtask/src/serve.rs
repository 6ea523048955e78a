//! One command runs the neighbourhood: everything built, a demo community loaded, calls to paste printed.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::compile;
use crate::workspace::Workspace;

/// Where the demo listens unless told otherwise: this machine only.
const LISTEN: &str = "127.0.0.1:3000";

/// Builds, then becomes `linli serve`, so that signals reach it and its exit code is ours.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    compile::to_serve(workspace)?;
    let given = |flag: &str| arguments.iter().any(|a| a == flag || a.starts_with(&format!("{flag}=")));
    let mut linli = Command::new(workspace.program("linli"));
    linli.args(["serve", "--dev", "--demo"]);
    linli.arg("--components").arg(workspace.components());
    if !given("--data") {
        linli.arg("--data").arg(workspace.target.join("demo"));
    }
    if !given("--listen") {
        linli.args(["--listen", LISTEN]);
    }
    become_it(linli.args(arguments))
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    // Returns only when it could not start.
    let error = command.exec();
    Err(anyhow::Error::new(error).context(format!("cannot start {}", crate::process::shown(command))))
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<ExitCode> {
    crate::process::run(command).map(|()| ExitCode::SUCCESS)
}
