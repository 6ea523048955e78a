//! Reading rows through a connection.

use linli_store::{Key, Read, StoreError, Versioned, Visit};

use crate::connection::{Connection, Dialect, Failed, Row, Value, query};
use crate::sql;

/// Rows of a stretch that are read at once: first a few, since most scans want a page, then more.
const FIRST_ROWS: i64 = 32;
const MORE_ROWS: i64 = 512;

/// A partition's rows as a connection's open transaction sees them.
pub(crate) struct Rows<'a> {
    pub(crate) connection: &'a dyn Connection,
    pub(crate) partition: i64,
}

pub(crate) fn damaged() -> StoreError {
    StoreError::Damaged("type of a column")
}

pub(crate) fn version(value: Value) -> Result<u64, StoreError> {
    match value {
        Value::Integer(version) => {
            u64::try_from(version).map_err(|_| StoreError::Damaged("version of a row"))
        }
        _ => Err(damaged()),
    }
}

pub(crate) fn blob(value: Value) -> Result<Vec<u8>, StoreError> {
    match value {
        Value::Blob(bytes) => Ok(bytes),
        _ => Err(damaged()),
    }
}

pub(crate) fn versioned(stored: Value, value: Value) -> Result<Versioned, StoreError> {
    Ok(Versioned { version: version(stored)?, value: blob(value)?.into() })
}

pub(crate) fn columns<const N: usize>(row: Row) -> Result<[Value; N], StoreError> {
    row.try_into().map_err(|_| damaged())
}

impl Rows<'_> {
    fn page(&self, start: &[u8], end: &[u8], descending: bool, most: i64) -> Result<Vec<Row>, Failed> {
        let statement = if descending { sql::DESCENDING } else { sql::ASCENDING };
        let parameters = vec![
            Value::Integer(self.partition),
            Value::Blob(start.to_vec()),
            Value::Blob(end.to_vec()),
            Value::Integer(most),
        ];
        let mut rows = query(self.connection, &format!("{statement} LIMIT ?4"), parameters)?;
        if self.connection.dialect() == Dialect::Postgres {
            // On Spin the statement is part of another one, which keeps the order in fact, but does not promise it.
            let key = |row: &Row| match row.first() {
                Some(Value::Blob(key)) => key.clone(),
                _ => Vec::new(),
            };
            rows.sort_by_cached_key(key);
            if descending {
                rows.reverse();
            }
        }
        Ok(rows)
    }
}

/// What of a stretch is left after this key: what begins after it or, in the other direction, ends before it.
pub(crate) fn after(key: &[u8], start: &[u8], end: &[u8], descending: bool) -> (Vec<u8>, Vec<u8>) {
    if descending { (start.to_vec(), key.to_vec()) } else { ([key, &[0]].concat(), end.to_vec()) }
}

impl Read for Rows<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        let parameters = vec![Value::Integer(self.partition), Value::Blob(key.to_vec())];
        let rows = query(self.connection, sql::GET, parameters)?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let [stored, value] = columns(row)?;
        versioned(stored, value).map(Some)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let (mut start, mut end) = (start.to_vec(), end.to_vec());
        let mut most = FIRST_ROWS;
        while start < end {
            let rows = self.page(&start, &end, descending, most)?;
            let last = (rows.len() as i64) < most;
            for row in rows {
                let [key, stored, value] = columns(row)?;
                let key: Key = blob(key)?.into();
                if visit(&key, version(stored)?, &blob(value)?).is_break() {
                    return Ok(());
                }
                (start, end) = after(&key, &start, &end, descending);
            }
            if last {
                return Ok(());
            }
            most = MORE_ROWS;
        }
        Ok(())
    }
}
