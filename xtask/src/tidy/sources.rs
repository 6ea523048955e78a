//! Source files: what each is for stands on top of it, and none grows past what one reads at a sitting.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Violations, files, shown};
use crate::workspace::Workspace;

/// Where our own sources are.
const PLACES: [&str; 8] = ["crates", "functions", "plugins", "spin", "tests", "benches", "fuzz", "xtask"];

/// Lines a file may have. What grows past is usually two things.
const MAX_LINES: usize = 400;

/// So far below the limit, a file is not about to need its permission again.
const MARGIN: usize = 50;

/// Files that are longer, how long they may be at most, and why they are one thing all the same.
const LONGER: &[(&str, usize, &str)] = &[
    (
        "crates/contract/src/descriptor.rs",
        520,
        "one record per record of wit/capability.wit, and the rules between them",
    ),
    ("crates/gateway/tests/gateway/inputs.rs", 450, "every way in which an input can be wrong, case by case"),
];

/// Files without a module doc. A file of nothing but a parent's tests needs none: `tests.rs`, or one that says so
/// with `#![cfg(test)]`.
pub fn module_docs(workspace: &Workspace) -> Result<Violations> {
    let mut violations = Vec::new();
    for (path, text) in sources(&workspace.root)? {
        if !path.ends_with("/tests.rs") && !is_introduced(&text) {
            violations.push(format!("{path}: begin it with `//!` and what it is for"));
        }
    }
    Ok(violations)
}

/// Files that are too long, and permissions to be long that nobody needs any more.
pub fn sizes(workspace: &Workspace) -> Result<Violations> {
    let mut violations = Vec::new();
    let sources = sources(&workspace.root)?;
    for (path, text) in &sources {
        let lines = text.lines().count();
        let limit =
            LONGER.iter().find(|(longer, ..)| longer == path).map_or(MAX_LINES, |(_, limit, _)| *limit);
        if lines > limit {
            violations.push(format!(
                "{path}: {lines} lines, {limit} is the limit; split it, or give a reason here"
            ));
        }
    }
    for (path, ..) in LONGER {
        let lines =
            sources.iter().find(|(source, _)| source == path).map_or(0, |(_, text)| text.lines().count());
        if lines + MARGIN <= MAX_LINES {
            violations.push(format!("{path}: {lines} lines, so it needs no permission to be long"));
        }
    }
    Ok(violations)
}

fn sources(root: &Path) -> Result<Vec<(String, String)>> {
    let mut sources = Vec::new();
    for place in PLACES {
        for path in files(root, place, "rs")? {
            let text = std::fs::read_to_string(&path).with_context(|| shown(root, &path))?;
            sources.push((shown(root, &path), text));
        }
    }
    Ok(sources)
}

fn is_introduced(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.starts_with("//! ")
        || first == "#![cfg(test)]"
        || first == "#![doc = include_str!(\"../README.md\")]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_file_says_what_it_is_for() {
        super::super::hold(module_docs);
    }

    #[test]
    fn source_files_stay_short() {
        super::super::hold(sizes);
    }

    #[test]
    fn a_module_doc_comes_first() {
        assert!(is_introduced("//! What it is for.\nfn f() {}\n"));
        assert!(!is_introduced("fn f() {}\n//! Too late.\n"));
        assert!(!is_introduced(""));
        assert!(!is_introduced("//!\n"));
    }
}
