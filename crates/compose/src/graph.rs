//! Who gives what to whom.

use std::borrow::Cow;

use wac_graph::types::{ItemKind, Package, SubtypeChecker, Type, Types, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};
use wasmparser::Parser;
use wit_component::ComponentEncoder;

use crate::interfaces::may_import;
use crate::{Adapters, ComposeError, Part};

/// The packages of the contract, and of what the adapters say to each other.
const OURS: &str = "linli:";
/// What makes Spin serve a component.
const HANDLER: &str = "wasi:http/";

/// A part with its place in the graph.
struct Placed {
    part: Part,
    package: PackageId,
    instance: NodeId,
}

/// Wires the parts and encodes the whole.
pub fn compose(function: &[u8], adapters: &Adapters) -> Result<Vec<u8>, ComposeError> {
    let mut graph = CompositionGraph::new();
    let wasi = place(&mut graph, Part::Wasi, &adapters.wasi)?;
    let store = place(&mut graph, Part::Store, &adapters.store)?;
    let function = place(&mut graph, Part::Function, function)?;
    let http = place(&mut graph, Part::Http, &adapters.http)?;

    give(&mut graph, &wasi, &[], |_| false)?;
    give(&mut graph, &store, &[], may_import)?;
    give(&mut graph, &function, &[&store, &wasi], |_| false)?;
    give(&mut graph, &http, &[&function, &store], may_import)?;

    let handlers = graph.types()[graph[http.package].ty()].exports.keys();
    let handlers: Vec<String> = handlers.filter(|name| name.starts_with(HANDLER)).cloned().collect();
    if handlers.is_empty() {
        return Err(ComposeError::NoHandler);
    }
    for name in handlers {
        let export = graph.alias_instance_export(http.instance, &name).map_err(invalid)?;
        graph.export(export, &name).map_err(invalid)?;
    }
    graph.encode(EncodeOptions::default()).map_err(invalid)
}

fn invalid(error: impl std::error::Error) -> ComposeError {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said += &format!(": {cause}");
        source = cause.source();
    }
    ComposeError::Invalid(said)
}

fn place(graph: &mut CompositionGraph, part: Part, bytes: &[u8]) -> Result<Placed, ComposeError> {
    let name = match part {
        Part::Function => "linli:function",
        Part::Http => "linli:spin-http",
        Part::Store => "linli:spin-store",
        Part::Wasi | Part::Composed => "linli:spin-wasi",
    };
    let unreadable = |reason: String| ComposeError::NotAComponent { part, reason };
    let bytes = match part {
        Part::Wasi if Parser::is_core_wasm(bytes) => Cow::Owned(component_of(bytes).map_err(unreadable)?),
        _ => Cow::Borrowed(bytes),
    };
    let package = Package::from_bytes(name, None, bytes.as_ref(), graph.types_mut())
        .map_err(|error| unreadable(format!("{error:#}")))?;
    let package = graph.register_package(package).map_err(invalid)?;
    let instance = graph.instantiate(package);
    Ok(Placed { part, package, instance })
}

/// A component of a core module that carries its world. The linker of `wasm32-wasip2` would do it, but gives whatever it
/// links imports of WASI that nothing uses, and `spin-wasi` must have none.
fn component_of(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true);
    encoder.module(module).and_then(|encoder| encoder.encode()).map_err(|error| format!("{error:#}"))
}

/// Gives a part what it imports from the first of `givers` that has it. What nobody has must be `outside`'s, and is left
/// to Spin; or hold types alone, which nobody needs to give.
fn give(
    graph: &mut CompositionGraph,
    to: &Placed,
    givers: &[&Placed],
    outside: impl Fn(&str) -> bool,
) -> Result<(), ComposeError> {
    let imports: Vec<(String, ItemKind)> = graph.types()[graph[to.package].ty()]
        .imports
        .iter()
        .map(|(name, kind)| (name.clone(), *kind))
        .collect();
    for (interface, wanted) in imports {
        // The front of Spin's own interfaces never comes from a part, though a part may have one of that name.
        if outside(&interface) && !interface.starts_with(OURS) {
            continue;
        }
        let Some((giver, name, offered)) = find(graph, givers, &interface) else {
            if is_types_alone(graph.types(), wanted) {
                continue;
            }
            let part = to.part;
            return Err(match givers {
                [] => ComposeError::Foreign { part, interface },
                _ => ComposeError::Unsatisfied { part, interface },
            });
        };
        let mut known = Default::default();
        if let Err(reason) =
            SubtypeChecker::new(&mut known).is_subtype(offered, graph.types(), wanted, graph.types())
        {
            return Err(ComposeError::Mismatched { part: to.part, interface, reason: format!("{reason:#}") });
        }
        let export = graph.alias_instance_export(giver, &name).map_err(invalid)?;
        graph.set_instantiation_argument(to.instance, &interface, export).map_err(|error| {
            ComposeError::Mismatched {
                part: to.part,
                interface: interface.clone(),
                reason: error.to_string(),
            }
        })?;
    }
    Ok(())
}

/// Who offers an interface: under its very name, or else in a version that is compatible.
fn find(graph: &CompositionGraph, givers: &[&Placed], interface: &str) -> Option<(NodeId, String, ItemKind)> {
    let exports = |giver: &Placed| graph.types()[graph[giver.package].ty()].exports.clone();
    let exact = |giver: &&&Placed| exports(giver).get(interface).map(|kind| (interface.to_owned(), *kind));
    let near = |giver: &&&Placed| {
        exports(giver).into_iter().find(|(name, _)| are_semver_compatible(name, interface))
    };
    let by = |how: &dyn Fn(&&&Placed) -> Option<(String, ItemKind)>| {
        givers.iter().find_map(|giver| how(&giver).map(|(name, kind)| (giver.instance, name, kind)))
    };
    by(&exact).or_else(|| by(&near))
}

/// Whether an import is an interface without functions and resources.
fn is_types_alone(types: &Types, kind: ItemKind) -> bool {
    let ItemKind::Instance(interface) = kind else { return false };
    types[interface]
        .exports
        .values()
        .all(|kind| matches!(kind, ItemKind::Type(ty) if !matches!(ty, Type::Resource(_))))
}
