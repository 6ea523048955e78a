//! The suites every backend and every shared one passes, on a file through rusqlite; and what is this one's own.

mod common;
mod shared;

use common::{Files, open, path};
use linli_store::conformance::World;
use linli_store::{Partition, ReadSet};
use linli_store_rows::{APPLICATION_ID, MIGRATIONS, SharedRows};
use shared::noted::said;

linli_store::conformance_suite!(|| open(&path()));
shared::shared_suite!({
    let path = path();
    move || open(&path)
});

#[test]
fn the_file_is_as_the_other_host_has_it() {
    let path = path();
    drop(open(&path));
    let file = rusqlite::Connection::open(&path).expect("a file");
    let pragma = |name: &str| -> i64 {
        file.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).expect("a number")
    };
    assert_eq!(pragma("application_id"), i64::from(APPLICATION_ID));
    assert_eq!(pragma("user_version"), MIGRATIONS.len() as i64);
    assert_eq!(pragma("page_size"), 8_192);
    let mode: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("a mode");
    assert_eq!(mode, "wal");
}

#[test]
fn a_connection_to_a_file_that_is_there_is_set_up_by_six_statements() {
    let path = path();
    drop(open(&path));
    said();
    drop(open(&path));
    assert_eq!(said(), ["other"; 6]);
}

#[test]
fn another_programs_file_is_refused() {
    let path = path();
    let file = rusqlite::Connection::open(&path).expect("a file");
    file.execute_batch("CREATE TABLE other (id INTEGER)").expect("a table");
    drop(file);
    assert!(SharedRows::open(Files(path)).is_err());
}

#[test]
fn what_nobody_wrote_is_not_known_to_stand() {
    let world = World::new(open(&path()));
    assert_eq!(world.store.unchanged(Partition::Platform, 0, &ReadSet::default()), None);
}
