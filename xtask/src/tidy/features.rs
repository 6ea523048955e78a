//! What takes minutes to compile is compiled once: whichever crate of those that need wasmtime is built by itself, other
//! people's crates have the features they have when all are built. So have those of the host for tests, a workspace of its
//! own, but for wasmtime, of which it needs more.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Violations;
use crate::process;
use crate::spin::HOST;
use crate::workspace::{Workspace, cargo};

/// What takes minutes to compile.
const HEAVY: &str = "wasmtime";
/// How `cargo tree` is to show a crate: package and features.
const SHOWN: &str = "{p} [{f}]";

/// Crates whose features change with what is built beside them.
pub fn check(workspace: &Workspace) -> Result<Violations> {
    let chosen = |place: &Path, selection: &[&str]| -> Result<BTreeSet<String>> {
        let lines = tree(place, selection)?;
        // Ours are shown with their directories.
        Ok(lines.into_iter().filter(|line| !line.contains(" (")).collect())
    };
    let all = chosen(&workspace.root, &["--workspace"])?;
    let mut violations = Vec::new();
    for package in &workspace.crates {
        let own = chosen(&workspace.root, &["--package", &package.name])?;
        if !own.iter().any(|line| line.split(' ').next() == Some(HEAVY)) {
            continue;
        }
        violations.extend(own.difference(&all).map(|line| {
            format!("{} alone has {line}: ask in crates/unify for what the others ask of it", package.name)
        }));
    }
    let packages: BTreeSet<_> = all.iter().map(|line| package_of(line)).collect();
    let of_host = chosen(&workspace.root.join(HOST), &[])?;
    let is_shared = |line: &&String| packages.contains(package_of(line)) && !line.starts_with(HEAVY);
    violations.extend(
        of_host
            .difference(&all)
            .filter(is_shared)
            .map(|line| format!("{HOST} has {line}: ask in crates/unify for what the others ask of it")),
    );
    Ok(violations)
}

/// Name and version.
fn package_of(line: &str) -> &str {
    line.split_once(" [").map_or(line, |(package, _)| package)
}

fn tree(place: &Path, selection: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = std::process::Command::new(cargo());
    command.current_dir(place).args(["tree", "--quiet", "--locked", "--prefix", "none"]);
    command.args(["--format", SHOWN, "--edges", "normal,build,dev"]).args(selection);
    let printed = process::output(&mut command)?;
    Ok(printed.lines().map(|line| line.replace(" (*)", "").replace(" (proc-macro)", "")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_crate_alone_chooses_what_all_choose() {
        super::super::hold(check);
    }
}
