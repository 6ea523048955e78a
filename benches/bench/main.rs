//! `cargo xtask bench`: every figure the project promises, measured in one run, written to `docs/benchmarks.md`.
//!
//! Linli and the baseline run in turn, each alone, as processes of their own, with the load from this one. What is
//! asserted is that nothing failed; what is fast or slow is for the reader of the page.

mod communities;
mod crowd;
mod host_time;
mod in_process;
mod lunch;
mod machine;
mod neighbours;
mod plugin_lines;
mod plugins;
mod report;
mod server;
mod spin;
mod traffic;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::report::Report;

/// As in `linli`: what runs in this process is measured as it is deployed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
Usage: linli-bench [--quick] [--only PART]... [--spin PATH] [--out FILE]

  --quick      a tenth of the load: to see that it runs, not what it measures
  --only PART  host-time, plugins, neighbours, traffic, spin, lunch or communities: no page is written then
  --spin PATH  a Spin host, whose sign-ups are measured too
  --out FILE   where the page goes (default: docs/benchmarks.md)
  --hold NAME DIR COUNT
               what it starts itself with: holds so many plugins and prints the bytes they take

Environment: LINLI_BIN, LINLI_BASELINE (the programs), LINLI_COMPONENTS (the directory of the components),
LINLI_SPIN_ADAPTERS (with --spin: the directory of the adapters).
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
    /// Compiled components; plugins below `plugins/`, test guests below `tests/`.
    pub components: PathBuf,
    /// What runs them besides, if it is measured.
    pub spin: Option<Spin>,
}

/// A host with Spin's command line.
pub struct Spin {
    /// The program.
    pub program: PathBuf,
    /// What functions are composed with.
    pub adapters: PathBuf,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [hold, name, directory, count] = &arguments[..]
        && hold == "--hold"
    {
        let components = program("LINLI_COMPONENTS")?;
        println!("{}", plugins::hold(&components, name, Path::new(directory), count.parse()?)?);
        return Ok(());
    }
    let mut scale = Scale { divisor: 1 };
    let mut out = PathBuf::from("docs/benchmarks.md");
    let (mut only, mut spin) = (Vec::new(), None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--quick" => scale.divisor = 10,
            "--only" => only.push(part(rest.next().context("--only needs a part")?)?),
            "--spin" => spin = Some(std::path::absolute(rest.next().context("--spin needs a program")?)?),
            "--out" => out = rest.next().context("--out needs a file")?.into(),
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            other => bail!("there is no option `{other}`\n\n{HELP}"),
        }
    }
    let with_adapters = |host| anyhow::Ok(Spin { program: host, adapters: program("LINLI_SPIN_ADAPTERS")? });
    let programs = Programs {
        linli: program("LINLI_BIN")?,
        baseline: program("LINLI_BASELINE")?,
        components: program("LINLI_COMPONENTS")?,
        spin: spin.map(with_adapters).transpose()?,
    };
    let report = measure(&programs, scale, &only)?;
    let page = report.page();
    println!("{page}");
    if !only.is_empty() {
        return Ok(());
    }
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

/// A part of the measurement, with a directory beside the data of the others, so that it is the same disk.
type Part = fn(&Programs, Scale, &Path, &mut Report) -> Result<()>;

const PARTS: [(&str, Part); 7] = [
    ("host-time", host_time::measure),
    ("plugins", plugins::measure),
    ("neighbours", neighbours::measure),
    ("traffic", traffic::measure),
    ("spin", spin::measure),
    ("lunch", lunch::measure),
    ("communities", communities::measure),
];

fn part(name: &str) -> Result<Part> {
    let found = PARTS.iter().find(|(known, _)| *known == name);
    found.map(|(_, part)| *part).with_context(|| format!("there is no part `{name}`\n\n{HELP}"))
}

/// These parts, or all.
fn measure(programs: &Programs, scale: Scale, only: &[Part]) -> Result<Report> {
    let directory = tempfile::tempdir()?;
    let mut report = Report::new(machine::Machine::look()?, scale);
    report.fsync(machine::fsync(directory.path(), scale)?);
    let all = PARTS.map(|(_, part)| part);
    for part in if only.is_empty() { &all[..] } else { only } {
        part(programs, scale, directory.path(), &mut report)?;
    }
    report.fsync(machine::fsync(directory.path(), scale)?);
    Ok(report)
}
