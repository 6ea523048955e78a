//! On Spin: from an HTTP request to a function, and back.
//!
//! ```text
//! Spin ──wasi:http──▶ Front ──gateway's rules──▶ Below.begin ─▶ Below.handle ─▶ Below.commit
//!                       ▲                                                           │
//!                       └────────────────────── response ◀──────────────────────────┘
//! ```
//!
//! The rules are `linli_gateway`'s, the same as on the wasmtime host: routes, tokens, schemas, idempotency, problems. What is
//! below is the function, and the adapter that keeps its call: [`Below`]. From the beginning of a call to its end nothing
//! is awaited, since other requests are served in the same instance.
//!
//! - `/v1/…` are the function's operations.
//! - `/_linli/<function>/…` are beside them: [`pages`].
//! - Compiled to WebAssembly, `service` is the adapter itself.

mod below;
mod calls;
#[cfg(target_arch = "wasm32")]
mod composed;
pub mod configuration;
mod drain;
mod front;
mod joining;
pub mod pages;
#[cfg(target_arch = "wasm32")]
mod service;

pub use below::{Begun, Below, Call, Delivery, Ended, Failure};
pub use front::{Answered, Front, FrontError, Seen};
