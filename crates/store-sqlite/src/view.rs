//! Reading: rows of the database, pending rows over them, and snapshots.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use linli_store::{Head, Key, Read, Snapshot, StoreError, Value, Versioned, Visit};
use linli_store_rows::sql::{ASCENDING, DESCENDING, GET};
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::failed;
use crate::options::ROWS_PER_AGE_CHECK;
use crate::readers::Lease;

/// A row that is not in the database yet; one without a value hides what the database has.
#[derive(Debug, Clone)]
pub(crate) struct PendingRow {
    pub(crate) version: u64,
    pub(crate) value: Option<Value>,
}

/// Accepted and not yet durable, newest per key.
pub(crate) type PendingRows = BTreeMap<Key, PendingRow>;

fn version(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| StoreError::Damaged("version of a row"))
}

fn blob(value: rusqlite::types::ValueRef<'_>) -> Result<&[u8], StoreError> {
    value.as_blob().map_err(|_| StoreError::Damaged("type of a column"))
}

/// A partition's rows as a connection's open transaction sees them.
pub(crate) struct Rows<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) partition: i64,
}

impl Read for Rows<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        let mut statement = self.connection.prepare_cached(GET).map_err(failed)?;
        let row = statement.query_row(params![self.partition, key], |row| {
            let value = blob(row.get_ref(1)?).map(Value::from);
            Ok((row.get(0)?, value))
        });
        let Some((stored, value)) = row.optional().map_err(failed)? else { return Ok(None) };
        Ok(Some(Versioned { version: version(stored)?, value: value? }))
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let sql = if descending { DESCENDING } else { ASCENDING };
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(params![self.partition, start, end]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let key = row.get_ref(0).map_err(failed)?;
            let value = row.get_ref(2).map_err(failed)?;
            let stored = row.get(1).map_err(failed)?;
            if visit(blob(key)?, version(stored)?, blob(value)?).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Visits `pending` over `below`: of a key that both have, the pending row counts, since it is never the older one.
pub(crate) fn overlaid(
    pending: &PendingRows,
    below: &dyn Read,
    (start, end): (&[u8], &[u8]),
    descending: bool,
    visit: &mut Visit<'_>,
) -> Result<(), StoreError> {
    if start >= end {
        return Ok(());
    }
    let mut stretch = pending.range::<[u8], _>((Bound::Included(start), Bound::Excluded(end)));
    let mut above =
        std::iter::from_fn(|| if descending { stretch.next_back() } else { stretch.next() }).peekable();
    let show = |key: &Key, row: &PendingRow, visit: &mut Visit<'_>| match &row.value {
        Some(value) => visit(key, row.version, value),
        None => ControlFlow::Continue(()),
    };
    let mut flow = ControlFlow::Continue(());
    below.range(start, end, descending, &mut |key, version, value| {
        let before = |other: &Key| if descending { **other > *key } else { **other < *key };
        while let Some((key, row)) = above.next_if(|(other, _)| before(other)) {
            flow = show(key, row, visit);
            if flow.is_break() {
                return flow;
            }
        }
        flow = match above.next_if(|(other, _)| ***other == *key) {
            Some((key, row)) => show(key, row, visit),
            None => visit(key, version, value),
        };
        flow
    })?;
    while flow.is_continue() {
        let Some((key, row)) = above.next() else { break };
        flow = show(key, row, visit);
    }
    Ok(())
}

/// One consistent state of a partition: a read transaction, and what was pending when it began.
pub(crate) struct View {
    lease: Lease,
    partition: i64,
    pending: Arc<PendingRows>,
    head: Head,
}

impl View {
    /// The durable state. The transaction sees what it first reads, so the head is read here.
    pub(crate) fn durable(lease: Lease, partition: i64) -> Result<Self, StoreError> {
        let head = lease.read(|connection| Rows { connection, partition }.head())?;
        Ok(Self { lease, partition, pending: Arc::default(), head })
    }

    /// The same view with what is pending over it, whose last commit is `head`.
    pub(crate) fn with_pending(self, pending: Arc<PendingRows>, head: Head) -> Self {
        Self { pending, head, ..self }
    }

    fn read<T>(&self, read: impl FnOnce(Rows<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.lease.check_age()?;
        self.lease.read(|connection| read(Rows { connection, partition: self.partition }))
    }
}

impl Read for View {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        match self.pending.get(key) {
            Some(PendingRow { version, value }) => {
                Ok(value.clone().map(|value| Versioned { version: *version, value }))
            }
            None => self.read(|rows| rows.get(key)),
        }
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let (mut seen, mut aged) = (0_u32, Ok(()));
        let mut visit = |key: &[u8], version, value: &[u8]| {
            seen = seen.wrapping_add(1);
            if seen.is_multiple_of(ROWS_PER_AGE_CHECK) {
                aged = self.lease.check_age();
            }
            if aged.is_ok() { visit(key, version, value) } else { ControlFlow::Break(()) }
        };
        self.read(|rows| overlaid(&self.pending, &rows, (start, end), descending, &mut visit))?;
        aged
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl Snapshot for View {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows below, as a database would give them.
    struct Below(BTreeMap<Key, Versioned>);

    impl Read for Below {
        fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
            Ok(self.0.get(key).cloned())
        }

        fn range(
            &self,
            start: &[u8],
            end: &[u8],
            descending: bool,
            visit: &mut Visit<'_>,
        ) -> Result<(), StoreError> {
            let inside = self.0.iter().filter(|(key, _)| (start..end).contains(&&***key));
            let rows: Vec<_> = if descending { inside.rev().collect() } else { inside.collect() };
            let _ = rows.into_iter().try_for_each(|(key, row)| visit(key, row.version, &row.value));
            Ok(())
        }
    }

    fn key(n: u8) -> Key {
        [n].as_slice().into()
    }

    proptest! {
        #[test]
        fn pending_rows_lie_over_the_database_in_both_directions(
            below in proptest::collection::btree_map(0_u8..20, any::<u8>(), 0..12),
            above in proptest::collection::btree_map(0_u8..20, proptest::option::of(any::<u8>()), 0..12),
            (start, end) in (0_u8..22, 0_u8..22),
            descending: bool,
            most in 1_usize..25,
        ) {
            let mut expected: BTreeMap<u8, (u64, u8)> = below.iter().map(|(n, v)| (*n, (1, *v))).collect();
            for (n, value) in &above {
                match value {
                    Some(value) => expected.insert(*n, (2, *value)),
                    None => expected.remove(n),
                };
            }
            let inside = expected.into_iter().filter(|(n, _)| (start..end).contains(n));
            let mut expected: Vec<_> = inside.map(|(n, (version, value))| (n, version, value)).collect();
            if descending {
                expected.reverse();
            }
            expected.truncate(most);

            let row = |value: u8| -> Value { [value].as_slice().into() };
            let rows = below.into_iter().map(|(n, v)| (key(n), Versioned { version: 1, value: row(v) }));
            let pending = above.into_iter().map(|(n, v)| (key(n), PendingRow { version: 2, value: v.map(row) }));
            let mut seen = Vec::new();
            let ends = (key(start), key(end));
            overlaid(&pending.collect(), &Below(rows.collect()), (&ends.0, &ends.1), descending, &mut |k, version, v| {
                seen.push((k[0], version, v[0]));
                if seen.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }).expect("a map does not fail");
            prop_assert_eq!(seen, expected);
        }
    }
}
