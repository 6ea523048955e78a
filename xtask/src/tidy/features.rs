//! wasmtime is compiled once: whichever crate is built by itself, what wasmtime stands on has the features it has when
//! all are built.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Violations;
use crate::process;
use crate::workspace::{Workspace, cargo};

/// What takes minutes to compile.
const HEAVY: &str = "wasmtime";
/// How `cargo tree` is to show a crate: package and features.
const SHOWN: &str = "{p} [{f}]";

/// Crates whose features change with what is built beside them.
pub fn check(workspace: &Workspace) -> Result<Violations> {
    let names = |lines: BTreeSet<String>| -> BTreeSet<String> {
        lines.iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
    };
    let below = names(tree(workspace, &["--package", HEAVY, "--edges", "normal,build"])?);
    let chosen = |selection: &[&str]| -> Result<BTreeSet<String>> {
        let mut arguments = vec!["--edges", "normal,build,dev"];
        arguments.extend(selection);
        let lines = tree(workspace, &arguments)?;
        Ok(lines
            .into_iter()
            .filter(|line| line.split(' ').next().is_some_and(|name| below.contains(name)))
            .collect())
    };
    let all = chosen(&["--workspace"])?;
    let mut violations = Vec::new();
    for package in &workspace.crates {
        let own = chosen(&["--package", &package.name])?;
        if !own.iter().any(|line| line.starts_with("wasmtime ")) {
            continue;
        }
        violations.extend(own.difference(&all).map(|line| {
            format!("{} alone has {line}: ask in crates/unify for what the others ask of it", package.name)
        }));
    }
    Ok(violations)
}

fn tree(workspace: &Workspace, arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = std::process::Command::new(cargo());
    command.current_dir(&workspace.root).args(["tree", "--quiet", "--locked", "--prefix", "none"]);
    command.args(["--format", SHOWN]).args(arguments);
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
