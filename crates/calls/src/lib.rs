//! What a call means, whatever runs the component: Linli's own wasmtime host, or the adapters on Spin.
//!
//! ```text
//! Arrival ─▶ Scope (what is fixed for a call) ─▶ Run (one try of it) ─▶ outcome::commit ─▶ linli_store
//!                                                 ▲
//!        component ─ imports::<interface> ────────┘
//! ```
//!
//! - [`Component`] is a component as its imports see it: what it declares, what it was granted, its keys, settings and
//!   person references.
//! - [`Arrival`] is who calls, and for whom, as the directory knows it.
//! - [`Scope`] stays the same in all tries of a call; a [`Run`] is one of them, around a `linli_store::Transaction`.
//! - [`imports`] holds what each interface of `wit/` means, one file each: what is checked, what was granted, what is
//!   remembered. A host converts its engine's records and forwards.
//! - [`outcome`] is what becomes of a run: the answer its caller gets, the commit, the line in the audit log.
//! - [`Directory`], [`Consents`] and [`Providers`] are the platform's own books, in its own partition.
//! - [`Surroundings`] is all that the rules ask of the host.
//!
//! Absent on purpose: no engine, no threads, no HTTP, no queue. The crate compiles to WebAssembly, where on Spin it is
//! the inside of an adapter component. The one place that reads a clock is [`SystemClock`].

mod answer;
mod arrival;
mod book;
mod clock;
mod component;
mod consents;
mod deliveries;
mod directory;
mod hex;
pub mod imports;
mod keys;
mod looked;
mod orders;
mod outbound;
pub mod outcome;
mod placing;
mod providers;
mod refs;
mod retention;
mod run;
mod scope;
mod secrets;
mod trap;
mod wit;

pub use answer::{Unfit as UnfitAnswer, check as check_answer};
pub use arrival::{Arrival, NotArrived};
pub use book::{book, by_id, store_failed};
pub use clock::{Clock, ManualClock, SystemClock};
pub use component::{Component, SettingError, Trust, check_purposes, settings};
pub use consents::{Act as ConsentAct, Ask, COMPONENT as CONSENTS, Consent, Consents};
pub use deliveries::{
    DELIVERY_BACKOFF, DELIVERY_BACKOFF_MAX, DELIVERY_TRIES, backoff, expire_hold, own_transaction,
};
pub use directory::{
    Binding, COMPONENT as DIRECTORY, Directory, DirectoryError, ImportReport, Person, PersonRecord, Unfit,
    expected_row,
};
pub use hex::hex;
pub use keys::{PurposeKeys, SignatureAlgorithm, Signatures, UnknownAlgorithm, UnknownPurpose};
pub use looked::Looked;
pub use orders::publish_order;
pub use outbound::{
    Allowed, Asked, Origin, OriginError, OutboundGrants, Rate, Received, SendFailure, Sendable, is_public,
};
pub use placing::Placing;
pub use providers::{COMPONENT as PROVIDERS, Providers, PutError, Registry};
pub use refs::RefCipher;
pub use retention::{Keeping, kept_for_a_time};
pub use run::Run;
pub use scope::{MoneyLimits, Scope, Surroundings};
pub use secrets::{MasterKey, mac};
pub use trap::{Misuse, Trap};

#[doc(hidden)]
pub use linli_contract as contract;
#[doc(hidden)]
pub use linli_store as store;
