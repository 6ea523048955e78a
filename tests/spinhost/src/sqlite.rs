//! `spin:sqlite` 3.0.0: each `open` is a connection of its own, in SQLite's own defaults; of several statements in one
//! `execute` only the first runs; what SQLite says of an error is all that is told, busy among it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Statement};
use wasmtime::component::{HasData, Resource, ResourceTable};

use crate::bindings::sqlite::{Error, Host, HostConnection, QueryResult, RowResult, Value};

/// Spin's limit of connections open at once in one instance.
const CONNECTIONS: usize = 256;
/// Spin's limit of what one `execute` may return, in bytes.
const RESULT_BYTES: usize = 128 * 1024 * 1024;

/// One connection; the file is opened at its first use, as in Spin.
pub struct Connection {
    file: PathBuf,
    opened: Mutex<Option<Arc<Mutex<rusqlite::Connection>>>>,
}

/// The databases of one component.
pub struct Databases {
    /// The files of those the manifest allows it, by label.
    pub allowed: Arc<BTreeMap<String, PathBuf>>,
    /// Connections open now.
    pub open: usize,
}

/// What the interface works on.
pub struct DatabasesView<'a> {
    pub databases: &'a mut Databases,
    pub table: &'a mut ResourceTable,
}

/// For linkers.
pub struct HasDatabases;

impl HasData for HasDatabases {
    type Data<'a> = DatabasesView<'a>;
}

type Trappable<T> = wasmtime::Result<T>;

impl Host for DatabasesView<'_> {}

impl HostConnection for DatabasesView<'_> {
    async fn open(&mut self, database: String) -> Trappable<Result<Resource<Connection>, Error>> {
        let Some(file) = self.databases.allowed.get(&database) else {
            return Ok(Err(Error::AccessDenied));
        };
        if self.databases.open >= CONNECTIONS {
            return Ok(Err(Error::Io("too many connections opened".to_owned())));
        }
        let connection = Connection { file: file.clone(), opened: Mutex::new(None) };
        self.databases.open += 1;
        Ok(Ok(self.table.push(connection)?))
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Trappable<Result<QueryResult, Error>> {
        let opened = match self.table.get(&connection)?.opened() {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        // A statement may wait five seconds for a lock, or longer where the component asked for it.
        let run = tokio::task::spawn_blocking(move || execute(&opened, &statement, parameters));
        Ok(run.await?.map_err(|error| Error::Io(error.to_string())))
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> Trappable<i64> {
        let opened = self.table.get(&connection)?.opened()?;
        let connection = opened.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(connection.last_insert_rowid())
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> Trappable<u64> {
        let opened = self.table.get(&connection)?.opened()?;
        let connection = opened.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(connection.changes())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> Trappable<()> {
        self.table.delete(connection)?;
        self.databases.open -= 1;
        Ok(())
    }
}

impl Connection {
    fn opened(&self) -> Result<Arc<Mutex<rusqlite::Connection>>, Error> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = &*opened {
            return Ok(connection.clone());
        }
        let connection = self.connect().map_err(|error| Error::Io(error.to_string()))?;
        Ok(opened.insert(Arc::new(Mutex::new(connection))).clone())
    }

    fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let mut connection = rusqlite::Connection::open(&self.file)?;
        // A component reaches no other file.
        connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
            AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => Authorization::Deny,
            _ => Authorization::Allow,
        }))?;
        Ok(connection)
    }
}

fn execute(
    connection: &Mutex<rusqlite::Connection>,
    statement: &str,
    parameters: Vec<Value>,
) -> anyhow::Result<QueryResult> {
    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    match connection.prepare_cached(statement) {
        Ok(mut statement) => query(&mut statement, parameters),
        // The first one runs, the rest is left alone.
        Err(rusqlite::Error::MultipleStatement) => {
            let first = Batch::new(&connection, statement).next()?;
            query(&mut first.ok_or(rusqlite::Error::MultipleStatement)?, parameters)
        }
        Err(error) => Err(error.into()),
    }
}

fn query(statement: &mut Statement<'_>, parameters: Vec<Value>) -> anyhow::Result<QueryResult> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut found = statement.query(rusqlite::params_from_iter(parameters.into_iter().map(parameter)))?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        let values = (0..width).map(|i| Ok(value(row.get_ref(i)?)));
        let values: Vec<Value> = values.collect::<rusqlite::Result<_>>()?;
        bytes += values.iter().map(size).sum::<usize>();
        anyhow::ensure!(bytes <= RESULT_BYTES, "query result exceeds limit of {RESULT_BYTES} bytes");
        rows.push(RowResult { values });
    }
    Ok(QueryResult { columns, rows })
}

fn parameter(value: Value) -> rusqlite::types::Value {
    match value {
        Value::Integer(number) => number.into(),
        Value::Real(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => bytes.into(),
        Value::Null => rusqlite::types::Value::Null,
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

fn size(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        }
}
