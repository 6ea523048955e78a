//! `linli plugin check`: what the platform will say of an upload, before it is one.

use std::path::Path;

use anyhow::{Context, Result};
use linli_contract::Descriptor;
use linli_vetting::Expected;

use super::manifest::Manifest;

/// The contract's interfaces, in imports.
const CONTRACT: &str = "linli:platform/";

/// Prints everything that is wrong with a component; whether nothing is.
///
/// # Errors
/// The file cannot be read, or is no component at all.
pub fn check(manifest: &Manifest, component: &Path) -> Result<bool> {
    let wasm = std::fs::read(component).with_context(|| format!("cannot read {}", component.display()))?;
    let report = linli_vetting::vet(&wasm, &Expected::default());
    let rejecting = report.findings.iter().filter(|finding| finding.rejects);
    let mut faults: Vec<String> = rejecting.map(|finding| finding.in_words().en.into_owned()).collect();
    let imports = &report.imports;
    faults.extend(beyond(manifest, imports.iter().map(String::as_str)));
    if let Some(descriptor) = &report.descriptor {
        faults.extend(differing(manifest, descriptor));
    }
    for fault in &faults {
        println!("FAIL {fault}");
    }
    for interface in unused(manifest, imports.iter().map(String::as_str)) {
        println!("note `{interface}` is asked for, and never imported: ask for less");
    }
    if faults.is_empty() {
        for line in report.in_words() {
            println!("     {}", line.en);
        }
        println!("ok   {}: sha256 {}", component.display(), report.digest);
    }
    Ok(faults.is_empty())
}

/// `records`, out of `linli:platform/records@0.1.0`. Types hold no functions, so nobody asks for them.
fn interface(import: &str) -> Option<&str> {
    let name = import.strip_prefix(CONTRACT)?.split('@').next()?;
    (name != "types").then_some(name)
}

fn beyond<'i>(manifest: &Manifest, imports: impl Iterator<Item = &'i str>) -> Vec<String> {
    let asked = manifest.interfaces();
    let extra = imports.filter_map(interface).filter(|name| !asked.contains(name));
    extra.map(|name| format!("`{name}` is imported, and linli-plugin.toml does not ask for it")).collect()
}

fn unused<'i>(manifest: &Manifest, imports: impl Iterator<Item = &'i str>) -> Vec<&'static str> {
    let imported: Vec<_> = imports.filter_map(interface).collect();
    manifest.interfaces().into_iter().filter(|name| *name != "context" && !imported.contains(name)).collect()
}

/// Where the component says something else than the manifest it is published with.
fn differing(manifest: &Manifest, descriptor: &Descriptor) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, same: bool| {
        if !same {
            faults.push(format!("the component's {what} is not that of linli-plugin.toml: build it again"));
        }
    };
    same("name", descriptor.name == manifest.name);
    same("version", descriptor.version == manifest.version.to_string());
    same("title", descriptor.title == manifest.title());
    same("list of permissions", descriptor.permissions == manifest.permissions());
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_held_against_what_is_asked_for() {
        let manifest: Manifest = toml::from_str(
            "name = \"a\"\nversion = \"0.1.0\"\nlang = \"js\"\nprovider = \"p\"\n\
             title = { zh = \"甲\", en = \"A\" }\nuses = [\"records\", \"stock\"]",
        )
        .unwrap();
        let imports =
            ["linli:platform/types@0.1.0", "linli:platform/records@0.1.0", "linli:platform/ledger@0.1.0"];
        let beyond = beyond(&manifest, imports.into_iter());
        assert_eq!(beyond, ["`ledger` is imported, and linli-plugin.toml does not ask for it"]);
        assert_eq!(unused(&manifest, imports.into_iter()), ["stock"]);
    }
}
