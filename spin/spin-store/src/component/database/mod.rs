//! The database a function is on: one of Spin's SQLite, or one of PostgreSQL's.

mod postgres;
mod sqlite;

use linli_store_rows::{Connection, Dialect, Failed, Open, Row, Value};

use super::variable;

/// Name of the variable that says where a database of PostgreSQL's is; without it, SQLite is used.
const POSTGRES: &str = "linli_postgres";
/// Name of the variable that says which of Spin's SQLite databases it is.
const SQLITE: &str = "linli_database";
/// The one there is without that.
const DEFAULT_SQLITE: &str = "default";

/// Where it is.
pub(super) enum Database {
    /// By the name the manifest gives it.
    Sqlite(String),
    /// By its address, with what it takes to log in.
    Postgres(String),
}

/// One connection to it.
pub(super) enum SpinConnection {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

impl Database {
    /// What the variables say.
    pub(super) fn configured() -> Self {
        let set = |name| variable(name).filter(|value: &String| !value.is_empty());
        match set(POSTGRES) {
            Some(address) => Self::Postgres(address),
            None => Self::Sqlite(set(SQLITE).unwrap_or_else(|| DEFAULT_SQLITE.to_owned())),
        }
    }
}

impl Open for Database {
    type Connection = SpinConnection;

    fn open(&self) -> Result<SpinConnection, Failed> {
        match self {
            Self::Sqlite(name) => sqlite::open(name).map(SpinConnection::Sqlite),
            Self::Postgres(address) => postgres::open(address).map(SpinConnection::Postgres),
        }
    }
}

impl Connection for SpinConnection {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed> {
        match self {
            Self::Sqlite(connection) => sqlite::query(connection, statement, parameters),
            Self::Postgres(connection) => postgres::query(connection, statement, parameters),
        }
    }

    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<u64, Failed> {
        match self {
            Self::Sqlite(_) => self.query(statement, parameters).map(|rows| rows.len() as u64),
            Self::Postgres(connection) => postgres::execute(connection, statement, parameters),
        }
    }
}
