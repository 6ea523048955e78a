//! The suite every backend passes.

use std::cell::RefCell;
use std::sync::Arc;

use linli_store::Store;
use linli_store::conformance::World;
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

thread_local! {
    /// Each test has its thread: its folder goes when the thread ends, after the store.
    static FOLDERS: RefCell<Vec<TempDir>> = const { RefCell::new(Vec::new()) };
}

fn empty_store() -> Arc<dyn Store> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("linli.db"), SqliteOptions::default());
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    store.expect("a new store")
}

linli_store::conformance_suite!(empty_store);

#[test]
fn what_nobody_wrote_stands() {
    linli_store::conformance::what_nobody_wrote_stands(&World::new(empty_store()));
}
