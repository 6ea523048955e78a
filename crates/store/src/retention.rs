//! Documents whose time is over: not written for as long as their collection is kept.
//!
//! When a document was written last is known from its version, the number of a commit, and from the audit log, which says
//! when that commit was. So keeping the time of every document costs nothing, and deleting them is an ordinary commit:
//! one that was written meanwhile stays.

use std::ops::ControlFlow;

use linli_contract::Timestamp;
use serde::Deserialize;

use crate::audit::AuditRow;
use crate::commit::{ReadSet, Row};
use crate::key::{self, Key, Kind, Value};
use crate::layout::CollectionLayout;
use crate::read::{Read, StoreError};

/// Documents to delete, and what else was seen of their collection.
#[derive(Debug, Default)]
pub struct Expired {
    /// The deletions, index entries included.
    pub writes: Vec<Row>,
    /// The documents that go, as they were.
    pub reads: ReadSet,
    /// Bytes of them, as a metered component's are counted: ids and contents.
    pub bytes: i64,
    /// The oldest version of those that stay.
    pub oldest: Option<u64>,
    /// Where the next batch goes on; none when this is the last one.
    pub next: Option<Key>,
}

impl Expired {
    /// Of `limit` documents after a place, those written by commit `last` or before it. The layout must have every index
    /// the collection ever had.
    ///
    /// # Errors
    /// When the store fails, or a document is damaged.
    pub fn read(
        read: &dyn Read,
        collection: &CollectionLayout,
        last: u64,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Self, StoreError> {
        let prefix = key::prefix(Kind::Record, collection.space, &[]);
        let start = after.map_or_else(|| prefix.clone(), |after| [after, [0].as_slice()].concat());
        let mut found: Vec<(Key, u64, Value)> = Vec::new();
        let mut expired = Self::default();
        let (mut seen, mut end) = (0, None);
        read.range(&start, &key::after(&prefix), false, &mut |key, version, value| {
            seen += 1;
            if version <= last {
                found.push((key.into(), version, value.into()));
            } else {
                expired.oldest = Some(expired.oldest.map_or(version, |oldest: u64| oldest.min(version)));
            }
            if seen < limit {
                return ControlFlow::Continue(());
            }
            end = Some(key.into());
            ControlFlow::Break(())
        })?;
        expired.next = end;
        for (key, version, value) in found {
            let damaged = || StoreError::Damaged("document");
            let document = serde_json::from_slice(&value).map_err(|_| damaged())?;
            let id = std::str::from_utf8(&key[prefix.len()..]).map_err(|_| damaged())?;
            for index in &collection.indexes {
                expired.writes.extend(
                    index.values(&document).map(|values| (key::index(index.space, &values, id), None)),
                );
            }
            expired.bytes += i64::try_from(id.len() + value.len()).unwrap_or(i64::MAX);
            expired.writes.push((key.clone(), None));
            expired.reads.keys.push((key, version));
        }
        Ok(expired)
    }
}

/// The number of the last commit of a partition at or before a moment; 0 when there was none. Commits that wrote nothing
/// to the audit log may be taken for later ones.
///
/// # Errors
/// When the store fails, or the log is damaged.
pub fn last_commit_at(read: &dyn Read, moment: Timestamp) -> Result<u64, StoreError> {
    // Times of one partition never go back, so what is sought lies between what is known to be before and after.
    let (mut before, mut after) = (0, read.head()?.seq + 1);
    while before + 1 < after {
        let middle = before + (after - before) / 2;
        match commit_from(read, middle)? {
            Some((found, at)) if at <= moment => before = found,
            _ => after = middle,
        }
    }
    Ok(before)
}

/// When the commit of that number was; as far as the audit log tells, when the next one was. None when it tells nothing.
///
/// # Errors
/// When the store fails, or the log is damaged.
pub fn commit_time(read: &dyn Read, version: u64) -> Result<Option<Timestamp>, StoreError> {
    Ok(commit_from(read, version)?.map(|(_, at)| at))
}

/// Number and time of the first audited commit from a number on.
fn commit_from(read: &dyn Read, seq: u64) -> Result<Option<(u64, Timestamp)>, StoreError> {
    #[derive(Deserialize)]
    struct Line {
        at: Timestamp,
    }
    let mut found = None;
    read.range(&key::audit(seq, 0), &Kind::Audit.stretch().1, false, &mut |key, _, value| {
        found = Some((key.to_vec(), value.to_vec()));
        ControlFlow::Break(())
    })?;
    let Some((key, value)) = found else { return Ok(None) };
    let damaged = || StoreError::Damaged("audit row");
    let seq = key.get(1..9).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let line: Line = serde_json::from_slice(&AuditRow::decode(&value)?.json).map_err(|_| damaged())?;
    Ok(Some((seq.ok_or_else(damaged)?, line.at)))
}
