//! A commit, and the one place where it is decided.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use linli_contract::{Answer, Idempotency, Timestamp};
use serde::Serialize;

use crate::audit::{self, AuditEntry, AuditRow};
use crate::idempotency;
use crate::key::{self, Key, Partition, Value};
use crate::ledger::{AccountState, LedgerChanges};
use crate::read::{Head, Read, StoreError, Versioned};
use crate::stock::Level;

/// Everything a call wants done, and everything that must still be so for it to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// Where.
    pub partition: Partition,
    /// Number of the last commit in the snapshot it was made on.
    pub base: u64,
    /// `now` of the call.
    pub now: Timestamp,
    /// What it saw.
    pub reads: ReadSet,
    /// Rows to write or, without a value, to delete.
    pub writes: Vec<Row>,
    /// Net changes of counters that were not looked at.
    pub stock: BTreeMap<Key, i64>,
    /// Postings and holds.
    pub ledger: LedgerChanges,
    /// Kept for the key, if there is one.
    pub answer: Option<(Idempotency, Answer)>,
    /// Lines for the audit log.
    pub audit: Vec<AuditEntry>,
}

impl Commit {
    /// Keys of the rows that it changes by what they are when it is decided: counters and accounts.
    pub fn changed_keys(&self) -> impl Iterator<Item = Key> {
        self.stock.keys().cloned().chain(self.ledger.0.iter().map(|leg| leg.account.key()))
    }
}

/// A row to write, or to delete when it has no value.
pub type Row = (Key, Option<Value>);

/// What a transaction saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadSet {
    /// Keys and the versions they had; 0 for absent.
    pub keys: Vec<(Key, u64)>,
    /// Ranges.
    pub ranges: Vec<RangeRead>,
}

/// A stretch of keys and what stood in it: phantoms show in the count or in the highest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeRead {
    /// First key.
    pub start: Key,
    /// First key after it.
    pub end: Key,
    /// Rows in it.
    pub count: u64,
    /// Highest version in it; 0 when empty.
    pub highest: u64,
}

/// The state a commit is decided against: the newest, accepted commits included.
pub trait Current: Read {
    /// Whether a key that had `version` in the snapshot after commit `base` has changed since.
    ///
    /// # Errors
    /// When the database fails.
    fn key_changed(&self, key: &Key, version: u64, base: u64) -> Result<bool, StoreError> {
        let _ = base;
        Ok(self.get(key)?.map_or(0, |row| row.version) != version)
    }

    /// Whether anything in the range has changed since commit `base`.
    ///
    /// # Errors
    /// When the database fails.
    fn range_changed(&self, range: &RangeRead, base: u64) -> Result<bool, StoreError> {
        let _ = base;
        let (mut count, mut highest) = (0, 0);
        self.range(&range.start, &range.end, false, &mut |_, version, _| {
            count += 1;
            highest = highest.max(version);
            ControlFlow::Continue(())
        })?;
        Ok((count, highest) != (range.count, range.highest))
    }
}

/// Why a commit cannot be accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// Something it read has changed, or a delta no longer fits: run it again.
    #[error("what was read has changed")]
    Conflict,
    /// The state could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An accepted commit as plain rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The partition's head after it.
    pub head: Head,
    /// Every row, each key once, in order; the version of all of them is `head.seq`.
    pub rows: BTreeMap<Key, Option<Value>>,
    /// When the earliest delivery it queued is due.
    pub due: Option<Timestamp>,
}

/// Validates a commit against the current state of its partition and turns it into rows.
///
/// Reads are checked first, then stock and ledger bounds; nothing is written here.
///
/// # Errors
/// [`Refused::Conflict`] when it must be run again.
pub fn decide(commit: &Commit, current: &dyn Current) -> Result<Decided, Refused> {
    let before = current.head()?;
    if before.seq != commit.base && !stands(&commit.reads, commit.base, current)? {
        return Err(Refused::Conflict);
    }
    // Times of one partition never go back, so that a balance as of a past moment is well-defined.
    let at = before.at.max(commit.now);
    let seq = before.seq + 1;
    let mut rows: BTreeMap<Key, Option<Value>> = commit.writes.iter().cloned().collect();
    let due = rows.iter().filter(|(_, value)| value.is_some()).filter_map(|(k, _)| key::queue_due(k)).min();
    for (key, delta) in &commit.stock {
        let level = Level::decode(&current.get(key)?.ok_or(Refused::Conflict)?.value)?;
        rows.insert(key.clone(), Some(level.changed(*delta).ok_or(Refused::Conflict)?.encode()));
    }
    commit.ledger.apply(seq, at, &mut rows, &mut |key| load_account(current, key))?;
    if let Some((idempotency, answer)) = &commit.answer {
        let key = key::idempotency(idempotency::day(commit.now), idempotency);
        rows.insert(key, Some(idempotency::encode(idempotency, answer)?));
    }
    let audit = write_audit(commit, seq, at, before.audit, &mut rows)?;
    let head = Head { seq, at, audit };
    rows.insert(key::head(), Some(head.encode()));
    Ok(Decided { head, rows, due })
}

/// Whether everything that was read of the snapshot after commit `base` is in the current state as it was.
///
/// # Errors
/// When the database fails.
pub(crate) fn stands(reads: &ReadSet, base: u64, current: &dyn Current) -> Result<bool, StoreError> {
    for (key, version) in &reads.keys {
        if current.key_changed(key, *version, base)? {
            return Ok(false);
        }
    }
    for range in &reads.ranges {
        if current.range_changed(range, base)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn load_account(current: &dyn Current, key: &Key) -> Result<Option<AccountState>, StoreError> {
    current.get(key)?.map(|Versioned { value, .. }| AccountState::decode(&value)).transpose()
}

/// The audited line as stored.
#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    #[serde(flatten)]
    entry: &'a AuditEntry,
}

fn write_audit(
    commit: &Commit,
    seq: u64,
    at: Timestamp,
    mut digest: [u8; 32],
    rows: &mut BTreeMap<Key, Option<Value>>,
) -> Result<[u8; 32], StoreError> {
    let mut looked = 0;
    for (place, entry) in (0..=u16::MAX).zip(&commit.audit) {
        let json = serde_json::to_vec(&Line { at, entry }).map_err(|_| StoreError::Damaged("audit entry"))?;
        digest = audit::chain(&digest, &json);
        rows.insert(key::audit(seq, place), Some(AuditRow::encode(&digest, &json)));
        for access in &entry.accesses {
            rows.insert(key::access(&access.person, seq, looked), Some(json.as_slice().into()));
            looked = looked.saturating_add(1);
        }
    }
    Ok(digest)
}
