//! A component that traps while it is started, before anything of it is called.
#![allow(unsafe_code, reason = "only a linker section can run code at the start")]

use linli_sdk::prelude::*;

fn do_nothing() -> Result<NoContent, Problem> {
    Ok(NoContent)
}

/// The component; nobody ever gets to see it.
pub static TRAP_AT_START: Component = Component::new("trap-at-start", "0.1.0", "启动即崩", "Traps at start")
    .operations(&[get("/nothing", handler!(do_nothing)).roles(&[Role::Anyone]).title("无", "Nothing")]);
linli_sdk::export!(TRAP_AT_START);

#[cfg(target_arch = "wasm32")]
extern "C" fn trap() {
    panic!("inner detail");
}

// SAFETY: the functions in this section are called once when the module is started, without arguments; this one
// takes none and never comes back.
#[cfg(target_arch = "wasm32")]
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = trap;
