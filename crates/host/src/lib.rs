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
mod bindings;
mod cache;
mod call;
mod command;
mod consents;
mod deliveries;
mod engine;
mod filling;
mod guest;
mod imports;
mod in_flight;
mod inspect;
mod kept;
mod lanes;
mod limits;
mod live;
mod load_error;
mod meter;
mod metrics;
mod outbound;
mod platform;
mod plugins;
mod pool;
mod rails;
mod rehearsal;
mod retention;
mod running;
mod service;
mod shared;
mod slow;

pub use call::{CallError, CallRequest, Called};
pub use consents::{AskState, ConsentError, ConsentState};
pub use inspect::{Inspection, inspect};
pub use limits::{CallBudget, HostLimits};
pub use linli_calls::{
    Ask, Binding, Clock, Consent, Directory, DirectoryError, ImportReport, ManualClock, MasterKey, Origin,
    OriginError, OutboundGrants, PersonRecord, SettingError, SignatureAlgorithm, Signatures, SystemClock,
    Trust, Unfit, UnknownAlgorithm, UnknownPurpose,
};
pub use load_error::{LoadError, PlatformError};
pub use metrics::{ComponentSnapshot, LATENCY_BOUNDS_MICROS, MetricsSnapshot, PluginSnapshot};
pub use outbound::{Outside, OutsideFailure, OutsideReply};
pub use platform::{Platform, PlatformConfig};
pub use plugins::{
    Act, ApprovedPlugin, Cleared, Counts, ExportError, FileError, Happening, LifeEvent, MAX_VERSIONS, NotNow,
    Plugin, PluginError, PublisherKey, Released, RollbackRule, SignatureError, Suspension, Trial, Upload,
    Version, VersionStatus, approved_plugins, digest_of,
};
pub use rails::{BreakerLimits, Circuit, DayOfUsage, PluginUsage};
pub use rehearsal::{Cue, Line, Rehearsal, Rehearsed, Stage};
pub use service::Service;
