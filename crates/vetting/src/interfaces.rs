//! What a component imports and exports, and what it must declare to import it.

use std::collections::BTreeSet;

use linli_contract::{Descriptor, Permission, is_inert_wasi};

use crate::counts::Census;
use crate::finding::{Finding, Rule};

/// Namespace and package of the contract.
const CONTRACT: &str = "linli:platform/";
/// The versions of the contract this host runs.
const CONTRACT_VERSIONS: [&str; 1] = ["0.1.0"];
/// What it must export.
const CAPABILITY: &str = "capability";
/// What any component may import of the contract (`types` holds no functions).
const FREE: [&str; 6] = ["types", "context", "settings", "records", "stock", "events"];
/// What a plugin may import if it declares what for.
const DECLARED: [&str; 4] = ["keys", "ledger", "people", "outbound"];
/// What core functions alone may import.
const CORE: [&str; 1] = ["registry"];

/// Names of interfaces, with versions, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// What it asks the host for.
    pub imports: BTreeSet<String>,
    /// What it offers.
    pub exports: BTreeSet<String>,
}

/// Why a file is not a component this host runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterfacesError {
    /// The bytes are no WebAssembly, or cut off.
    #[error("the file is not WebAssembly")]
    NotWasm,
    /// A core module, without the types the host needs.
    #[error("the file is a core module, not a component (build for wasm32-wasip2)")]
    NotAComponent,
    /// Imports the host does not give to anybody.
    #[error("the component imports what no component gets: {}", .0.join(", "))]
    ForeignImports(Vec<String>),
    /// Not a capability of a version this host runs.
    #[error("the component does not export {}", capability())]
    NoCapability,
}

/// The newest version of what a component must export.
pub(crate) fn capability() -> String {
    format!("{CONTRACT}{CAPABILITY}@{}", CONTRACT_VERSIONS[CONTRACT_VERSIONS.len() - 1])
}

impl Interfaces {
    /// Reads them from the file.
    ///
    /// # Errors
    /// The file is no component.
    pub fn read(wasm: &[u8]) -> Result<Self, InterfacesError> {
        if wasmparser::Parser::is_core_wasm(wasm) {
            return Err(InterfacesError::NotAComponent);
        }
        let census = Census::take(wasm).map_err(|_| InterfacesError::NotWasm)?;
        let (imports, exports) = (census.imports.into_iter().collect(), census.exports.into_iter().collect());
        Ok(Self { imports, exports })
    }

    /// Checks them against the contract and the inert WASI set: for components that are not plugins.
    ///
    /// # Errors
    /// See [`InterfacesError`].
    pub fn check(&self) -> Result<(), InterfacesError> {
        let foreign = self.foreign();
        if !foreign.is_empty() {
            return Err(InterfacesError::ForeignImports(foreign));
        }
        if self.has_capability() { Ok(()) } else { Err(InterfacesError::NoCapability) }
    }

    /// Imports that no component is given.
    pub(crate) fn foreign(&self) -> Vec<String> {
        self.imports.iter().filter(|name| !may_import(name)).cloned().collect()
    }

    pub(crate) fn has_capability(&self) -> bool {
        let offered = |version: &str| self.exports.contains(&format!("{CONTRACT}{CAPABILITY}@{version}"));
        CONTRACT_VERSIONS.iter().any(|version| offered(version))
    }

    /// What a plugin imports against what it declares, both ways.
    pub(crate) fn against(&self, descriptor: &Descriptor) -> Vec<Finding> {
        let mut findings = Vec::new();
        for name in &self.imports {
            let place = format!("imports.{name}");
            match interface(name) {
                Some(interface) if CORE.contains(&interface) => {
                    findings.push(Finding::new(Rule::ImportNeverGranted, place, name));
                }
                Some(interface) if !FREE.contains(&interface) && !declares(descriptor, interface) => {
                    let found = format!("{name} ({})", what_for(interface));
                    findings.push(Finding::new(Rule::ImportUndeclared, place, found));
                }
                _ => {}
            }
        }
        for (i, permission) in descriptor.permissions.iter().enumerate() {
            let wanted = needed_by(permission);
            let place = format!("permissions[{i}]");
            if CORE.contains(&wanted) {
                findings.push(Finding::new(Rule::ImportNeverGranted, place, format!("{CONTRACT}{wanted}")));
            } else if !self.imports.iter().any(|name| interface(name) == Some(wanted)) {
                findings.push(Finding::new(Rule::DeclaredUnused, place, format!("{CONTRACT}{wanted}")));
            }
        }
        findings
    }
}

/// The interface of the contract behind an import.
fn interface(import: &str) -> Option<&str> {
    let (interface, version) = import.strip_prefix(CONTRACT)?.split_once('@')?;
    CONTRACT_VERSIONS.contains(&version).then_some(interface)
}

fn may_import(name: &str) -> bool {
    match interface(name) {
        Some(interface) => [&FREE[..], &DECLARED, &CORE].concat().contains(&interface),
        None => is_inert_wasi(name),
    }
}

fn declares(descriptor: &Descriptor, interface: &str) -> bool {
    descriptor.permissions.iter().any(|permission| needed_by(permission) == interface)
        || (interface == "ledger" && !descriptor.accounts.is_empty())
}

fn needed_by(permission: &Permission) -> &'static str {
    match permission {
        Permission::People { .. } => "people",
        Permission::DebitCaller { .. } | Permission::Issue(_) => "ledger",
        Permission::Sign(_) => "keys",
        Permission::Outbound { .. } => "outbound",
        Permission::Registry => "registry",
    }
}

/// What would have to be declared.
fn what_for(interface: &str) -> &'static str {
    match interface {
        "keys" => "permission `sign`",
        "ledger" => "permission `debit-caller` or `issue`, or an account",
        "people" => "permission `people`",
        _ => "permission `outbound`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_contract_and_inert_wasi_may_be_imported() {
        for fine in
            ["linli:platform/records@0.1.0", "linli:platform/types@0.1.0", "wasi:cli/environment@0.2.3"]
        {
            assert!(may_import(fine), "{fine}");
        }
        for foreign in [
            "linli:platform/records@0.2.0",
            "linli:platform/capability@0.1.0",
            "linli:platform/directory@0.1.0",
            "linli:platform/records",
            "wasi:sockets/tcp@0.2.3",
            "wasi:http/outgoing-handler@0.2.3",
            "vendor:backdoor/shell@1.0.0",
            "records",
        ] {
            assert!(!may_import(foreign), "{foreign}");
        }
    }

    #[test]
    fn what_is_no_component_is_told_apart() {
        assert_eq!(Interfaces::read(b"hello"), Err(InterfacesError::NotWasm));
        assert_eq!(Interfaces::read(b"\0asm\x01\0\0\0"), Err(InterfacesError::NotAComponent));
        assert_eq!(
            Interfaces::read(b"\0asm\x0d\0\x01\0").and_then(|i| i.check()),
            Err(InterfacesError::NoCapability)
        );
    }
}
