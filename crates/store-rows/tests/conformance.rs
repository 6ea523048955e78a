//! The suite every backend passes, on a file through rusqlite; and what is this store's own: others write the same file.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Barrier};
use std::thread;

use linli_store::conformance::World;
use linli_store::{About, Commit, CommitError, LedgerChanges, Partition, ReadSet, Store};
use linli_store_rows::{APPLICATION_ID, Connection, Failed, MIGRATIONS, Open, Row, SharedRows, Value};
use rusqlite::types::ValueRef;
use tempfile::TempDir;

/// Opens a file as Spin does: nothing set, and the first of several statements only.
struct Files(PathBuf);
struct File(rusqlite::Connection);

thread_local! {
    /// Statements of this thread, each the beginning of its text.
    static SAID: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What was carried out since it was last asked.
fn said() -> Vec<String> {
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

fn path() -> PathBuf {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("linli.db");
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    path
}

fn open(path: &Path) -> Arc<dyn Store> {
    Arc::new(SharedRows::open(Files(path.to_owned())).expect("a store"))
}

linli_store::conformance_suite!(|| open(&path()));

fn write(key: &[u8], base: u64, reads: ReadSet) -> Commit {
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

#[test]
fn what_another_process_wrote_is_seen_and_judged() {
    let path = path();
    let (one, other) = (open(&path), open(&path));
    let before = one.snapshot(Partition::Platform).expect("a snapshot");
    let key: linli_store::Key = [0x10, 7].as_slice().into();
    let read = ReadSet { keys: vec![(key.clone(), 0)], ranges: vec![] };
    other.commit(write(&key, 0, ReadSet::default())).expect("nothing was read");
    assert_eq!(before.get(&key).expect("readable"), None, "a snapshot does not move");
    drop(before);
    assert!(one.snapshot(Partition::Platform).and_then(|now| now.get(&key)).expect("readable").is_some());
    let late = one.commit(write(&key, 0, read));
    assert!(matches!(late, Err(CommitError::Conflict)));
}

#[test]
fn a_commit_is_one_statement_while_nobody_else_commits() {
    let path = path();
    let (one, other) = (open(&path), open(&path));
    let begin = || one.snapshot(Partition::Platform).expect("a snapshot").head().expect("a head").seq;
    said();
    let first = begin();
    assert_eq!(said(), ["BEGIN DEFERR", "SELECT versi", "COMMIT"]);
    one.commit(write(&[0x10, 1], first, ReadSet::default())).expect("nothing was read");
    assert_eq!(said(), ["INSERT OR RE"]);
    one.commit(write(&[0x10, 2], begin(), ReadSet::default())).expect("nothing was read");
    assert_eq!(said().last().map(String::as_str), Some("INSERT OR RE"));

    let base = begin();
    let late = other.snapshot(Partition::Platform).expect("a snapshot").head().expect("a head").seq;
    other.commit(write(&[0x10, 3], late, ReadSet::default())).expect("nothing was read");
    said();
    let read = |n: u8| ReadSet { keys: vec![([0x10, n].as_slice().into(), 0)], ranges: vec![] };
    assert!(matches!(one.commit(write(&[0x10, 4], base, read(3))), Err(CommitError::Conflict)));
    assert_eq!(said().first().map(String::as_str), Some("INSERT OR RE"), "it was tried");
    one.commit(write(&[0x10, 4], base, read(5))).expect("what it read is as it was");
    let now = other.snapshot(Partition::Platform).expect("a snapshot");
    assert_eq!(now.head().expect("a head").seq, 4);
    let there = |n: u8| now.get(&[0x10, n]).expect("readable").map(|row| row.version);
    assert_eq!([1, 2, 3, 4, 5].map(there), [Some(1), Some(2), Some(3), Some(4), None]);
}

#[test]
fn what_one_snapshot_has_seen_of_the_heads_it_does_not_read_again() {
    let store = open(&path());
    let first = store.snapshot(Partition::Platform).expect("a snapshot");
    said();
    let again = store.snapshot(Partition::Platform).expect("the same");
    assert!(said().is_empty() && first.head().expect("a head") == again.head().expect("a head"));
}

const HOME: &str = "330105001001";

/// A call about an activity by a person: what it reads of the platform and of its community, as text.
fn call(store: &dyn Store, activity: &str, person: &str) -> String {
    let here = Partition::Community(HOME.parse().expect("a community"));
    let words = [activity.as_bytes(), person.as_bytes()];
    let not_yet = [words[0], b""];
    let first = About { kind: "sign-up", partition: here, words: &not_yet };
    let platform = store.snapshot_about(Partition::Platform, &first).expect("a snapshot");
    let mut seen = String::new();
    let text =
        |row: Option<linli_store::Versioned>| row.map_or("-".to_owned(), |row| row.version.to_string());
    seen.push_str(&text(platform.get(format!("p/{person}").as_bytes()).expect("readable")));
    let community = store.snapshot_about(here, &About { words: &words, ..first }).expect("a snapshot");
    seen.push_str(&text(community.get(format!("a/{activity}").as_bytes()).expect("readable")));
    for (most, descending) in [(2, false), (usize::MAX, false), (usize::MAX, true)] {
        let start = format!("s/{activity}/{most}/");
        let end = format!("s/{activity}/{most}0");
        let mut visited = 0;
        let visit = &mut |key: &[u8], _: u64, _: &[u8]| {
            visited += 1;
            seen.push_str(&format!(" {}", String::from_utf8_lossy(&key[start.len()..])));
            if visited < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        community.range(start.as_bytes(), end.as_bytes(), descending, visit).expect("readable");
    }
    seen
}

#[test]
fn the_third_call_of_a_kind_reads_at_once_what_the_others_read() {
    let path = path();
    let (store, other) = (open(&path), open(&path));
    let here = Partition::Community(HOME.parse().expect("a community"));
    let put = |partition, keys: Vec<String>, base| {
        let one: linli_store::Value = [1].as_slice().into();
        let writes = keys.iter().map(|key| (key.as_bytes().into(), Some(one.clone()))).collect();
        other.commit(Commit { partition, writes, ..write(b"", base, ReadSet::default()) }).expect("written");
    };
    put(Partition::Platform, vec!["p/li-na".to_owned()], 0);
    let most = usize::MAX;
    for activity in ["dance", "chess", "choir", "walks"] {
        put(
            here,
            [
                &[format!("a/{activity}")][..],
                &(0..5).map(|n| format!("s/{activity}/2/{n}")).collect::<Vec<_>>(),
            ]
            .concat(),
            0,
        );
        put(here, (0..3).map(|n| format!("s/{activity}/{most}/{n}")).collect(), 0);
    }
    let first = call(&*store, "dance", "li-na");
    assert_eq!(first, "11 0 1 0 1 2 2 1 0");
    assert_eq!(call(&*store, "chess", "wang-wei"), "-3 0 1 0 1 2 2 1 0");
    said();
    assert_eq!(call(&*store, "choir", "li-na"), "15 0 1 0 1 2 2 1 0");
    // The person is a word that was not known yet when it was looked up.
    assert_eq!(said(), ["BEGIN DEFERR", "SELECT 0, ke", "SELECT versi", "COMMIT"]);
    call(&*store, "walks", "li-na");

    // More than was there before: it is read on from where it was read ahead to.
    put(here, (3..9).map(|n| format!("s/walks/{most}/{n}")).collect(), 0);
    said();
    let all = "17 0 1 0 1 2 3 4 5 6 7 8 8 7 6 5 4 3 2 1 0";
    assert_eq!(call(&*store, "walks", "li-na"), all);
    let read_on = said();
    assert_eq!(read_on.iter().filter(|said| *said == "SELECT key, ").count(), 2, "{read_on:?}");
    assert_eq!(call(&*store, "walks", "li-na"), all);
    assert!(!said().contains(&"SELECT key, ".to_owned()), "as much is read ahead from now on");
}

#[test]
fn two_words_that_are_the_same_make_one_key_of_two() {
    let store = open(&path());
    store.commit(write(b"p/wang", 0, ReadSet::default())).expect("nothing was read");
    let here = Partition::Community(HOME.parse().expect("a community"));
    let look = |one: &str, other: &str| {
        let about = About { kind: "look", partition: here, words: &[one.as_bytes(), other.as_bytes()] };
        let now = store.snapshot_about(Partition::Platform, &about).expect("a snapshot");
        [one, other].map(|name| now.get(format!("p/{name}").as_bytes()).expect("readable").is_some())
    };
    assert_eq!([look("wang", "zhao"), look("zhou", "wang")], [[true, false], [false, true]]);
    said();
    assert_eq!(look("wang", "wang"), [true, true]);
    assert_eq!(said().len(), 3, "it was read ahead");
}

#[test]
fn a_commit_that_changes_what_its_call_has_seen_needs_no_other_look() {
    let store = open(&path());
    let here = Partition::Community(HOME.parse().expect("a community"));
    let level = |store: &dyn Store| {
        let snapshot = store.snapshot(here).expect("a snapshot");
        let row = snapshot.get(b"counter").expect("readable").expect("a counter");
        let available = row.value.first_chunk().map(|bytes| i64::from_be_bytes(*bytes));
        (snapshot.head().expect("a head").seq, available)
    };
    // Of nine there are nine.
    let counter = [9_i64.to_be_bytes(), 9_i64.to_be_bytes()].concat().into();
    let writes = vec![(b"counter".as_slice().into(), Some(counter))];
    store.commit(Commit { partition: here, writes, ..write(b"", 0, ReadSet::default()) }).expect("written");
    let (base, _) = level(&*store);
    let stock = [(b"counter".as_slice().into(), -2)].into();
    said();
    let take = Commit { partition: here, writes: vec![], stock, ..write(b"", base, ReadSet::default()) };
    store.commit(take.clone()).expect("there is enough");
    assert_eq!(said(), ["INSERT OR RE"]);
    // On what it has seen before, it is decided anew.
    store.commit(take).expect("there still is");
    assert_eq!(said(), ["INSERT OR RE", "SELECT 0, ke", "INSERT OR RE"]);
    assert_eq!(level(&*store), (3, Some(5)));
}

#[test]
fn writers_of_two_processes_lose_nothing() {
    const WRITERS: u8 = 4;
    const EACH: u8 = 25;
    let path = path();
    open(&path);
    let together = Arc::new(Barrier::new(usize::from(WRITERS)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (path, together) = (path.clone(), together.clone());
            thread::spawn(move || {
                let store = open(&path);
                together.wait();
                for n in 0..EACH {
                    let key = [0x10, writer, n];
                    // Half of them begin as calls do, and may find their head the last.
                    let begun =
                        (n % 2 == 0).then(|| store.snapshot(Partition::Platform).expect("a snapshot"));
                    let base = begun.map_or(0, |begun| begun.head().expect("a head").seq);
                    store.commit(write(&key, base, ReadSet::default())).expect("it waits for its turn");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("a writer");
    }
    let now = open(&path).snapshot(Partition::Platform).expect("a snapshot");
    assert_eq!(now.head().expect("a head").seq, u64::from(WRITERS) * u64::from(EACH));
}

#[test]
fn who_names_things_at_the_same_time_waits_and_agrees() {
    const WRITERS: u8 = 6;
    let path = path();
    open(&path);
    let together = Arc::new(Barrier::new(usize::from(WRITERS)));
    let named = |writer: u8| {
        let (path, together) = (path.clone(), together.clone());
        thread::spawn(move || {
            let store = open(&path);
            together.wait();
            let own = (0..20).map(|n| format!("{writer}/{n}"));
            let shared = (0..20).map(|n| format!("shared/{n}"));
            own.zip(shared)
                .map(|(own, shared)| {
                    store.space(&own).expect("it waits for its turn");
                    store.space(&shared).expect("it waits for its turn")
                })
                .collect::<Vec<_>>()
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(named).collect();
    let numbers: Vec<_> = writers.into_iter().map(|writer| writer.join().expect("a writer")).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(open(&path).spaces().expect("readable").len(), 20 * (usize::from(WRITERS) + 1));
}

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
    let mode: String = file.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("a mode");
    assert_eq!(mode, "wal");
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
