//! Connections to PostgreSQL, which Spin keeps and hands on as they were left.

use linli_store_rows::{Failed, Row, Value};

use super::super::generated::spin::postgres::postgres as wit;

pub(super) use wit::Connection;

/// What the driver says where the server says nothing: the interface has no other word for a connection that is gone.
const LOST: [&str; 2] = ["kind: Closed", "kind: Io"];

pub(super) fn open(address: &str) -> Result<Connection, Failed> {
    Connection::open(address).map_err(failed)
}

/// A query without rows never returns in Spin 4.0.0 to 4.0.2 (<https://github.com/spinframework/spin/issues/3671>), and cannot
/// be given up either. So there is one row always; where it stands for none, it has no value.
pub(super) fn query(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Row>, Failed> {
    let parameters: Vec<wit::ParameterValue> = parameters.into_iter().map(Into::into).collect();
    let statement = format!("SELECT found.* FROM (SELECT 1) AS one LEFT JOIN ({statement}) AS found ON true");
    let found = connection.query(&statement, &parameters).map_err(failed)?;
    let rows =
        found.rows.into_iter().filter(|row| !row.iter().all(|value| matches!(value, wit::DbValue::DbNull)));
    rows.map(|row| row.into_iter().map(value).collect()).collect()
}

pub(super) fn execute(
    connection: &Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<u64, Failed> {
    let parameters: Vec<wit::ParameterValue> = parameters.into_iter().map(Into::into).collect();
    connection.execute(statement, &parameters).map_err(failed)
}

/// Of what Spin says that may repeat a statement or its parameters, nothing is passed on.
fn failed(error: wit::Error) -> Failed {
    match error {
        wit::Error::QueryFailed(wit::QueryError::DbError(said)) => {
            Failed::of_postgres(&said.code, &said.message)
        }
        wit::Error::QueryFailed(wit::QueryError::Text(words))
            if LOST.iter().any(|lost| words.contains(lost)) =>
        {
            Failed::Lost("the connection is closed".to_owned())
        }
        wit::Error::QueryFailed(wit::QueryError::Text(_)) => Failed::Other("a statement failed".to_owned()),
        wit::Error::ConnectionFailed(words) => Failed::Other(format!("PostgreSQL: {}", on_one_line(&words))),
        wit::Error::BadParameter(_) | wit::Error::ValueConversionFailed(_) => {
            Failed::Other("a value is of a type that the column is not of".to_owned())
        }
        wit::Error::Other(_) => Failed::Other("Spin cannot carry out a statement".to_owned()),
    }
}

/// An error and its causes, without what may follow of a stack.
fn on_one_line(words: &str) -> String {
    let lines = words.lines().map(str::trim).take_while(|line| !line.starts_with("Stack backtrace"));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

impl From<Value> for wit::ParameterValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(integer) => Self::Int64(integer),
            Value::Text(text) => Self::Str(text),
            Value::Blob(bytes) => Self::Binary(bytes),
            Value::Null => Self::DbNull,
        }
    }
}

fn value(value: wit::DbValue) -> Result<Value, Failed> {
    Ok(match value {
        wit::DbValue::Int32(integer) => Value::Integer(integer.into()),
        wit::DbValue::Int64(integer) => Value::Integer(integer),
        wit::DbValue::Str(text) => Value::Text(text),
        wit::DbValue::Binary(bytes) => Value::Blob(bytes),
        wit::DbValue::DbNull => Value::Null,
        _ => return Err(Failed::Other("a column of a type that these tables have not".to_owned())),
    })
}
