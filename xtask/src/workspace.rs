//! What cargo knows about the workspace: where things are, which crates there are, who depends on whom.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// Memory that one compilation may need at its worst (wasmtime and SQLite are the large ones), in KiB.
const JOB_KIB: u64 = 1_500 * 1024;

/// The workspace, read once.
pub struct Workspace {
    /// Its root directory.
    pub root: PathBuf,
    /// Where cargo puts what it builds.
    pub target: PathBuf,
    /// Its crates, by name.
    pub crates: Vec<Crate>,
}

/// One crate of the workspace.
pub struct Crate {
    /// The package's name.
    pub name: String,
    /// Its directory below the root: `functions/activity-signup`.
    pub directory: String,
    /// Name of its `cdylib`, as in the file's name, if it has one.
    pub cdylib: Option<String>,
    /// Packages it depends on directly, of every kind (normal, build, dev) and for every target.
    pub dependencies: Vec<Dependency>,
}

/// A direct dependency.
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// For tests only.
    pub dev: bool,
    /// The platform it is limited to: `cfg(not(target_family = "wasm"))`.
    pub platform: Option<String>,
}

/// A crate that becomes a component.
pub struct Guest<'a> {
    /// The package.
    pub package: &'a Crate,
    /// The file cargo writes: `linli_activity_signup.wasm`.
    pub artifact: String,
    /// Where it belongs below the components directory: `activity-signup.wasm`, `tests/loop.wasm`.
    pub component: PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub fn load() -> Result<Self> {
        // Known at compile time, so that `cargo xtask` works in every subdirectory.
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let mut metadata = Command::new(cargo());
        metadata.args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"]).arg(manifest);
        Self::parse(&serde_json::from_str(&process::output(&mut metadata)?)?)
    }

    fn parse(metadata: &Value) -> Result<Self> {
        let root = PathBuf::from(text(metadata, "workspace_root")?);
        let target = PathBuf::from(text(metadata, "target_directory")?);
        let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
        let crates = packages.iter().map(|package| Crate::parse(package, &root)).collect::<Result<_>>()?;
        Ok(Self { root, target, crates })
    }

    /// The crates that become components: functions, and the guests of the tests.
    pub fn guests(&self) -> Vec<Guest<'_>> {
        fn guest(package: &Crate) -> Option<Guest<'_>> {
            let Crate { directory, cdylib, .. } = package;
            let component = match directory.strip_prefix("functions/") {
                Some(name) => PathBuf::from(format!("{name}.wasm")),
                // Apart, so that a host that serves the directory does not serve hostile guests.
                None => PathBuf::from(format!("tests/{}.wasm", directory.strip_prefix("tests/guests/")?)),
            };
            Some(Guest { package, artifact: format!("{}.wasm", cdylib.as_ref()?), component })
        }
        self.crates.iter().filter_map(guest).collect()
    }

    /// The crates of `spin/` that become components.
    pub fn adapters(&self) -> Vec<Guest<'_>> {
        fn adapter(package: &Crate) -> Option<Guest<'_>> {
            let name = package.directory.strip_prefix("spin/")?;
            let artifact = format!("{}.wasm", package.cdylib.as_ref()?);
            Some(Guest { package, artifact, component: PathBuf::from(format!("adapters/{name}.wasm")) })
        }
        self.crates.iter().filter_map(adapter).collect()
    }

    /// Where composed components are put, and the adapters below it.
    pub fn spin(&self) -> PathBuf {
        self.target.join("spin")
    }

    /// Where components are put.
    pub fn components(&self) -> PathBuf {
        self.target.join("components")
    }

    /// A program of the release profile.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// cargo in the root of the workspace, with as many jobs as the machine can bear where it compiles.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = as_typed(Command::new(cargo()));
        command.current_dir(&self.root).arg(subcommand).args(jobs());
        command
    }
}

impl Crate {
    fn parse(package: &Value, root: &Path) -> Result<Self> {
        let manifest = PathBuf::from(text(package, "manifest_path")?);
        let directory = manifest.parent().context("a manifest is in a directory")?.strip_prefix(root)?;
        let targets = package["targets"].as_array().context("a package lists its targets")?;
        let is_cdylib = |target: &&Value| {
            target["crate_types"].as_array().is_some_and(|types| types.iter().any(|t| t == "cdylib"))
        };
        let cdylib = targets.iter().find(is_cdylib).map(|target| text(target, "name")).transpose()?;
        let dependencies = package["dependencies"].as_array().context("a package lists its dependencies")?;
        Ok(Self {
            name: text(package, "name")?.to_owned(),
            directory: directory.to_str().context("a path that is not UTF-8")?.replace('\\', "/"),
            cdylib: cdylib.map(|name| name.replace('-', "_")),
            dependencies: dependencies.iter().map(Dependency::parse).collect::<Result<_>>()?,
        })
    }
}

impl Dependency {
    fn parse(dependency: &Value) -> Result<Self> {
        Ok(Self {
            name: text(dependency, "name")?.to_owned(),
            dev: dependency["kind"] == "dev",
            platform: dependency["target"].as_str().map(str::to_owned),
        })
    }
}

fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str> {
    value[member].as_str().with_context(|| format!("cargo metadata has no `{member}`"))
}

/// The cargo that runs us; it names itself in the environment.
pub fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Without what cargo tells the program it runs about that program's own package: build scripts look at such variables,
/// and what we start would be compiled anew each time it is started by hand in between.
pub fn as_typed(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|own| name.to_string_lossy().starts_with(own)) {
            command.env_remove(name);
        }
    }
    command
}

/// `--jobs` for cargo, unless the user has set it: one per core, as far as memory goes.
pub fn jobs() -> Option<String> {
    if std::env::var_os("CARGO_BUILD_JOBS").is_some() {
        return None;
    }
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let by_memory = available_kib().map_or(cores, |kib| kib / JOB_KIB);
    Some(format!("--jobs={}", cores.min(by_memory).max(1)))
}

/// Memory that can be had without swapping, where the system tells (Linux).
fn available_kib() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_a_guest_and_test_guests_stand_apart() {
        let workspace = Workspace::load().unwrap();
        let guests = workspace.guests();
        let signup = guests.iter().find(|g| g.package.directory == "functions/activity-signup").unwrap();
        assert_eq!(signup.artifact, "linli_activity_signup.wasm");
        assert_eq!(signup.component, Path::new("activity-signup.wasm"));
        for package in workspace.crates.iter().filter(|c| c.directory.starts_with("functions/")) {
            assert!(
                package.cdylib.is_some(),
                "{} is no cdylib, so no component comes of it",
                package.directory
            );
        }
        for guest in &guests {
            let in_tests = guest.package.directory.starts_with("tests/");
            assert_eq!(guest.component.starts_with("tests"), in_tests, "{}", guest.package.directory);
        }
    }
}
