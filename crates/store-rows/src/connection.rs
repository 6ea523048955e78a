//! What is asked of a driver.

use linli_store::StoreError;

/// A value of a parameter or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are SQLite's own")]
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
    /// Anything else, in the words of the driver, which name tables and columns, never what is in them.
    Other(String),
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Busy => Self::Overloaded,
            Failed::Other(words) => Self::Database(words),
        }
    }
}

/// One connection to the database.
pub trait Connection: Send + 'static {
    /// Carries out one statement, with parameters `?1`, `?2` and so on; all its rows.
    ///
    /// # Errors
    /// See [`Failed`].
    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed>;
}

/// Tries of a statement that finds the database busy, each of which has waited for 2 ms already: about as long as a
/// caller is patient.
const BUSY_TRIES: u32 = 1_000;

/// Carries out a statement that needs a lock, again and again while another connection has it.
///
/// # Errors
/// See [`Failed`].
pub(crate) fn patiently(
    connection: &dyn Connection,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Row>, Failed> {
    for _ in 1..BUSY_TRIES {
        match connection.execute(statement, parameters.clone()) {
            Err(Failed::Busy) => {}
            done => return done,
        }
    }
    connection.execute(statement, parameters)
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
