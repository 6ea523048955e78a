//! Writing what was decided.

use linli_store::{Commit, Decided, Head, Key, Value as Bytes, head_key};

use crate::connection::{Connection, Dialect, Failed, Value, execute, patiently};
use crate::sql;

/// Rows written by one statement: four parameters each, far below what SQLite takes.
const ROWS_AT_ONCE: usize = 64;

/// Writes the rows of a commit, inside a transaction.
pub(crate) fn write(connection: &dyn Connection, partition: i64, decided: &Decided) -> Result<(), Failed> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    for (key, value) in &decided.rows {
        match value {
            Some(value) => puts.push((key, value)),
            None => deletes.push(key),
        }
    }
    for some in deletes.chunks(ROWS_AT_ONCE) {
        let keys = some.iter().map(|key| Value::Blob(key.to_vec()));
        let parameters = [Value::Integer(partition)].into_iter().chain(keys).collect();
        execute(connection, &sql::delete_all(some.len()), parameters)?;
    }
    for some in puts.chunks(ROWS_AT_ONCE) {
        let parameters = some.iter().flat_map(|put| parameters_of(partition, decided.head.seq, put));
        execute(connection, &sql::put_all(connection.dialect(), some.len()), parameters.collect())?;
    }
    Ok(())
}

/// Whether one statement can write what is decided of it: it deletes nothing, and is not large.
pub(crate) fn is_one_statement(commit: &Commit) -> bool {
    commit.writes.len() <= ROWS_AT_ONCE && commit.writes.iter().all(|(_, value)| value.is_some())
}

/// Locks the partition, or on SQLite the whole file, until the transaction ends that this begins.
pub(crate) fn begin_writing(connection: &dyn Connection, partition: i64) -> Result<(), Failed> {
    patiently(connection, sql::begin_writing(connection.dialect()), vec![])?;
    if connection.dialect() == Dialect::Postgres {
        let none = Value::Blob(Head::default().encode().to_vec());
        let parameters = vec![Value::Integer(partition), Value::Blob(head_key().to_vec()), none];
        execute(connection, sql::LOCK_PARTITION, parameters)?;
    }
    Ok(())
}

/// Writes the rows by one statement, which is a transaction of its own and holds a lock no longer than it takes to carry it
/// out, if the partition's last commit still is the one it was decided on. False, and nothing is written, when somebody was
/// faster.
pub(crate) fn write_if_last(
    connection: &dyn Connection,
    partition: i64,
    decided: &Decided,
) -> Result<bool, Failed> {
    let puts = decided.rows.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let (place, head) = (Value::Integer(partition), Value::Blob(head_key().to_vec()));
    let (statement, parameters) = match connection.dialect() {
        Dialect::Sqlite => {
            let last = Value::Integer(number_of(decided.head.seq - 1));
            let rows = puts.clone().flat_map(|put| parameters_of(partition, decided.head.seq, &put));
            (sql::put_if_last(puts.count()), [place, head, last].into_iter().chain(rows).collect())
        }
        Dialect::Postgres => {
            let (is_first, number) = (decided.head.seq == 1, Value::Integer(number_of(decided.head.seq)));
            let others = puts.filter(|(key, _)| **key != head_key());
            let pairs = others.clone().flat_map(|(key, value)| [key, value].map(|b| Value::Blob(b.to_vec())));
            let last = Value::Blob(decided.head.encode().to_vec());
            let parameters = [place, head, number, last].into_iter().chain(pairs).collect();
            (sql::put_after_head(is_first, others.count()), parameters)
        }
    };
    Ok(patiently(connection, &statement, parameters)? > 0)
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
