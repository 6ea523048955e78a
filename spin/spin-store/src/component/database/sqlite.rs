//! Connections of Spin's SQLite.

use linli_store_rows::{Failed, Row, Value};

use super::super::generated::spin::sqlite::sqlite as wit;

pub(super) use wit::Connection;

/// What SQLite says when another connection holds a lock: the interface has no other word for it.
const BUSY: [&str; 3] = ["database is locked", "database table is locked", "database schema is locked"];

pub(super) fn open(name: &str) -> Result<Connection, Failed> {
    Connection::open(name).map_err(failed)
}

pub(super) fn query(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Row>, Failed> {
    let parameters: Vec<wit::Value> = parameters.into_iter().map(Into::into).collect();
    let result = connection.execute(statement, &parameters).map_err(failed)?;
    let row = |row: wit::RowResult| row.values.into_iter().map(value).collect();
    result.rows.into_iter().map(row).collect()
}

fn failed(error: wit::Error) -> Failed {
    match error {
        wit::Error::Io(words) if BUSY.iter().any(|busy| words.contains(busy)) => Failed::Busy,
        wit::Error::Io(words) => Failed::Other(words),
        wit::Error::NoSuchDatabase => Failed::Other("there is no such database".to_owned()),
        wit::Error::AccessDenied => Failed::Other("the manifest does not give the database".to_owned()),
        wit::Error::InvalidConnection => Failed::Other("the connection is gone".to_owned()),
        wit::Error::DatabaseFull => Failed::Other("the database is full".to_owned()),
    }
}

impl From<Value> for wit::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(integer) => Self::Integer(integer),
            Value::Text(text) => Self::Text(text),
            Value::Blob(bytes) => Self::Blob(bytes),
            Value::Null => Self::Null,
        }
    }
}

fn value(value: wit::Value) -> Result<Value, Failed> {
    Ok(match value {
        wit::Value::Integer(integer) => Value::Integer(integer),
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Blob(bytes) => Value::Blob(bytes),
        wit::Value::Null => Value::Null,
        wit::Value::Real(_) => return Err(Failed::Other("a number that is no integer".to_owned())),
    })
}
