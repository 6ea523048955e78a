//! The toolchain that compiles components: one that has `wasm32-wasip2`, or is given it.
//!
//! 1. The toolchain that runs us, if it has the target.
//! 2. Debian's, if an earlier run has made it ready.
//! 3. `rustup target add`, given up after [`RUSTUP_LIMIT`]: some machines reach package registries and nothing else.
//! 4. Debian's packages and the target's standard library built from source: `wasm-target.sh`.
//!
//! "Has it" is not guessed from files: a small component is compiled. What passed is remembered in the target
//! directory together with the compiler's version, so that the next run only compares the two.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::{self, step};
use crate::workspace::{Workspace, as_typed, cargo};

/// What components are compiled to.
pub const TARGET: &str = "wasm32-wasip2";

/// How long `rustup target add` may take: the target's 25 MB come down in seconds, or not at all.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);

/// Where components begin: the magic number, version 13, layer 1 (a core module has layer 0).
const COMPONENT_MAGIC: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// Which compiler makes the components.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that runs us, commonly rustup's.
    Rustup,
    /// Debian's packages `rustc-web` and `cargo-web`.
    Debian,
}

impl Toolchain {
    const ALL: [Self; 2] = [Self::Rustup, Self::Debian];

    /// As in `LINLI_WASM_TOOLCHAIN`.
    fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian => "debian",
        }
    }

    fn rustc(self) -> String {
        match self {
            Self::Rustup => std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()),
            Self::Debian => "/usr/bin/rustc".to_owned(),
        }
    }

    /// Its cargo, made to use its own compiler.
    pub fn cargo(self) -> Command {
        as_typed(match self {
            Self::Rustup => Command::new(cargo()),
            Self::Debian => {
                let mut command = Command::new("/usr/bin/cargo");
                // cargo, running us, has pointed the loader at the other toolchain's libraries.
                command.env("RUSTC", self.rustc()).env_remove("LD_LIBRARY_PATH");
                command
            }
        })
    }

    /// Version and origin of its compiler; none when there is no such compiler.
    fn version(self) -> Option<String> {
        process::output(Command::new(self.rustc()).env_remove("LD_LIBRARY_PATH").arg("-vV")).ok()
    }

    /// What it compiles for where it is not told.
    pub fn host(self) -> Result<String> {
        let version = self.version().context("there is no compiler")?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(host.context("the compiler does not say what it compiles for")?.to_owned())
    }

    /// Compiles a component with the settings that matter, and looks whether it is one.
    fn probe(self, scratch: &Path) -> Result<()> {
        std::fs::create_dir_all(scratch)?;
        let (source, component) = (scratch.join("probe.rs"), scratch.join("probe.wasm"));
        // Uses the standard library, so that a target without one does not pass.
        std::fs::write(
            &source,
            "#[unsafe(no_mangle)] pub extern \"C\" fn probe() -> usize { vec![0u8; 9].len() }",
        )?;
        std::fs::remove_file(&component).ok();
        let mut rustc = Command::new(self.rustc());
        rustc.env_remove("LD_LIBRARY_PATH").args([
            "--edition=2024",
            "--crate-type=cdylib",
            "--target",
            TARGET,
        ]);
        rustc.args(["-Copt-level=s", "-Clto=fat", "-Cpanic=abort", "-o"]).arg(&component).arg(&source);
        process::output(&mut rustc)?;
        let bytes = std::fs::read(&component)?;
        if !bytes.starts_with(&COMPONENT_MAGIC) {
            bail!("{} made a core module where a component was expected", self.rustc());
        }
        Ok(())
    }
}

/// A toolchain that compiles components; made ready if none is.
pub fn ready(workspace: &Workspace) -> Result<Toolchain> {
    let wanted = wanted()?;
    let stamp = workspace.target.join("xtask").join("wasm-toolchain");
    if let Some(toolchain) = remembered(&stamp, &wanted) {
        eprintln!("==> {TARGET}: ready ({})", toolchain.name());
        return Ok(toolchain);
    }
    let scratch = stamp.with_file_name("probe");
    let toolchain =
        step(&format!("Making ready to compile to {TARGET}"), || make_ready(workspace, &wanted, &scratch))?;
    let version = toolchain.version().context("the compiler that just worked is gone")?;
    std::fs::write(&stamp, format!("{}\n{version}", toolchain.name()))?;
    std::fs::remove_dir_all(&scratch).ok();
    Ok(toolchain)
}

/// The toolchains that may be used, in the order in which they are tried.
fn wanted() -> Result<Vec<Toolchain>> {
    let Ok(name) = std::env::var("LINLI_WASM_TOOLCHAIN") else { return Ok(Toolchain::ALL.to_vec()) };
    let found = Toolchain::ALL.into_iter().find(|t| t.name() == name);
    Ok(vec![found.with_context(|| format!("LINLI_WASM_TOOLCHAIN is `{name}`: it can be rustup or debian"))?])
}

/// The toolchain that passed the probe before, if it is still the same and still has the target.
fn remembered(stamp: &Path, wanted: &[Toolchain]) -> Option<Toolchain> {
    let text = std::fs::read_to_string(stamp).ok()?;
    let (name, version) = text.split_once('\n')?;
    let toolchain = wanted.iter().copied().find(|t| t.name() == name)?;
    (toolchain.version()? == version && has_std(toolchain)).then_some(toolchain)
}

/// Whether the target's standard library lies where the compiler looks for it.
fn has_std(toolchain: Toolchain) -> bool {
    let mut rustc = Command::new(toolchain.rustc());
    rustc.env_remove("LD_LIBRARY_PATH").args(["--print", "target-libdir", "--target", TARGET]);
    let Ok(directory) = process::output(&mut rustc) else { return false };
    let Ok(files) = std::fs::read_dir(directory.trim()) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn make_ready(workspace: &Workspace, wanted: &[Toolchain], scratch: &Path) -> Result<Toolchain> {
    for &toolchain in wanted {
        if has_std(toolchain) && toolchain.probe(scratch).is_ok() {
            eprintln!("    {} has the target", toolchain.rustc());
            return Ok(toolchain);
        }
    }
    let mut failures = Vec::new();
    for &toolchain in wanted {
        let outcome = match toolchain {
            Toolchain::Rustup => add_with_rustup(),
            Toolchain::Debian => add_with_debian(&workspace.root.join("xtask/wasm-target.sh")),
        };
        match outcome.and_then(|()| toolchain.probe(scratch)) {
            Ok(()) => return Ok(toolchain),
            Err(error) => {
                eprintln!("    {}: {error:#}", toolchain.name());
                failures.push(toolchain.name());
            }
        }
    }
    bail!(
        "no toolchain here compiles to {TARGET} (tried: {}); \
         `rustup target add {TARGET}` by hand is enough, or root on Debian 12 or later",
        failures.join(", ")
    )
}

fn add_with_rustup() -> Result<()> {
    eprintln!("    rustup target add {TARGET} (given up after {})", process::seconds(RUSTUP_LIMIT));
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    match process::run_within(&mut rustup, RUSTUP_LIMIT)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("rustup ended with {status}"),
        None => bail!("rustup did not finish within {}", process::seconds(RUSTUP_LIMIT)),
    }
}

fn add_with_debian(recipe: &PathBuf) -> Result<()> {
    eprintln!("    Debian's toolchain instead (about a minute)");
    process::run(Command::new("bash").arg(recipe).env_remove("LD_LIBRARY_PATH"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_for_the_compiler_that_wrote_it_and_no_other() {
        let directory = std::env::temp_dir().join(format!("linli-stamp-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let stamp = directory.join("wasm-toolchain");
        let all = Toolchain::ALL;
        assert_eq!(remembered(&stamp, &all), None, "there is none yet");
        std::fs::write(&stamp, "rustup\nrustc 1.0.0\n").unwrap();
        assert_eq!(remembered(&stamp, &all), None, "another version");
        if has_std(Toolchain::Rustup) {
            std::fs::write(&stamp, format!("rustup\n{}", Toolchain::Rustup.version().unwrap())).unwrap();
            assert_eq!(remembered(&stamp, &all), Some(Toolchain::Rustup));
            assert_eq!(remembered(&stamp, &[Toolchain::Debian]), None, "not the one that is wanted");
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
