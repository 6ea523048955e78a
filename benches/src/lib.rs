//! Measures Linli against a server one would write by hand, in one run on one machine.
//!
//! Absolute figures say more about the machine than about the program, so each is given as a ratio to the same thing
//! done by the `baseline` program (axum and rusqlite, one fsync per request) minutes apart. `cargo xtask bench` runs
//! it all and writes `docs/benchmarks.md`.
//!
//! The load comes from [`load`]: a few connections, each with one request under way, in one thread, so that most of
//! a small machine is left to the server.

pub mod histogram;
pub mod load;
pub mod wire;
