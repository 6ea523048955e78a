//! The suite every backend passes, on a file through rusqlite; and what is this store's own: others write the same file.

mod common;

use std::sync::{Arc, Barrier};
use std::thread;

use common::{Files, open, path, said, write};
use linli_store::conformance::World;
use linli_store::{CommitError, Partition, ReadSet};
use linli_store_rows::{APPLICATION_ID, MIGRATIONS, SharedRows};

linli_store::conformance_suite!(|| open(&path()));

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

#[test]
fn names_are_read_once_in_one_state_and_a_new_one_is_seen_at_once() {
    let path = path();
    let (store, other) = (open(&path), open(&path));
    store.space("one").expect("a number");
    let now = store.snapshot(Partition::Platform).expect("a snapshot");
    said();
    let names = || store.spaces().expect("readable").into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!([names(), names()], [["one"], ["one"]]);
    assert_eq!(said(), ["SELECT id, n"]);
    let two = other.space("two").expect("a number");
    assert_eq!(store.space("two").expect("the same"), two);
    assert_eq!(names(), ["one", "two"]);
    drop(now);
    assert_eq!(names(), ["one", "two"]);
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
