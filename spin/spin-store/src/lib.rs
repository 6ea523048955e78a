//! On Spin: what a function imports, over Spin's SQLite or PostgreSQL, and the call it is imported in.
//!
//! ```text
//! spin-http ──session.begin──▶ Instance ──Run──▶ linli_calls::imports ◀── the function's imports
//!           ──session.commit─▶    │
//!                                 └── linli_store_rows::SharedRows ──▶ spin:sqlite, spin:postgres
//! ```
//!
//! No rule of the platform stands here: what an import means is `linli_calls`', what a commit means is `linli_store`'s.
//! An [`Instance`] has one call at a time, since nothing is awaited between its beginning and its end; several instances,
//! of this function and of others, share one database.
//!
//! - [`configuration`] is what operators set, as variables of Spin.
//! - [`compositions`] is how the functions of one database know of each other: who wants whose events.
//! - `deliveries` takes what is due to the function, `retention` deletes what it has kept for long enough.
//! - Compiled to WebAssembly, `component` is the adapter itself: bindings, and conversions.

mod ahead;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod compositions;
pub mod configuration;
mod deliveries;
mod failure;
mod instance;
mod opening;
mod retention;

pub use deliveries::Delivered;
pub use failure::CallFailure;
pub use instance::{Begun, CallRequest, Ended, Instance};
pub use opening::OpenError;
