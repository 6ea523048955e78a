//! Measures: the benchmark program of `benches/`, with everything it measures built first.

use std::process::ExitCode;

use anyhow::Result;

use crate::compile::{self, LINLI};
use crate::process::{self, step};
use crate::spin;
use crate::workspace::Workspace;

/// Builds host, components and the measuring programs, then measures.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    compile::everything(workspace)?;
    step("Compiling the measuring programs", || {
        // Together with the host, so that what they share is compiled once.
        let packages = ["--package", LINLI, "--package", "linli-benches"];
        process::run(workspace.cargo("build").args(["--release", "--bins"]).args(packages))
    })?;
    if arguments.iter().any(|argument| argument == "--spin") {
        spin::build(workspace, &[], &[LINLI])?;
    }
    let mut measure = std::process::Command::new(workspace.program("linli-bench"));
    measure.current_dir(&workspace.root).args(arguments);
    measure.env("LINLI_COMPONENTS", workspace.components());
    measure.env("LINLI_BIN", workspace.program("linli"));
    measure.env("LINLI_BASELINE", workspace.program("baseline"));
    measure.env("LINLI_SPIN_ADAPTERS", workspace.spin().join("adapters"));
    step("Measuring", || process::run(&mut measure))?;
    Ok(ExitCode::SUCCESS)
}
