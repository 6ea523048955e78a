//! What a component is, without making it live.

use linli_calls::hex;
use linli_contract::{Descriptor, is_inert_wasi};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

use crate::bindings::ExportsPre;
use crate::imports::{self, wasi};
use crate::limits::HostLimits;
use crate::load_error::LoadError;
use crate::pool::{Commons, Pool};

/// What a component exports, imports and declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// Bytes of the file.
    pub size: usize,
    /// Names of its exports.
    pub exports: Vec<String>,
    /// Names of its imports, functions of interfaces as `interface#function`.
    pub imports: Vec<String>,
    /// Imports no component is given; with any, it is not asked what it is.
    pub forbidden: Vec<String>,
    /// What it says it is; none when it cannot be asked.
    pub descriptor: Option<Descriptor>,
    /// Why it has no descriptor, or what is wrong with it.
    pub faults: Vec<String>,
}

impl Inspection {
    /// As JSON, for programs.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "digest": self.digest,
            "size": self.size,
            "exports": self.exports,
            "imports": self.imports,
            "forbidden": self.forbidden,
            "descriptor": self.descriptor,
            "faults": self.faults,
        })
    }
}

/// Compiles a component and asks what it is, with the platform's own limits and none of its data. Blocks while it does.
///
/// # Errors
/// When the bytes are no component the engine takes.
pub fn inspect(wasm: &[u8]) -> Result<Inspection, LoadError> {
    let limits = HostLimits { concurrency: 1, ..HostLimits::default() };
    if wasm.len() > limits.component_bytes {
        return Err(LoadError::TooLarge(limits.component_bytes));
    }
    let failed = |error: wasmtime::Error| LoadError::Compile(format!("{error:#}"));
    let engine = crate::engine::build(&limits, false).map_err(failed)?;
    let component = Component::from_binary(&engine, wasm).map_err(failed)?;
    let ty = component.component_type();
    let mut inspection = Inspection {
        digest: hex(&Sha256::digest(wasm)),
        size: wasm.len(),
        exports: ty.exports(&engine).map(|(name, _)| name.to_owned()).collect(),
        imports: vec![],
        forbidden: vec![],
        descriptor: None,
        faults: vec![],
    };
    for (name, import) in ty.imports(&engine) {
        if !name.starts_with("linli:platform/") && !is_inert_wasi(name) {
            inspection.forbidden.push(name.to_owned());
        }
        let functions: Vec<String> = match &import.ty {
            ComponentItem::ComponentInstance(instance) => {
                let function = |ty: &ComponentItem| matches!(ty, ComponentItem::ComponentFunc(_));
                let named = instance.exports(&engine).filter(|(_, item)| function(&item.ty));
                named.map(|(item, _)| format!("{name}#{item}")).collect()
            }
            _ => vec![],
        };
        if functions.is_empty() {
            inspection.imports.push(name.to_owned());
        }
        inspection.imports.extend(functions);
    }
    if inspection.forbidden.is_empty() {
        match ask(&engine, &component, limits) {
            Ok(descriptor) => {
                let faults = descriptor.validate().err().unwrap_or_default();
                inspection.faults = faults.iter().map(ToString::to_string).collect();
                inspection.descriptor = Some(descriptor);
            }
            Err(error) => inspection.faults.push(error.to_string()),
        }
    }
    Ok(inspection)
}

fn ask(
    engine: &wasmtime::Engine,
    component: &Component,
    limits: HostLimits,
) -> Result<Descriptor, LoadError> {
    let world = |error: wasmtime::Error| LoadError::World(format!("{error:#}"));
    let mut linker = Linker::new(engine);
    imports::add_to_linker(&mut linker).map_err(world)?;
    wasi::add_to_linker(&mut linker, engine, component).map_err(world)?;
    let pre = linker.instantiate_pre(component).map_err(world)?;
    let exports = ExportsPre::new(pre).map_err(world)?;
    let pool = Pool::new(engine, exports, Commons::new(limits, false));
    // A runtime of its own, on a thread of its own: the caller may be inside one, where waiting is not allowed.
    let asking = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| LoadError::Describe(error.to_string()))?;
        runtime.block_on(pool.describe())
    });
    asking.join().map_err(|_| LoadError::Describe("the thread that asked failed".into()))?
}
