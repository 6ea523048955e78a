//! Links between the documents of the project lead somewhere.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Violations, files, shown};
use crate::workspace::Workspace;

/// Relative links in Markdown files to files that are not there. Links to the outside, and to places within the
/// same page, are not looked at.
pub fn check(workspace: &Workspace) -> Result<Violations> {
    let mut violations = Vec::new();
    for path in files(&workspace.root, "", "md")? {
        let shown = shown(&workspace.root, &path);
        let text = std::fs::read_to_string(&path).with_context(|| shown.clone())?;
        let directory = path.parent().context("a file lies in a directory")?;
        for (line, link) in relative_links(&text) {
            if !leads_somewhere(&workspace.root, directory, link) {
                violations.push(format!("{shown}:{line}: there is no {link}"));
            }
        }
    }
    Ok(violations)
}

fn leads_somewhere(root: &Path, directory: &Path, link: &str) -> bool {
    let file = link.split('#').next().unwrap_or_default();
    match file.strip_prefix('/') {
        Some(from_root) => root.join(from_root).exists(),
        None => directory.join(file).exists(),
    }
}

/// `[text](target)` outside code, with the line it is on; targets with a scheme, and mere fragments, left out.
fn relative_links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every other piece between backquotes is code.
        for piece in line.split('`').step_by(2) {
            let targets = piece.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            for (target, _) in targets {
                let target = target.split_whitespace().next().unwrap_or_default();
                if !target.starts_with('#') && !target.contains("://") && !target.starts_with("mailto:") {
                    links.push((number, target));
                }
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_resolve() {
        super::super::hold(check);
    }

    #[test]
    fn only_relative_links_outside_code_are_looked_at() {
        let text = "[a](README.md#top), [b](https://example.org/x), [c](#here), `[d](code.md)`
```
[e](code.md)
```
![f](docs/map.svg \"the map\") [g](/LICENSE)";
        assert_eq!(relative_links(text), [(1, "README.md#top"), (5, "docs/map.svg"), (5, "/LICENSE")]);
    }
}
