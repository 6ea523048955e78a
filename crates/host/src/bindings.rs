//! The contract as wasmtime sees it, generated from `wit/`, and its records turned into those of `linli_contract`.

pub(crate) use generated::exports::linli::platform::capability;
pub(crate) use generated::linli::platform::{
    context, events, keys, ledger, outbound, people, records, registry, settings, stock, types,
};
pub(crate) use generated::{Service as Exports, ServicePre as ExportsPre};

#[allow(missing_docs, reason = "generated; the documentation is in wit/")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "service",
        imports: {
            "linli:platform/outbound.send": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: { "linli:platform/people.person": crate::imports::people::Handle },
    });
}

linli_calls::wit_types!();
linli_calls::wit_capability!();
