//! Writing what was decided.

use linli_store::{
    Commit, Current, Decided, Head, Key, Read, StoreError, Value as Bytes, Versioned, Visit, decide, head_key,
};

use crate::connection::{Connection, Failed, Value};
use crate::sql;
use crate::view::Rows;

/// Rows written by one statement: four parameters each, far below what SQLite takes.
const ROWS_AT_ONCE: usize = 64;

/// Writes the rows of a commit, inside a transaction.
pub(crate) fn write(connection: &dyn Connection, partition: i64, decided: &Decided) -> Result<(), Failed> {
    let mut puts = Vec::new();
    for (key, value) in &decided.rows {
        match value {
            Some(value) => puts.push((key, value)),
            None => {
                let parameters = vec![Value::Integer(partition), Value::Blob(key.to_vec())];
                connection.execute(sql::DELETE, parameters)?;
            }
        }
    }
    for some in puts.chunks(ROWS_AT_ONCE) {
        let parameters = some.iter().flat_map(|put| parameters_of(partition, decided.head.seq, put));
        connection.execute(&sql::put_all(some.len()), parameters.collect())?;
    }
    Ok(())
}

/// Commits by one statement, which holds the write lock no longer than it takes to carry it out, if `head`, which the
/// call has read, still is the last of its partition; `None` when it is not, and when one statement cannot do it.
///
/// It is decided without the lock, on that head and on rows as they are now. The statement writes only if the head has
/// stayed: then nothing has changed since, so those rows, too, are the newest.
pub(crate) fn commit_if_last(
    commit: &Commit,
    head: Head,
    connection: &dyn Connection,
) -> Result<Option<Decided>, Failed> {
    let partition = commit.partition.id();
    let unchanged = Unchanged { head, rows: Rows { connection, partition } };
    // A refusal may come of rows that are newer than the head: that is found out under the lock.
    let Ok(decided) = decide(commit, &unchanged) else { return Ok(None) };
    let puts: Vec<_> = decided.rows.iter().filter_map(|(key, value)| Some((key, value.as_ref()?))).collect();
    if puts.len() < decided.rows.len() || puts.len() > ROWS_AT_ONCE {
        return Ok(None);
    }
    let last = number_of(head.seq);
    let mut parameters =
        vec![Value::Integer(partition), Value::Blob(head_key().to_vec()), Value::Integer(last)];
    parameters.extend(puts.iter().flat_map(|put| parameters_of(partition, decided.head.seq, put)));
    let written = connection.execute(&sql::put_if_last(puts.len()), parameters)?;
    Ok((!written.is_empty()).then_some(decided))
}

fn parameters_of(partition: i64, seq: u64, (key, value): &(&Key, &Bytes)) -> [Value; 4] {
    [
        Value::Integer(partition),
        Value::Blob(key.to_vec()),
        Value::Integer(number_of(seq)),
        Value::Blob(value.to_vec()),
    ]
}

/// Numbers of commits count from 1 and stay far below 2^63.
fn number_of(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// The state a call has seen, for as long as its head is the last.
struct Unchanged<'a> {
    head: Head,
    rows: Rows<'a>,
}

impl Read for Unchanged<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.rows.get(key)
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

impl Current for Unchanged<'_> {}
