//! A call's view of its partition, and what it wants done there.

mod events;
mod ledger;
mod meter;
mod records;
mod stock;

use std::collections::BTreeMap;
use std::sync::Arc;

use linli_contract::limits::{MAX_RECORDS_READ, MAX_RECORDS_WRITTEN, MAX_WRITE_BYTES};
use linli_contract::{Answer, Idempotency, Timestamp};

use crate::audit::AuditEntry;
use crate::commit::{Commit, ReadSet};
use crate::idempotency::{self, Stored};
use crate::key::{self, Key, Partition, Value};
use crate::layout::Layout;
use crate::ledger::LedgerChanges;
use crate::read::{Head, Released, Snapshot, StoreError};

pub use events::Delivery;
pub use ledger::{Debit, EntriesPage, HoldRequest, Transfer};
pub use meter::{is_platform_counter, storage_counter, stored_bytes};
pub use records::{Bound, Page, Range, ScanError};

/// Ids drawn that are remembered: more than most calls draw.
const MAX_DRAWN: usize = 64;

/// What a call may do to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A query: nothing may be written.
    Read,
    /// A command: everything.
    Write,
    /// A task: may publish events, nothing else.
    Publish,
}

/// Misuse of the contract by a component, or failure of the store: the call ends with a trap.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// The descriptor does not declare it.
    #[error("{0} is not declared")]
    Undeclared(&'static str),
    /// A named limit of the contract.
    #[error("over the limit {0}")]
    Limit(&'static str),
    /// Writing in a query, or in a task.
    #[error("this kind of operation does not write")]
    ReadOnly,
    /// Ids have 1 to 128 bytes of `[A-Za-z0-9._~:-]`.
    #[error("not a document id")]
    BadId,
    /// Documents are JSON objects with integers within ±(2^53-1).
    #[error("not a document")]
    BadDocument,
    /// A counter that is there already, or is not there, or would leave its bounds.
    #[error("stock: {0}")]
    Stock(&'static str),
    /// An amount below 1 or beyond 2^53-1.
    #[error("not an amount")]
    BadAmount,
    /// More than the component may store; see [`Transaction::metered`].
    #[error("the component's storage is full")]
    StorageFull,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a call has used, for limits, metrics and prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Rows read, all scans together.
    pub reads: u32,
    /// Rows written.
    pub writes: u32,
    /// Bytes written.
    pub bytes: usize,
}

/// One call's reads and pending writes. Holds a snapshot and no lock.
pub struct Transaction {
    partition: Partition,
    layout: Arc<Layout>,
    snapshot: Box<dyn Snapshot>,
    head: Head,
    now: Timestamp,
    mode: Mode,
    reads: ReadSet,
    /// Pending rows: documents, index entries, counters looked at, holds, deliveries.
    writes: BTreeMap<Key, Option<Value>>,
    stock: BTreeMap<Key, stock::Counter>,
    ledger: LedgerChanges,
    usage: Usage,
    events: usize,
    /// Whether the limits on what one call may read and write apply.
    bounded: bool,
    /// Bytes the component may store, where that is counted.
    storage: Option<i64>,
    /// See [`Transaction::spent`].
    spent: i64,
    /// Ids that were drawn for this call: no document has them yet.
    drawn: Vec<String>,
}

impl Transaction {
    /// Begins on a snapshot. `now` is moved up to the partition's last commit, so that time never goes back.
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin(
        partition: Partition,
        layout: Arc<Layout>,
        snapshot: Box<dyn Snapshot>,
        now: Timestamp,
        mode: Mode,
    ) -> Result<Self, StoreError> {
        let head = snapshot.head()?;
        Ok(Self {
            partition,
            layout,
            snapshot,
            head,
            now: now.max(head.at),
            mode,
            reads: ReadSet::default(),
            writes: BTreeMap::new(),
            stock: BTreeMap::new(),
            ledger: LedgerChanges::default(),
            usage: Usage::default(),
            events: 0,
            bounded: true,
            storage: None,
            spent: 0,
            drawn: Vec::new(),
        })
    }

    /// Without the limits on rows and bytes of one call: for the host's own work, such as an import that is all or
    /// nothing, whose size an operator chooses. Never for a component.
    #[must_use]
    pub fn unbounded(mut self) -> Self {
        self.bounded = false;
        self
    }

    /// Tells of an id that was drawn for this call, with 80 random bits: a document under it is written without a look at
    /// what was there.
    pub fn drew(&mut self, id: &str) {
        if self.drawn.len() < MAX_DRAWN {
            self.drawn.push(id.to_owned());
        }
    }

    /// `now` of the call: when the request arrived, but never before the partition's last commit.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Where it runs.
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Number of the last commit it sees.
    pub fn base(&self) -> u64 {
        self.head.seq
    }

    /// Whether what it has seen is one state; if not, nothing of it may be committed or answered. See
    /// [`Snapshot::is_whole`].
    pub fn is_whole(&self) -> bool {
        self.snapshot.is_whole()
    }

    /// Lets go of the snapshot while the call waits for the outside; it reads again after [`Transaction::resume`].
    pub fn suspend(&mut self) {
        self.snapshot = Box::new(Released);
    }

    /// Reads on from a later snapshot: a task's, after the outside has answered. What is validated at its commit is
    /// still judged from where it began.
    pub fn resume(&mut self, snapshot: Box<dyn Snapshot>) {
        self.snapshot = snapshot;
    }

    /// What it has used so far.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// What it saw, and of which commit's snapshot: all that the answer of a query stands on, besides `now`.
    pub fn into_reads(self) -> (u64, ReadSet) {
        (self.head.seq, self.reads)
    }

    /// Whether it would write anything.
    pub fn is_pure(&self) -> bool {
        self.writes.is_empty()
            && self.stock.values().all(stock::Counter::unchanged)
            && self.ledger.0.is_empty()
    }

    /// What is known of an idempotency key; counts as a read, so that of two racing requests one finds the other's
    /// answer.
    ///
    /// # Errors
    /// When the store fails.
    pub fn idempotent(&mut self, idempotency: &Idempotency) -> Result<Stored, StoreError> {
        for day in idempotency::days(self.now) {
            let key = key::idempotency(day, idempotency);
            let found = self.snapshot.get(&key)?;
            self.reads.keys.push((key, found.as_ref().map_or(0, |row| row.version)));
            if let Some(row) = found {
                return idempotency::decode(idempotency, &row.value);
            }
        }
        Ok(Stored::Fresh)
    }

    /// What the call wants done. A problem writes nothing but the answer kept for its key and the audit log; it stands
    /// on one snapshot, so it is right without validation, except that the key must still be unused.
    pub fn into_commit(
        mut self,
        answer: Option<(Idempotency, Answer)>,
        refused: bool,
        audit: Vec<AuditEntry>,
    ) -> Commit {
        if refused {
            self.writes.clear();
            self.stock.clear();
            self.ledger = LedgerChanges::default();
            self.reads.ranges.clear();
            let idempotency = key::Kind::Idempotency as u8;
            self.reads.keys.retain(|(key, _)| key.first() == Some(&idempotency));
        }
        let mut deltas = BTreeMap::new();
        for (key, counter) in self.stock {
            counter.settle(key, &mut deltas, &mut self.writes);
        }
        Commit {
            partition: self.partition,
            base: self.head.seq,
            now: self.now,
            reads: self.reads,
            writes: self.writes.into_iter().collect(),
            stock: deltas,
            ledger: self.ledger,
            answer,
            audit,
        }
    }

    /// The row as this transaction sees it, remembered as read.
    fn read(&mut self, key: &Key) -> Result<Option<Value>, Fault> {
        if let Some(pending) = self.writes.get(key) {
            return Ok(pending.clone());
        }
        self.count_read()?;
        let found = self.snapshot.get(key)?;
        self.reads.keys.push((key.clone(), found.as_ref().map_or(0, |row| row.version)));
        Ok(found.map(|row| row.value))
    }

    fn write(&mut self, key: Key, value: Option<Value>) -> Result<(), Fault> {
        self.usage.bytes += key.len() + value.as_ref().map_or(0, |v| v.len());
        if self.bounded && self.usage.bytes > MAX_WRITE_BYTES {
            return Err(Fault::Limit("MAX_WRITE_BYTES"));
        }
        self.writes.insert(key, value);
        Ok(())
    }

    fn count_read(&mut self) -> Result<(), Fault> {
        self.usage.reads += 1;
        if self.bounded && self.usage.reads > MAX_RECORDS_READ {
            Err(Fault::Limit("MAX_RECORDS_READ"))
        } else {
            Ok(())
        }
    }

    fn count_write(&mut self) -> Result<(), Fault> {
        if self.mode != Mode::Write {
            return Err(Fault::ReadOnly);
        }
        self.usage.writes += 1;
        if self.bounded && self.usage.writes > MAX_RECORDS_WRITTEN {
            Err(Fault::Limit("MAX_RECORDS_WRITTEN"))
        } else {
            Ok(())
        }
    }
}
