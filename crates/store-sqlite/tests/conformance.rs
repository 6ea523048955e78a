//! The suite every backend passes.

use std::cell::RefCell;
use std::sync::Arc;

use linli_store::Store;
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

thread_local! {
    /// Each test has its thread: its folder goes when the thread ends, after the store.
    static FOLDERS: RefCell<Vec<TempDir>> = const { RefCell::new(Vec::new()) };
}

linli_store::conformance_suite!(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("linli.db"), SqliteOptions::default());
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    store.expect("a new store") as Arc<dyn Store>
});
