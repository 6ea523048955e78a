//! The server: connections, back-pressure, health and metrics around the gateway's rules.
//!
//! ```text
//! socket ─▶ Server ─▶ connection ─▶ routes ─┬─ /v1/…  ─▶ call: admit → body → turn → input → Platform::call → respond
//!                                           ├─ /v1/plugins/… ─▶ plugins: admit → body → vetting → the host's registry
//!                                           └─ pages: OpenAPI, reference, health, metrics, keys
//! ```
//!
//! - [`Live`] is what is being served: the platform, and the gateway made of the descriptors of its live components.
//! - [`Server`] listens, and drains: tests start one on port 0, the `linli` binary one on its configured address.
//! - Calls go straight from hyper to the gateway; axum routes the pages beside them. A small query costs little more
//!   than the connection, so there is no middleware and no spawned task on its way.
//!
//! Absent on purpose: no rule about who may call what (gateway), nothing of WebAssembly (host), no clock but the
//! platform's.

mod admission;
mod body;
mod call;
mod client;
mod compress;
mod connection;
mod drain;
mod join;
pub mod limits;
mod live;
pub mod metrics;
mod pages;
mod plugins;
mod rate;
mod routes;
mod server;
mod state;

pub use limits::Limits;
pub use live::{Live, LiveError};
pub use plugins::{ArtifactError, Artifacts};
pub use server::{Drained, Server, ServerConfig, ServerError};
