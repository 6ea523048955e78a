//! What a component imports and exports, and what a composed one may ask of Spin.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, InstanceTypeDeclaration, Parser, Payload,
};

/// What the adapters may import: Spin's own interfaces, HTTP, and what the standard library of Rust brings along. No
/// sockets: requests leave through HTTP, where Spin checks the host.
const ADAPTERS_MAY: [&str; 11] = [
    "spin:sqlite/",
    "spin:postgres/",
    "spin:variables/",
    "fermyon:spin/variables",
    "wasi:http/",
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
    "wasi:config/store",
];

/// Whether a composed component may import this of Spin.
#[must_use]
pub fn may_import(interface: &str) -> bool {
    ADAPTERS_MAY.iter().any(|allowed| match allowed.ends_with('/') {
        true => interface.starts_with(allowed),
        false => interface.split_once('@').is_some_and(|(name, _)| name == *allowed),
    })
}

/// The names at the outside of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// What it asks for, and whether there are functions or resources in it: an interface of mere types asks for nothing.
    pub imports: BTreeMap<String, bool>,
    /// What it offers.
    pub exports: BTreeSet<String>,
}

impl Interfaces {
    /// Reads them.
    ///
    /// # Errors
    /// What the reader says of a file that is no component.
    pub fn read(component: &[u8]) -> Result<Self, String> {
        let mut interfaces = Self::default();
        // Whether each type of the outermost component has functions or resources.
        let mut types = Vec::new();
        let mut depth = 0_u32;
        if !Parser::is_component(component) {
            return Err("it is another kind of file".to_owned());
        }
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(|error| error.to_string())? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                Payload::ComponentTypeSection(section) => {
                    for ty in section {
                        types.push(does_something(&ty.map_err(|error| error.to_string())?));
                    }
                }
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        let import = import.map_err(|error| error.to_string())?;
                        let active = match import.ty {
                            ComponentTypeRef::Instance(ty) => types.get(ty as usize).copied().unwrap_or(true),
                            // Takes a place among the types, as an alias does.
                            ComponentTypeRef::Type(_) => {
                                types.push(true);
                                true
                            }
                            _ => true,
                        };
                        interfaces.imports.insert(import.name.name.to_owned(), active);
                    }
                }
                Payload::ComponentAliasSection(section) => {
                    for alias in section {
                        if is_type(&alias.map_err(|error| error.to_string())?) {
                            types.push(true);
                        }
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let export = export.map_err(|error| error.to_string())?;
                        if export.kind == wasmparser::ComponentExternalKind::Type {
                            types.push(true);
                        }
                        interfaces.exports.insert(export.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(interfaces)
    }
}

fn is_type(alias: &wasmparser::ComponentAlias<'_>) -> bool {
    use wasmparser::{ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind};
    matches!(
        alias,
        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. }
            | ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. }
    )
}

fn does_something(ty: &ComponentType<'_>) -> bool {
    use wasmparser::TypeBounds::{Eq, SubResource};
    match ty {
        ComponentType::Instance(declarations) => declarations.iter().any(|declaration| {
            let InstanceTypeDeclaration::Export { ty, .. } = declaration else { return false };
            !matches!(ty, ComponentTypeRef::Type(Eq(_)))
        }),
        ComponentType::Component(declarations) => declarations.iter().any(|declaration| {
            matches!(
                declaration,
                ComponentTypeDeclaration::Export { ty: ComponentTypeRef::Type(SubResource), .. }
            )
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_get_what_is_listed() {
        assert!(may_import("spin:sqlite/sqlite@3.0.0"));
        assert!(may_import("fermyon:spin/variables@2.0.0"));
        assert!(!may_import("fermyon:spin/llm@2.0.0"));
        assert!(!may_import("wasi:sockets/tcp@0.2.6"));
        assert!(!may_import("linli:platform/records@0.1.0"));
    }

    #[test]
    fn an_interface_of_types_asks_for_nothing() {
        let component = wat::parse_str(
            r#"(component
                (import "a:b/types@1.0.0" (instance (type $r (record (field "x" u32))) (export "r" (type (eq $r)))))
                (import "a:b/acts@1.0.0" (instance (export "f" (func))))
                (import "a:b/things@1.0.0" (instance (export "t" (type (sub resource))))))"#,
        )
        .unwrap();
        let imports = Interfaces::read(&component).unwrap().imports;
        assert_eq!(
            imports.into_iter().collect::<Vec<_>>(),
            [
                ("a:b/acts@1.0.0".to_owned(), true),
                ("a:b/things@1.0.0".to_owned(), true),
                ("a:b/types@1.0.0".to_owned(), false),
            ]
        );
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Interfaces::read(b"").is_err());
        assert!(Interfaces::read(&wat::parse_str("(module)").unwrap()).is_err());
    }
}
