//! A merchant's project on disk, and how it becomes a component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::manifest::{FILE, Language, Manifest};
use super::vendor;

/// What Rust plugins are compiled to.
const TARGET: &str = "wasm32-wasip2";
/// The toolchain that Debian's packages bring, beside rustup's.
const DEBIAN: &str = "/usr/bin";
/// The npm package that puts JavaScript into a component, and the version that was tried with this platform.
pub const COMPONENTIZE: (&str, &str) = ("componentize-qjs", "0.4.5");
/// A directory of packages to use in place of the project's own: for many projects built on one machine.
const NODE_MODULES: &str = "LINLI_NODE_MODULES";

/// A project.
pub struct Project {
    /// Its directory.
    pub root: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Where to put what is built.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The component; without, `target/NAME.wasm`.
    pub out: Option<PathBuf>,
    /// What compilers leave; without, `target`.
    pub target: Option<PathBuf>,
}

impl Project {
    /// The project in this directory, or in the nearest one above it.
    ///
    /// # Errors
    /// There is none, or its manifest does not read.
    pub fn find(from: &Path) -> Result<Self> {
        let from = from.canonicalize().with_context(|| format!("cannot read {}", from.display()))?;
        let root = from.ancestors().find(|directory| directory.join(FILE).is_file()).unwrap_or(&from);
        Ok(Self { manifest: Manifest::read(root)?, root: root.to_owned() })
    }

    /// Its scenario files, in the order of their names.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn scenarios(&self) -> Result<Vec<PathBuf>> {
        let directory = self.root.join("scenarios");
        let entries = fs::read_dir(&directory)
            .with_context(|| format!("cannot read the scenarios in {}", directory.display()))?;
        let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|e| e == "toml" || e == "json"));
        files.sort();
        Ok(files)
    }

    /// Where its component is put, unless told otherwise.
    pub fn component(&self) -> PathBuf {
        self.root.join("target").join(format!("{}.wasm", self.manifest.name))
    }

    /// Compiles it.
    ///
    /// # Errors
    /// A tool is missing, or the code does not compile; the tools have said why.
    pub fn build(&self, places: &Places) -> Result<PathBuf> {
        let started = Instant::now();
        vendor::write(&self.root, &self.manifest)?;
        let target = places.target.clone().unwrap_or_else(|| self.root.join("target"));
        let out = places.out.clone().unwrap_or_else(|| self.component());
        fs::create_dir_all(&target).with_context(|| format!("cannot make {}", target.display()))?;
        let built = match self.manifest.lang {
            Language::Rust => self.build_rust(&target)?,
            Language::Js => self.build_js(&target)?,
        };
        install(&built, &out)?;
        let size = fs::metadata(&out)?.len().div_ceil(1000);
        eprintln!("{} ({size} KB, {:.1} s)", out.display(), started.elapsed().as_secs_f64());
        Ok(out)
    }

    fn build_rust(&self, target: &Path) -> Result<PathBuf> {
        let mut cargo = cargo()?;
        cargo
            .current_dir(&self.root)
            .args(["build", "--release", "--target", TARGET, "--target-dir"])
            .arg(target);
        run(&mut cargo)?;
        let file = format!("{}.wasm", self.manifest.name.as_str().replace('-', "_"));
        let built = target.join(TARGET).join("release").join(file);
        if !built.is_file() {
            bail!(
                "cargo made no {}: is the package in Cargo.toml named `{}`, with `crate-type = [\"cdylib\", \"rlib\"]`?",
                built.display(),
                self.manifest.name
            );
        }
        Ok(built)
    }

    fn build_js(&self, target: &Path) -> Result<PathBuf> {
        let built = target.join(format!("{}.componentized.wasm", self.manifest.name));
        let tool = self.node_modules()?.join(COMPONENTIZE.0).join("cli.mjs");
        let mut node = Command::new("node");
        node.current_dir(&self.root).arg(tool);
        // No WASI: nothing of the machine is there, and what the engine would ask of it traps.
        node.args([
            "--wit",
            "vendor/wit",
            "--world",
            vendor::WORLD,
            "--sync",
            "--stub-wasi",
            "--module-root",
            ".",
        ]);
        node.args(["--js", "src/plugin.js", "--output"]).arg(&built);
        let output =
            node.output().context("cannot start node; JavaScript plugins need Node.js 20 or later")?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            bail!(
                "src/plugin.js does not become a component:\n{}",
                String::from_utf8_lossy(&said).trim_end()
            );
        }
        Ok(built)
    }

    /// Where the packages are; installed if they are not there yet.
    fn node_modules(&self) -> Result<PathBuf> {
        if let Some(given) = std::env::var_os(NODE_MODULES) {
            return Ok(given.into());
        }
        let modules = self.root.join("node_modules");
        if !modules.join(COMPONENTIZE.0).join("cli.mjs").is_file() {
            let mut npm = Command::new("npm");
            npm.current_dir(&self.root).args(["install", "--no-audit", "--no-fund"]);
            run(&mut npm).context("JavaScript plugins need npm and Node.js 20 or later")?;
        }
        Ok(modules)
    }
}

/// In one piece, so that whoever watches the file sees no half of it.
fn install(built: &Path, out: &Path) -> Result<()> {
    let directory = out.parent().context("a component lies in a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let unfinished = out.with_extension("wasm.new");
    fs::copy(built, &unfinished).with_context(|| format!("cannot write {}", unfinished.display()))?;
    fs::rename(&unfinished, out).with_context(|| format!("cannot write {}", out.display()))
}

/// A cargo whose compiler has the target: the one on the path, or else Debian's.
fn cargo() -> Result<Command> {
    if has_target("rustc") {
        return Ok(Command::new("cargo"));
    }
    let rustc = format!("{DEBIAN}/rustc");
    if has_target(&rustc) {
        let mut cargo = Command::new(format!("{DEBIAN}/cargo"));
        // Under cargo, the loader would take the other toolchain's libraries.
        cargo.env("RUSTC", rustc).env_remove("LD_LIBRARY_PATH");
        return Ok(cargo);
    }
    bail!("no Rust compiler here has {TARGET}: `rustup target add {TARGET}`")
}

fn has_target(rustc: &str) -> bool {
    let mut rustc = Command::new(rustc);
    rustc.env_remove("LD_LIBRARY_PATH").args(["--print", "target-libdir", "--target", TARGET]);
    let Ok(output) = rustc.output() else { return false };
    let directory = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let Ok(files) = fs::read_dir(directory) else { return false };
    files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}
