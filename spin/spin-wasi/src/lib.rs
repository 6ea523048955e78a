//! On Spin: what of WASI a function imports, with nothing behind it.
//!
//! Toolchains import parts of WASI whether a program uses them or not, and Spin would satisfy them with the real ones. So
//! every function is composed with this component, which imports nothing itself: no arguments, no environment, no files;
//! output goes nowhere; clocks stand still; random numbers are one constant stream; everything else, leaving the program
//! included, traps. The same answers as `crates/host/src/imports/wasi.rs` gives, to the same set of interfaces.
//!
//! Without `std`, which would import WASI itself.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod inert;
#[cfg(target_arch = "wasm32")]
mod streams;
