//! What the host and the components agree on, as plain Rust: ids, money, time, descriptors, problems and limits.
//!
//! The WIT in `wit/` is the contract; these types are the same things for code that does not speak the component
//! model (the gateway, the store, the vetting) and for the SDK. Nothing here does I/O, reads a clock or knows HTTP.
//!
//! Values parse at the edge and are trusted inside: a [`Community`] is always twelve digits, an [`Amount`] always
//! survives JSON.

pub mod base32;
mod call;
mod caller;
pub mod codes;
mod derived;
mod descriptor;
mod ids;
mod inert_wasi;
mod json;
pub mod limits;
mod money;
mod order;
mod plugin;
mod problem;
mod provider;
mod time;
mod words;

pub use call::{Answer, Content, Idempotency, Identity, Reply, Status};
pub use caller::{Caller, Role};
pub use derived::derived_id;
pub use descriptor::{
    AccountDeclaration, Attribute, Collection, Descriptor, DescriptorError, EventDeclaration, Index, Method,
    Operation, OperationKind, Permission, Setting, Subscription,
};
pub use ids::{Area, Community, ComponentName, IdError, PersonRef};
pub use inert_wasi::is_inert_wasi;
pub use json::{IntegerOutOfRange, check_integers};
pub use money::{Amount, AmountError};
pub use order::Order;
pub use plugin::{
    Digest, Grant, PluginLimits, PluginVersion, PluginVersionError, Rollout, caller_place, signed_statement,
};
pub use problem::{Problem, ProblemKind, Text};
pub use provider::{Provider, ProviderError, Standing};
pub use time::{Timestamp, TimestampError};
