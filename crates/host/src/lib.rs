//! The wasmtime host: engine, limits, linker, pool, and calls end to end.
//!
//! ```text
//! ingress ──CallRequest──▶ Platform ──▶ Service (a live component) ──▶ Pool ──▶ an instance
//!                             │                                                  │ imports/<interface>.rs
//!                             └── commit, lanes, deliveries ──▶ linli_store ◀────┘
//! ```
//!
//! Three lifetimes: [`Platform`] (the process), [`Service`] (while a component is live), and a call. This is the only
//! crate that knows wasmtime.
//!
//! What holds here:
//! - No lock is held while guest code runs. A guest runs at most one epoch (1 ms) before others get a turn.
//! - Nothing of a call outlives it in an instance but the guest's own memory, and that only in core services.
//! - An answer leaves when its commit, and the log of whose data was seen, are durable.
//! - The same request, caller, `now`, seed and snapshot give the same effects.
//! - Absent on purpose: HTTP towards callers, tokens, JSON Schema (the gateway's), files and sockets (nobody's).

mod admission;
mod answer;
mod bindings;
mod cache;
mod call;
mod clock;
mod command;
mod consents;
mod deliveries;
mod directory;
mod engine;
mod filling;
mod guest;
mod imports;
mod in_flight;
mod inspect;
mod kept;
mod keys;
mod lanes;
mod limits;
mod live;
mod load_error;
mod meter;
mod metrics;
mod orders;
mod outbound;
mod outcome;
mod platform;
mod plugins;
mod pool;
mod providers;
mod rails;
mod refs;
mod rehearsal;
mod retention;
mod running;
mod secrets;
mod service;
mod shared;

pub use call::{CallError, CallRequest, Called};
pub use clock::{Clock, ManualClock, SystemClock};
pub use consents::{Ask, AskState, Consent, ConsentError, ConsentState};
pub use directory::{Binding, Directory, DirectoryError, ImportReport, PersonRecord, Unfit};
pub use inspect::{Inspection, inspect};
pub use keys::{SignatureAlgorithm, Signatures, UnknownAlgorithm, UnknownPurpose};
pub use limits::{CallBudget, HostLimits};
pub use load_error::{LoadError, PlatformError};
pub use metrics::{ComponentSnapshot, LATENCY_BOUNDS_MICROS, MetricsSnapshot, PluginSnapshot};
pub use outbound::{Origin, OriginError, OutboundGrants, Outside, OutsideFailure, OutsideReply};
pub use platform::{Platform, PlatformConfig};
pub use plugins::{
    Act, Cleared, Counts, FileError, Happening, LifeEvent, MAX_VERSIONS, NotNow, Plugin, PluginError,
    PublisherKey, Released, RollbackRule, SignatureError, Suspension, Trial, Upload, Version, VersionStatus,
    digest_of,
};
pub use rails::{BreakerLimits, Circuit, DayOfUsage, PluginUsage};
pub use rehearsal::{Cue, Line, Rehearsal, Rehearsed, Stage};
pub use secrets::MasterKey;
pub use service::{Service, SettingError, Trust};
