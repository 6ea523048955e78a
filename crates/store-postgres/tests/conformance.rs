//! The suites every backend and every shared one passes, on a server of PostgreSQL's; and what is this one's own.

#[path = "../../store-rows/tests/shared/mod.rs"]
mod shared;

use std::sync::Arc;

use linli_store::{CommitError, Partition, ReadSet, Store, StoreError};
use linli_store_postgres::fixture::Database;
use linli_store_postgres::{Server, open_read_only};
use linli_store_rows::{Connection as _, Open as _, SharedRows, Value, set_up};
use shared::noted::Noted;
use shared::together::write;

thread_local! {
    /// Each test has its thread, and its database.
    static DATABASE: Database = Database::new();
}

fn open() -> Arc<dyn Store> {
    DATABASE.with(|database| Arc::new(database.open()))
}

linli_store::conformance_suite!(open);
shared::shared_suite!({
    let address = Database::new().address();
    move || {
        let server = Server::at(&address).expect("an address");
        Arc::new(SharedRows::open(Noted(server)).expect("a store")) as Arc<dyn Store>
    }
});

#[test]
fn a_server_that_was_started_again_is_found_again() {
    let database = Database::new();
    let store = database.open();
    let seq = |store: &dyn Store| {
        store.snapshot(Partition::Platform).expect("a snapshot").head().expect("a head").seq
    };
    store.commit(write(&[0x10, 1], 0, ReadSet::default())).expect("nothing was read");
    assert_eq!(seq(&store), 1);
    database.disconnect_all();
    assert_eq!(seq(&store), 1, "the next call does not see it");
    let began = store.snapshot(Partition::Platform).expect("a snapshot");
    database.disconnect_all();
    assert!(began.get(&[0x10, 1]).is_err(), "a call that was on fails");
    drop(began);
    store.commit(write(&[0x10, 2], 1, ReadSet::default())).expect("a new connection");
    assert_eq!(seq(&store), 2);
    database.disconnect_all();
    store
        .commit(write(&[0x10, 3], 0, ReadSet::default()))
        .expect("it looks first, and finds the connection gone");
    assert_eq!(seq(&store), 3);
    database.disconnect_all();
    let in_doubt = store.commit(write(&[0x10, 4], 3, ReadSet::default()));
    assert!(in_doubt.is_err(), "it writes at once, and whether that came into effect nobody knows");
    assert_eq!(seq(&store), 3);
}

#[test]
fn a_transaction_that_was_left_lying_is_ended_before_the_connection_is_used() {
    let database = Database::new();
    let store = database.open();
    store.commit(write(&[0x10, 1], 0, ReadSet::default())).expect("nothing was read");
    let server = Server::at(&database.address()).expect("an address");
    let session = server.open().expect("a connection");
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ", vec![]).expect("begun");
    let count = || session.query("SELECT count(*) FROM rows WHERE key = '\\x1002'", vec![]).expect("a row");
    assert_eq!(count(), [[Value::Integer(0)]]);
    store.commit(write(&[0x10, 2], 1, ReadSet::default())).expect("nothing was read");
    assert_eq!(count(), [[Value::Integer(0)]], "one state");
    set_up(&session).expect("as Spin hands on a connection");
    assert_eq!(count(), [[Value::Integer(1)]]);
}

#[test]
fn a_server_that_answers_before_it_has_synced_is_told_to_sync() {
    let database = Database::new();
    let synced = |set: &str| {
        database.set("synchronous_commit", set);
        let server = Server::at(&database.address()).expect("an address");
        let session = server.open().expect("a connection");
        set_up(&session).expect("tables");
        session.query("SELECT current_setting('synchronous_commit')", vec![]).expect("a row")
    };
    assert_eq!(synced("off"), [[Value::Text("on".to_owned())]]);
    assert_eq!(synced("remote_apply"), [[Value::Text("remote_apply".to_owned())]], "more is not taken back");
}

#[test]
fn a_newer_format_and_another_programs_tables_are_refused() {
    let database = Database::new();
    drop(database.open());
    database.query("UPDATE linli SET format = 99");
    let newer = linli_store_postgres::open(&database.address()).err();
    assert!(matches!(newer, Some(StoreError::Newer { found: 99, .. })), "{newer:?}");

    let database = Database::new();
    database.query("CREATE TABLE rows (id integer)");
    assert!(linli_store_postgres::open(&database.address()).is_err());
    assert_eq!(database.query("SELECT to_regclass('linli')::text"), [[Value::Null]], "all or nothing");
}

#[test]
fn who_only_reads_makes_and_writes_nothing() {
    let database = Database::new();
    assert!(open_read_only(&database.address()).is_err(), "there are no tables");
    assert_eq!(database.query("SELECT to_regclass('linli')::text"), [[Value::Null]]);
    database.open().commit(write(&[0x10, 1], 0, ReadSet::default())).expect("nothing was read");
    let store = open_read_only(&database.address()).expect("tables");
    assert_eq!(store.snapshot(Partition::Platform).and_then(|now| now.head()).expect("a head").seq, 1);
    let refused = store.commit(write(&[0x10, 2], 1, ReadSet::default()));
    assert!(matches!(refused, Err(CommitError::Store(_))));
}

#[test]
fn an_address_that_is_none_is_refused_without_being_repeated() {
    let refused = linli_store_postgres::open("postgres://user:geheim@host:port/x").err().expect("no number");
    assert!(!format!("{refused} {refused:?}").contains("geheim"), "{refused}");
}
