//! `linli plugin new`: a project that builds, passes its checks, and can be uploaded as it is.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use linli_contract::ComponentName;

use super::embedded;
use super::manifest::{Language, Manifest};
use super::project::COMPONENTIZE;
use super::vendor::{self, write_file};

/// What git leaves out: what is made, and the key.
const IGNORED: &str = "/target/\n/vendor/\n/node_modules/\n*.key\n";

/// Writes the project into a directory of its name.
///
/// # Errors
/// There is something already, or it cannot be written.
pub fn create(name: &ComponentName, lang: Language, provider: &str, into: &Path) -> Result<()> {
    let root = into.join(name.as_str());
    if fs::read_dir(&root).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is there already, and not empty", root.display());
    }
    let template = match lang {
        Language::Rust => embedded::TEMPLATE_RUST,
        Language::Js => embedded::TEMPLATE_JS,
    };
    for (file, text) in template {
        write_file(&root.join(file), &filled(text, name, provider))?;
    }
    write_file(&root.join(".gitignore"), IGNORED)?;
    let manifest = Manifest::read(&root).context("the template")?;
    vendor::write(&root, &manifest)
}

fn filled(text: &str, name: &ComponentName, provider: &str) -> String {
    let crate_name = name.as_str().replace('-', "_");
    let places = [
        ("{{name}}", name.as_str()),
        ("{{crate}}", &crate_name),
        ("{{provider}}", provider),
        ("{{componentize}}", COMPONENTIZE.1),
    ];
    places.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_whole_and_is_never_written_over_another() {
        for lang in [Language::Rust, Language::Js] {
            let place = tempfile::tempdir().unwrap();
            let name: ComponentName = "note-board".parse().unwrap();
            create(&name, lang, "91330106673959654P", place.path()).unwrap();
            let root = place.path().join("note-board");
            let manifest = Manifest::read(&root).unwrap();
            assert_eq!((manifest.name, manifest.lang), (name.clone(), lang));
            for (file, text) in walk(&root) {
                assert!(!text.contains("{{"), "{file} has an empty place");
            }
            let again = create(&name, lang, "91330106673959654P", place.path()).unwrap_err();
            assert!(again.to_string().contains("not empty"), "{again}");
        }
    }

    /// The project's own files.
    fn walk(root: &Path) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(root).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("vendor") {
                files.extend(walk(&path));
            } else if path.is_file() {
                files.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
        files
    }
}
