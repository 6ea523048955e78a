//! Against the engine: time, memory, stack, state.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use linli_sdk::prelude::*;

use crate::leave_trace;

fn spin() -> ! {
    let mut n = 0_u64;
    loop {
        n = black_box(n.wrapping_add(1));
    }
}

/// Writes, then never comes back.
pub fn loop_endlessly() -> Result<NoContent, Problem> {
    leave_trace("loop");
    spin()
}

/// Never comes back.
pub fn query_endlessly() -> Result<NoContent, Problem> {
    spin()
}

/// Writes, then asks for memory until there is none, touching all of it.
pub fn eat_memory() -> Result<NoContent, Problem> {
    leave_trace("memory");
    let mut eaten = Vec::new();
    loop {
        eaten.push(vec![1_u8; 1 << 20]);
        black_box(&eaten);
    }
}

fn descend(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    let frame = black_box([depth; 64]);
    descend(frame[0] + 1) + black_box(frame)[1]
}

/// Writes, then calls itself until the stack ends.
pub fn overflow_stack() -> Result<NoContent, Problem> {
    leave_trace("stack");
    black_box(descend(0));
    Ok(NoContent)
}

/// Writes, takes from a counter, then traps with a text that nobody outside may see.
pub fn trap() -> Result<NoContent, Problem> {
    leave_trace("trap");
    stock::open("trapped", 1);
    panic!("inner detail");
}

/// How many calls this instance has seen, this one included.
#[derive(Serialize, JsonSchema)]
pub struct Calls {
    calls: u64,
}

/// Keeps something between calls outside the store.
pub fn count_calls() -> Result<Calls, Problem> {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    Ok(Calls { calls: CALLS.fetch_add(1, Ordering::Relaxed) + 1 })
}

/// What a component can find out about where it runs, without any import of the platform.
#[derive(Serialize, JsonSchema)]
pub struct Surroundings {
    arguments: usize,
    variables: usize,
    files: bool,
    directory: bool,
    hashes: u64,
}

/// Looks at arguments, environment, files and the randomness of the standard library.
pub fn look_around() -> Result<Surroundings, Problem> {
    use std::hash::BuildHasher;
    println!("to nobody");
    eprintln!("to nobody");
    Ok(Surroundings {
        arguments: std::env::args().count(),
        variables: std::env::vars().count(),
        files: std::fs::read("/etc/hostname").is_ok() || std::fs::write("/tmp/linli", "x").is_ok(),
        directory: std::fs::read_dir("/").is_ok_and(|mut entries| entries.next().is_some()),
        // 2^53-1: what JSON carries.
        hashes: std::collections::hash_map::RandomState::new().hash_one(1) >> 11,
    })
}
