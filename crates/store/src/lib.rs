//! The transaction: what a call reads and writes, how its commit is decided, and the contract a database must meet.
//!
//! ```text
//! component ──records/stock/ledger/events──▶ Transaction ──Commit──▶ decide ──rows──▶ a Store
//!                                                 ▲                     ▲
//!                                              Snapshot              Current
//! ```
//!
//! - A **partition** (one community, or the platform's own) is the unit of serialization: it has one sequence of
//!   commits, and every key belongs to one partition.
//! - A [`Transaction`] reads one [`Snapshot`], remembers what it saw and keeps its writes to itself. No lock is held.
//! - [`Transaction::into_commit`] gives a [`Commit`]: reads to validate, documents to write, deltas of stock and
//!   ledger, events, audit.
//! - [`decide`] validates a commit against the current state of its partition and turns it into plain rows. It is the
//!   only place where these rules stand; every backend, and both hosts, call it.
//! - A [`Store`] keeps rows: an ordered map from keys to values with versions, per partition. That is all a database
//!   has to offer, so backends cannot differ in collation, number form or rules.
//!
//! Absent on purpose: no SQL, no threads, no clock, no HTTP. The crate compiles to WebAssembly.

mod about;
pub mod audit;
mod commit;
#[cfg(feature = "conformance")]
#[allow(clippy::unwrap_used, reason = "these are tests, in a library so that every backend can run them")]
pub mod conformance;
mod encoding;
mod filling;
mod idempotency;
mod key;
mod layout;
mod ledger;
mod oracle;
mod read;
mod retention;
mod stock;
mod store;
mod transaction;
mod verify;

pub use about::About;
pub use commit::{Commit, Current, Decided, RangeRead, ReadSet, Refused, Row, decide};
pub use encoding::IndexValue;
pub use filling::{FillBatch, Filling};
pub use idempotency::{RETENTION_DAYS, Stored, expired as expired_answers};
pub use key::{Key, Kind, Partition, Space, Value, head as head_key, queue_due};
pub use layout::{CollectionLayout, IndexLayout, Layout, SpaceNameError};
pub use ledger::{Account, AccountState, Entry, Hold, HoldStatus, LedgerChanges, Refusal};
pub use oracle::Oracle;
pub use read::{Head, Read, Snapshot, StoreError, Versioned, Visit};
pub use retention::{Expired, commit_time, last_commit_at};
pub use stock::Level;
pub use store::{CommitError, Durable, Pending, Store, Unchanged};
pub use transaction::{
    Bound, Debit, Delivery, EntriesPage, Fault, HoldRequest, Mode, Page, Range, ScanError, Transaction,
    Transfer, Usage, is_platform_counter, storage_counter, stored_bytes,
};
pub use verify::{Finding, verify};
