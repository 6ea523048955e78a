//! `cargo xtask bench`: every figure the project promises, measured in one run, written to `docs/benchmarks.md`.
//!
//! Linli and the baseline run in turn, each alone, as processes of their own, with the load from this one. What is
//! asserted is that nothing failed; what is fast or slow is for the reader of the page.

mod communities;
mod crowd;
mod host_time;
mod lunch;
mod machine;
mod report;
mod server;
mod traffic;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::report::Report;

const HELP: &str = "\
Usage: linli-bench [--quick] [--out FILE]

  --quick      a tenth of the load: to see that it runs, not what it measures
  --out FILE   where the page goes (default: docs/benchmarks.md)

Environment: LINLI_BIN, LINLI_BASELINE (the programs), LINLI_COMPONENTS (the directory of the components).
";

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// One, or ten with `--quick`: everything is divided by it.
    pub divisor: usize,
}

impl Scale {
    /// So many, or their share.
    pub fn of(self, full: usize) -> usize {
        (full / self.divisor).max(1)
    }
}

/// What is measured, and where it lies.
pub struct Programs {
    /// The `linli` binary.
    pub linli: PathBuf,
    /// The hand-written server.
    pub baseline: PathBuf,
    /// Compiled components; test guests below `tests/`.
    pub components: PathBuf,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut scale = Scale { divisor: 1 };
    let mut out = PathBuf::from("docs/benchmarks.md");
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => scale.divisor = 10,
            "--out" => out = rest.next().context("--out needs a file")?.into(),
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            other => bail!("there is no option `{other}`\n\n{HELP}"),
        }
    }
    let programs = Programs {
        linli: program("LINLI_BIN")?,
        baseline: program("LINLI_BASELINE")?,
        components: program("LINLI_COMPONENTS")?,
    };
    let report = measure(&programs, scale)?;
    let page = report.page();
    println!("{page}");
    std::fs::write(&out, page).with_context(|| format!("cannot write {}", out.display()))?;
    eprintln!("written to {}", out.display());
    Ok(())
}

fn program(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set; `cargo xtask bench` sets it"))?;
    let path = Path::new(&path).to_owned();
    anyhow::ensure!(path.exists(), "{variable}: {} is not there", path.display());
    Ok(path)
}

fn measure(programs: &Programs, scale: Scale) -> Result<Report> {
    // Beside the data of the servers, so that it is the same disk.
    let directory = tempfile::tempdir()?;
    let mut report = Report::new(machine::Machine::look()?, scale);
    report.fsync(machine::fsync(directory.path(), scale)?);
    host_time::measure(programs, scale, &mut report)?;
    traffic::measure(programs, scale, directory.path(), &mut report)?;
    lunch::measure(programs, scale, directory.path(), &mut report)?;
    communities::measure(programs, scale, directory.path(), &mut report)?;
    report.fsync(machine::fsync(directory.path(), scale)?);
    Ok(report)
}
