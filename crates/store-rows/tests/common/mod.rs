//! A store on a file through rusqlite.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli_store::Store;
use linli_store_rows::{Connection, Dialect, Failed, Open, Row, SharedRows, Value};
use rusqlite::types::ValueRef;
use tempfile::TempDir;

use crate::shared::noted::Noted;

/// Opens a file as Spin does: nothing set, and the first of several statements only.
pub struct Files(pub PathBuf);
pub struct File(rusqlite::Connection);

fn failed(error: rusqlite::Error) -> Failed {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Failed::Busy,
        _ => Failed::Other(error.to_string()),
    }
}

impl Open for Files {
    type Connection = File;

    fn open(&self) -> Result<File, Failed> {
        rusqlite::Connection::open(&self.0).map(File).map_err(failed)
    }
}

impl Connection for File {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed> {
        let parameters = parameters.into_iter().map(|parameter| match parameter {
            Value::Integer(integer) => rusqlite::types::Value::Integer(integer),
            Value::Text(text) => rusqlite::types::Value::Text(text),
            Value::Blob(bytes) => rusqlite::types::Value::Blob(bytes),
            Value::Null => rusqlite::types::Value::Null,
        });
        let mut statement = self.0.prepare_cached(statement).map_err(failed)?;
        let columns = statement.column_count();
        let value = |value: ValueRef<'_>| match value {
            ValueRef::Integer(integer) => Value::Integer(integer),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            ValueRef::Null | ValueRef::Real(_) => Value::Null,
        };
        let rows = statement.query_map(rusqlite::params_from_iter(parameters), |row| {
            (0..columns).map(|column| row.get_ref(column).map(value)).collect()
        });
        rows.map_err(failed)?.map(|row| row.map_err(failed)).collect()
    }
}

thread_local! {
    /// Each test has its thread: its folder goes when the thread ends, after the store.
    static FOLDERS: RefCell<Vec<TempDir>> = const { RefCell::new(Vec::new()) };
}

pub fn path() -> PathBuf {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("linli.db");
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    path
}

pub fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SharedRows::open(Noted(Files(path.to_owned()))).expect("a store"))
}
