//! The house rules, as far as a program can see them broken.
//!
//! Each rule is a function from the workspace to its violations, run by `cargo xtask tidy` and as a test.

mod features;
mod layers;
mod links;
mod sources;
mod wit;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;

/// One place where a rule is broken, in words that say what to do.
type Violations = Vec<String>;

/// Checks every rule and prints what it finds.
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut broken = 0;
    for (rule, check) in RULES {
        let violations = check(workspace)?;
        println!("{} {rule}", if violations.is_empty() { "ok  " } else { "FAIL" });
        for violation in &violations {
            println!("       {violation}");
        }
        broken += violations.len();
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

type Rule = fn(&Workspace) -> Result<Violations>;

const RULES: [(&str, Rule); 6] = [
    ("crates depend only on the layers below them", layers::check),
    ("one crate is compiled with the features of all", features::check),
    ("every source file opens with what it is for", sources::module_docs),
    ("source files stay short", sources::sizes),
    ("every function of the contract is documented", wit::check),
    ("relative links in the documentation resolve", links::check),
];

/// Files of the project with that extension below a directory of it, in order; what is built is left out.
fn files(root: &Path, below: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![root.join(below)];
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "node_modules" {
                    waiting.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The path as one writes it in the project: relative, with forward slashes.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
fn hold(check: Rule) {
    let violations = check(&Workspace::load().unwrap()).unwrap();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}
