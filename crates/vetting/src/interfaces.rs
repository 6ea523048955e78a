//! What a component imports and exports, read from the file without compiling it.

use std::collections::BTreeSet;

use wasmparser::{Encoding, Parser, Payload};

/// Namespace and package of the contract.
const CONTRACT: &str = "linli:platform/";
/// The versions of the contract this host runs.
const CONTRACT_VERSIONS: [&str; 1] = ["0.1.0"];
/// What a component may import of the contract, beyond `types`, which holds no functions.
const IMPORTABLE: [&str; 11] = [
    "types", "context", "settings", "keys", "records", "stock", "ledger", "events", "people", "outbound",
    "registry",
];
/// What it must export.
const CAPABILITY: &str = "capability";

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
    #[error("the component does not export {CONTRACT}{CAPABILITY}@{}", CONTRACT_VERSIONS[CONTRACT_VERSIONS.len() - 1])]
    NoCapability,
}

impl Interfaces {
    /// Reads them from the file.
    ///
    /// # Errors
    /// The file is no component.
    pub fn read(wasm: &[u8]) -> Result<Self, InterfacesError> {
        parse(wasm)
    }

    /// Checks them against the contract and the inert WASI set.
    ///
    /// # Errors
    /// See [`InterfacesError`].
    pub fn check(&self) -> Result<(), InterfacesError> {
        let foreign: Vec<String> = self.imports.iter().filter(|name| !may_import(name)).cloned().collect();
        if !foreign.is_empty() {
            return Err(InterfacesError::ForeignImports(foreign));
        }
        let offered = |version: &str| self.exports.contains(&format!("{CONTRACT}{CAPABILITY}@{version}"));
        if CONTRACT_VERSIONS.iter().any(|version| offered(version)) {
            Ok(())
        } else {
            Err(InterfacesError::NoCapability)
        }
    }
}

fn may_import(name: &str) -> bool {
    match name.strip_prefix(CONTRACT).and_then(|rest| rest.split_once('@')) {
        Some((interface, version)) => IMPORTABLE.contains(&interface) && CONTRACT_VERSIONS.contains(&version),
        None => linli_host::is_inert_wasi(name),
    }
}

fn parse(wasm: &[u8]) -> Result<Interfaces, InterfacesError> {
    let mut interfaces = Interfaces::default();
    // Modules and components inside this one have imports of their own, which are this one's affair.
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|_| InterfacesError::NotWasm)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(InterfacesError::NotAComponent);
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    interfaces
                        .imports
                        .insert(import.map_err(|_| InterfacesError::NotWasm)?.name.0.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    interfaces
                        .exports
                        .insert(export.map_err(|_| InterfacesError::NotWasm)?.name.0.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(interfaces)
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
