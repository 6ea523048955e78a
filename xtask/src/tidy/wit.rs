//! The contract is documented function by function: what an author can call, an author can read about.

use anyhow::{Context, Result};

use super::{Violations, files, shown};
use crate::workspace::Workspace;

/// Functions without a doc comment right above them, and interfaces without one.
pub fn check(workspace: &Workspace) -> Result<Violations> {
    let mut violations = Vec::new();
    for path in files(&workspace.root, "wit", "wit")? {
        let shown = shown(&workspace.root, &path);
        let text = std::fs::read_to_string(&path).with_context(|| shown.clone())?;
        violations.extend(undocumented(&text).into_iter().map(|(line, name)| {
            format!("{shown}:{line}: `{name}` has no doc comment (units, limits, errors)")
        }));
    }
    Ok(violations)
}

/// Line number and name of each interface, world and function that follows no `///`.
fn undocumented(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut documented = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if let Some(name) = declared(line)
            && !documented
        {
            found.push((number, name.to_owned()));
        }
        // An attribute (`@since`) may stand between a comment and what it is about.
        documented = line.starts_with("/// ") || documented && line.starts_with('@');
    }
    found
}

/// The name of what the line declares, if it is something to be documented.
fn declared(line: &str) -> Option<&str> {
    if line.starts_with("//") {
        return None;
    }
    if let Some(rest) = line.strip_prefix("interface ").or_else(|| line.strip_prefix("world ")) {
        return rest.split_whitespace().next();
    }
    let (name, kind) = line.split_once(':')?;
    let kind = kind.trim_start().trim_start_matches("async ").trim_start_matches("static ");
    let is_function = kind.starts_with("func(") || kind.starts_with("func (");
    is_function.then(|| name.rsplit(' ').next().unwrap_or(name).trim_start_matches('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_is_documented_function_by_function() {
        super::super::hold(check);
    }

    #[test]
    fn what_is_not_documented_is_found_where_it_stands() {
        let text = "
/// Documented.
interface good {
    /// Documented, on two
    /// lines.
    @since(version = 0.1.0)
    get: func(name: string) -> string;
    record r { get: string }
    bare: func();
}
interface bare-interface {
    resource person {
        reveal: func(
            name: string,
        );
    }
}
";
        let expected = [(9, "bare"), (11, "bare-interface"), (13, "reveal")];
        assert_eq!(undocumented(text), expected.map(|(line, name)| (line, name.to_owned())));
    }
}
