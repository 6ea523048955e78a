//! What is asked of a driver.

use std::borrow::Cow;

use linli_store::StoreError;

/// Whose SQL a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.35 or later.
    Sqlite,
    /// PostgreSQL 12 or later.
    Postgres,
}

/// A value of a parameter or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are SQLite's own; `bigint`, `text` and `bytea` in PostgreSQL")]
pub enum Value {
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
    Null,
}

/// The columns of one row, in order.
pub type Row = Vec<Value>;

/// Why a statement was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// Another connection holds a lock, and did not let go of it in time; the statement may be tried again.
    Busy,
    /// The connection is gone, in the words of the driver. What it was doing may or may not have come into effect.
    Lost(String),
    /// Anything else, in the words of the driver, which name tables and columns, never what is in them.
    Other(String),
}

impl Failed {
    /// Of what PostgreSQL says: a code (`SQLSTATE`) and its message, which does not say what is in a row as its detail does.
    #[must_use]
    pub fn of_postgres(code: &str, message: &str) -> Self {
        let words = format!("{message} ({code})");
        match code {
            // A serialization failure, a deadlock, a lock that was not had in time.
            "40001" | "40P01" | "55P03" => Self::Busy,
            // The connection, the server's end or start, a transaction that was left lying.
            _ if code.starts_with("08") || code.starts_with("57P") || code == "25P03" => Self::Lost(words),
            _ => Self::Other(words),
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Busy => Self::Overloaded,
            Failed::Lost(words) | Failed::Other(words) => Self::Database(words),
        }
    }
}

/// One connection to the database.
pub trait Connection: Send + 'static {
    /// Whose SQL it speaks.
    fn dialect(&self) -> Dialect;

    /// All rows of one statement, with parameters `?1`, `?2` and so on, in PostgreSQL `$1`, `$2`.
    ///
    /// # Errors
    /// See [`Failed`].
    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed>;

    /// Carries out one that is not asked for rows; how many it has all the same (`RETURNING`), or in PostgreSQL has written.
    ///
    /// # Errors
    /// See [`Failed`].
    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<u64, Failed> {
        self.query(statement, parameters).map(|rows| rows.len() as u64)
    }
}

impl Dialect {
    /// A statement of this crate's, which are written with parameters `?1`, `?2`.
    fn of(self, statement: &str) -> Cow<'_, str> {
        match self {
            Self::Sqlite => Cow::Borrowed(statement),
            // No statement has a question mark in a text.
            Self::Postgres => Cow::Owned(statement.replace('?', "$")),
        }
    }
}

/// All rows of one of this crate's statements.
///
/// # Errors
/// See [`Failed`].
pub(crate) fn query(
    connection: &dyn Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Row>, Failed> {
    connection.query(&connection.dialect().of(statement), parameters)
}

/// Carries out one of this crate's statements; what [`Connection::execute`] says of it.
///
/// # Errors
/// See [`Failed`].
pub(crate) fn execute(
    connection: &dyn Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<u64, Failed> {
    connection.execute(&connection.dialect().of(statement), parameters)
}

/// Tries of a statement that finds the database busy. On SQLite each has waited for 2 ms already: about as long as a
/// caller is patient. PostgreSQL waits that long by itself.
fn tries(dialect: Dialect) -> u32 {
    match dialect {
        Dialect::Sqlite => 1_000,
        Dialect::Postgres => 1,
    }
}

/// Carries out a statement that needs a lock, again and again while another connection has it.
///
/// # Errors
/// See [`Failed`].
pub(crate) fn patiently(
    connection: &dyn Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<u64, Failed> {
    for _ in 1..tries(connection.dialect()) {
        match execute(connection, statement, parameters.clone()) {
            Err(Failed::Busy) => {}
            done => return done,
        }
    }
    execute(connection, statement, parameters)
}

/// Opens connections to one database.
pub trait Open: Send + Sync + 'static {
    /// What it opens.
    type Connection: Connection;

    /// A new connection, as it comes: [`crate::set_up`] is what makes it usable.
    ///
    /// # Errors
    /// See [`Failed`].
    fn open(&self) -> Result<Self::Connection, Failed>;
}
