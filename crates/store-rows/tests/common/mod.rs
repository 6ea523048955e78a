//! A store on a file through rusqlite, which writes down what it says to it.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli_store::{Commit, LedgerChanges, Partition, ReadSet, Store};
use linli_store_rows::{Connection, Failed, Open, Row, SharedRows, Value};
use rusqlite::types::ValueRef;
use tempfile::TempDir;

/// Opens a file as Spin does: nothing set, and the first of several statements only.
pub struct Files(pub PathBuf);
pub struct File(rusqlite::Connection);

thread_local! {
    /// Statements of this thread, each the beginning of its text.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What was carried out in this thread since it was last asked.
pub fn said() -> Vec<String> {
    SAID.with_borrow_mut(std::mem::take)
}

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
    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed> {
        SAID.with_borrow_mut(|said| said.push(statement.chars().take(12).collect()));
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
    Arc::new(SharedRows::open(Files(path.to_owned())).expect("a store"))
}

pub fn write(key: &[u8], base: u64, reads: ReadSet) -> Commit {
    Commit {
        partition: Partition::Platform,
        base,
        now: linli_contract::Timestamp::from_micros(1),
        reads,
        writes: vec![(key.into(), Some([1].as_slice().into()))],
        stock: Default::default(),
        ledger: LedgerChanges::default(),
        answer: None,
        audit: vec![],
    }
}
