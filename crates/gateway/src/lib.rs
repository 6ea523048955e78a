//! From an HTTP request to a call, from an answer to an HTTP response.
//!
//! Both hosts (Linli's own and the Spin adapter) share these rules, so that a component cannot tell them apart. Nothing
//! here does I/O or reads a clock: `now` and the request id are parameters.
//!
//! ```text
//! Parts ──Gateway::admit──▶ Admitted ──input(body)──▶ Input ──▶ (the host runs the call) ──▶ Answer
//!   │                          │                        │                                      │
//!   └── Rejection ◀────────────┴────────────────────────┘         Admitted::respond ◀──────────┘
//!           └── Rejection::respond ──▶ Response
//! ```
//!
//! - [`Routes`] are compiled once per set of live components; schemas are checked there, never per request.
//! - [`Release`]s are versions of plugins, several of one name at once; [`Choose`] says who gets which.
//! - [`PlatformCall`] is what the platform itself is asked for, outside every community: plugins and their life.
//! - [`Tokens`] verifies bearer tokens and remembers verified ones; it outlives a change of the routes.
//! - [`Rejection`] is everything the platform itself refuses; a component's own refusal is an
//!   [`Answer::Problem`](linli_contract::Answer::Problem).
//! - [`openapi()`] and [`reference_page`] describe the live operations to programs and to people.

mod admit;
mod cache;
mod input;
mod join;
mod keys;
mod language;
pub mod limits;
mod openapi;
mod openapi_schemas;
mod platform;
mod problem;
mod reference;
mod rejection;
mod request_id;
mod respond;
mod routes;
mod schema;
mod schema_rules;
mod signer;
mod tokens;
mod url;
mod violation;

pub use admit::{Admitted, Gateway};
pub use input::Input;
pub use join::Join;
pub use keys::{KeysError, TokenKeys};
pub use language::Language;
pub use openapi::openapi;
pub use platform::{PlatformCall, platform_descriptor};
pub use problem::respond_problem;
pub use reference::{REFERENCE_POLICY, reference_page};
pub use rejection::{Place, Rejection, TokenFault};
pub use request_id::RequestIds;
pub use routes::{Choose, Release, Routes, RoutesError, check_schemas};
pub use schema::{ValueSchema, check_setting};
pub use signer::{TokenClaims, TokenSigner};
pub use tokens::Tokens;
pub use violation::Violation;
