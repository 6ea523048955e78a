//! The inert WASI set: what toolchains import whether a program uses it or not.
//!
//! Rust's `std` for `wasm32-wasip2`, and so every Rust component, imports parts of `wasi:cli`, `wasi:io`,
//! `wasi:clocks`, `wasi:filesystem` and `wasi:random`. They are linked so that such components start, and nothing of
//! the machine is behind them: no arguments, no environment, no files; output goes nowhere; clocks stand still; random
//! numbers are one constant stream; everything else, leaving the program included, traps. What is not in the set
//! (`linli_contract::is_inert_wasi`) is not linked, and the component is refused.

use linli_calls::Misuse;
use linli_contract::is_inert_wasi;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType, Val,
};

use crate::guest::Guest;

/// The one number all inert randomness is made of: hash maps of guests are seeded with it, which is what makes their
/// order, and so a call, the same everywhere.
const SEED: u64 = 0x6c69_6e6c_695f_7761;
/// What an output stream says it takes at once, in bytes.
const ROOM: u64 = 64 * 1024;

/// An import that no component may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the component imports `{0}`, which no component is given")]
pub(crate) struct Forbidden(pub(crate) String);

/// A component called what toolchains import and nobody needs; ends the call with a trap.
#[derive(Debug, Clone, thiserror::Error)]
#[error("there is nothing behind WASI's `{0}`")]
pub(crate) struct NothingBehind(String);

struct InputStream;
struct OutputStream;
struct IoError;
struct Pollable;
struct TerminalInput;
struct TerminalOutput;
struct Descriptor;
struct DirectoryEntryStream;

/// `wasi:io/streams.stream-error`.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code, reason = "part of the type; nothing here fails")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

/// Links what of the list a component imports.
///
/// # Errors
/// [`Forbidden`] for an import that is neither of the platform nor in the list.
pub(crate) fn add_to_linker(
    linker: &mut Linker<Guest>,
    engine: &Engine,
    component: &Component,
) -> wasmtime::Result<()> {
    for (name, import) in component.component_type().imports(engine) {
        if name.starts_with("linli:platform/") {
            continue;
        }
        let (ComponentItem::ComponentInstance(items), true) = (import.ty, is_inert_wasi(name)) else {
            return Err(Forbidden(name.to_owned()).into());
        };
        let interface = name.split('@').next().unwrap_or_default();
        let mut instance = linker.instance(name)?;
        for (item, ty) in items.exports(engine) {
            match ty.ty {
                ComponentItem::ComponentFunc(_) => function(&mut instance, interface, item)?,
                ComponentItem::Resource(_) => resource(&mut instance, item)?,
                ComponentItem::Type(_) => {}
                _ => return Err(Forbidden(format!("{name}#{item}")).into()),
            }
        }
    }
    Ok(())
}

fn resource(instance: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<()> {
    let ty = match name {
        "input-stream" => ResourceType::host::<InputStream>(),
        "output-stream" => ResourceType::host::<OutputStream>(),
        "error" => ResourceType::host::<IoError>(),
        "pollable" => ResourceType::host::<Pollable>(),
        "terminal-input" => ResourceType::host::<TerminalInput>(),
        "terminal-output" => ResourceType::host::<TerminalOutput>(),
        "descriptor" => ResourceType::host::<Descriptor>(),
        "directory-entry-stream" => ResourceType::host::<DirectoryEntryStream>(),
        other => return Err(Forbidden(other.to_owned()).into()),
    };
    instance.resource(name, ty, |_, _| Ok(()))
}

/// What `std` really calls gets an answer; the rest traps.
fn function(i: &mut LinkerInstance<'_, Guest>, interface: &str, name: &str) -> wasmtime::Result<()> {
    match (interface, name) {
        ("wasi:cli/environment", "get-environment") => {
            i.func_wrap(name, |_, (): ()| Ok((Vec::<(String, String)>::new(),)))
        }
        ("wasi:cli/environment", "get-arguments") => {
            i.func_wrap(name, |_, (): ()| Ok((Vec::<String>::new(),)))
        }
        ("wasi:cli/environment", "initial-cwd") => i.func_wrap(name, |_, (): ()| Ok((None::<String>,))),
        ("wasi:cli/stdin", _) => i.func_wrap(name, |_, (): ()| Ok((Resource::<InputStream>::new_own(0),))),
        ("wasi:cli/stdout" | "wasi:cli/stderr", _) => {
            i.func_wrap(name, |_, (): ()| Ok((Resource::<OutputStream>::new_own(0),)))
        }
        ("wasi:cli/terminal-stdin", _) => {
            i.func_wrap(name, |_, (): ()| Ok((None::<Resource<TerminalInput>>,)))
        }
        ("wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr", _) => {
            i.func_wrap(name, |_, (): ()| Ok((None::<Resource<TerminalOutput>>,)))
        }
        ("wasi:filesystem/preopens", _) => {
            i.func_wrap(name, |_, (): ()| Ok((Vec::<(Resource<Descriptor>, String)>::new(),)))
        }
        ("wasi:clocks/monotonic-clock", "now") => i.func_wrap(name, |_, (): ()| Ok((0_u64,))),
        ("wasi:clocks/monotonic-clock", "resolution") => i.func_wrap(name, |_, (): ()| Ok((1_u64,))),
        ("wasi:clocks/wall-clock", _) => i.func_new(name, |_, _, _, results| {
            let member = |name: &str, value| (name.to_owned(), value);
            let epoch = vec![member("seconds", Val::U64(0)), member("nanoseconds", Val::U32(0))];
            results.fill(Val::Record(epoch));
            Ok(())
        }),
        ("wasi:random/insecure-seed", _) => i.func_wrap(name, |_, (): ()| Ok(((SEED, SEED),))),
        ("wasi:random/random" | "wasi:random/insecure", name) => random(i, name),
        ("wasi:io/streams", name) => stream(i, name),
        // Streams never wait for anything, so whoever waits for one goes on at once.
        ("wasi:io/poll", "[method]pollable.block") => {
            i.func_wrap(name, |_, (_,): (Resource<Pollable>,)| Ok(()))
        }
        ("wasi:io/poll", "[method]pollable.ready") => {
            i.func_wrap(name, |_, (_,): (Resource<Pollable>,)| Ok((true,)))
        }
        _ => inert(i, name),
    }
}

fn random(i: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<()> {
    match name {
        "get-random-u64" | "get-insecure-random-u64" => i.func_wrap(name, |_, (): ()| Ok((SEED,))),
        _ => i.func_wrap(name, |_, (length,): (u64,)| {
            if length > ROOM {
                return Err(Misuse("too much inert randomness at once").into());
            }
            // Bounded by ROOM just above.
            Ok((SEED.to_be_bytes().into_iter().cycle().take(length as usize).collect::<Vec<u8>>(),))
        }),
    }
}

/// Output is dropped: it may hold what a guest panicked over, which may be somebody's.
fn stream(i: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<()> {
    type Out = Resource<OutputStream>;
    type Done = (Result<(), StreamError>,);
    match name {
        "[method]output-stream.check-write" => {
            i.func_wrap(name, |_, (_,): (Out,)| Ok((Ok::<u64, StreamError>(ROOM),)))
        }
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => {
            i.func_wrap(name, |_, (_, _): (Out, Vec<u8>)| -> wasmtime::Result<Done> { Ok((Ok(()),)) })
        }
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => {
            i.func_wrap(name, |_, (_,): (Out,)| -> wasmtime::Result<Done> { Ok((Ok(()),)) })
        }
        "[method]input-stream.read" | "[method]input-stream.blocking-read" => i
            .func_wrap(name, |_, (_, _): (Resource<InputStream>, u64)| {
                Ok((Err::<Vec<u8>, _>(StreamError::Closed),))
            }),
        "[method]output-stream.subscribe" => {
            i.func_wrap(name, |_, (_,): (Out,)| Ok((Resource::<Pollable>::new_own(0),)))
        }
        "[method]input-stream.subscribe" => {
            i.func_wrap(name, |_, (_,): (Resource<InputStream>,)| Ok((Resource::<Pollable>::new_own(0),)))
        }
        _ => inert(i, name),
    }
}

fn inert(i: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<()> {
    let function = name.to_owned();
    i.func_new(name, move |_, _, _, _| Err(NothingBehind(function.clone()).into()))
}
