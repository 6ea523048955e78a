//! What deciding a commit wants to know, read by one statement: on Spin, each is a change of threads.

use std::collections::HashMap;

use linli_store::{Commit, Current, Head, Key, RangeRead, Read, StoreError, Versioned, Visit, head_key};

use crate::connection::{Connection, Value, query};
use crate::shared::Undone;
use crate::sql;
use crate::view::{Rows, blob, columns, damaged, version, versioned};

/// Stretches one statement looks at; SQLite takes a few hundred. Further ones are looked at one by one.
const STRETCHES: usize = 64;
/// Keys one statement looks at, far below what SQLite takes as parameters. Further ones are looked at one by one.
const KEYS: usize = 4_096;

/// One state of a partition, as far as a commit is decided on it.
pub(crate) struct Look<'a> {
    rows: Rows<'a>,
    head: Head,
    /// Rows that are changed by what they are.
    full: HashMap<Key, Option<Versioned>>,
    /// Versions of what the call has read; 0 where nothing is.
    versions: HashMap<Key, u64>,
    /// What the call has seen of each stretch, and what there is: count and highest version.
    stretches: Vec<(&'a RangeRead, (u64, u64))>,
}

impl<'a> Look<'a> {
    pub(crate) fn take(connection: &'a dyn Connection, commit: &'a Commit) -> Result<Self, Undone> {
        let partition = commit.partition.id();
        let mut full: HashMap<Key, Option<Versioned>> =
            commit.changed_keys().take(KEYS).chain([head_key()]).map(|key| (key, None)).collect();
        let mut versions: HashMap<Key, u64> =
            commit.reads.keys.iter().take(KEYS).map(|(key, _)| (key.clone(), 0)).collect();
        let mut stretches: Vec<_> =
            commit.reads.ranges.iter().take(STRETCHES).map(|range| (range, (0, 0))).collect();

        let statement = sql::look(connection.dialect(), full.len(), versions.len(), stretches.len());
        let ends = stretches.iter().flat_map(|(range, _)| [&range.start, &range.end]);
        let blobs = full.keys().chain(versions.keys()).chain(ends).map(|key| Value::Blob(key.to_vec()));
        let parameters = [Value::Integer(partition)].into_iter().chain(blobs).collect();
        for row in query(connection, &statement, parameters)? {
            let [tag, key, number, last] = columns(row)?;
            match tag {
                Value::Integer(0) => {
                    full.insert(blob(key)?.into(), Some(versioned(number, last)?));
                }
                Value::Integer(1) => drop(versions.insert(blob(key)?.into(), version(number)?)),
                Value::Integer(tag) => {
                    let stretch = usize::try_from(tag - 2).ok().and_then(|n| stretches.get_mut(n));
                    let highest = highest(last)?;
                    stretch.ok_or_else(damaged)?.1 = (version(number)?, highest);
                }
                _ => return Err(damaged().into()),
            }
        }
        let head = full.remove(&head_key()).flatten();
        let head = head.map_or(Ok(Head::default()), |row| Head::decode(&row.value))?;
        Ok(Self { rows: Rows { connection, partition }, head, full, versions, stretches })
    }

    /// The state a call has seen, for a commit that was made on it: its head, and the rows that the commit changes by what
    /// they are. Of that state, deciding it asks for nothing else.
    pub(crate) fn as_seen(
        connection: &'a dyn Connection,
        partition: i64,
        head: Head,
        full: HashMap<Key, Option<Versioned>>,
    ) -> Self {
        let rows = Rows { connection, partition };
        Self { rows, head, full, versions: HashMap::new(), stretches: Vec::new() }
    }
}

/// The highest version of a stretch; 0 where nothing is.
fn highest(last: Value) -> Result<u64, StoreError> {
    match last {
        Value::Null => Ok(0),
        Value::Blob(bytes) => Ok(u64::from_be_bytes(bytes.try_into().map_err(|_| damaged())?)),
        last => version(last),
    }
}

impl Read for Look<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        match self.full.get(key) {
            Some(row) => Ok(row.clone()),
            None => self.rows.get(key),
        }
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.rows.range(start, end, descending, visit)
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl Current for Look<'_> {
    fn key_changed(&self, key: &Key, version: u64, _: u64) -> Result<bool, StoreError> {
        match self.versions.get(key) {
            Some(now) => Ok(*now != version),
            None => Ok(self.rows.get(key)?.map_or(0, |row| row.version) != version),
        }
    }

    fn range_changed(&self, range: &RangeRead, base: u64) -> Result<bool, StoreError> {
        match self.stretches.iter().find(|(known, _)| *known == range) {
            Some((_, now)) => Ok(*now != (range.count, range.highest)),
            None => self.rows.range_changed(range, base),
        }
    }
}
