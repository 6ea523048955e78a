//! How many statements what takes. `open` opens one database.

use std::sync::Arc;

use linli_store::{CommitError, Partition, ReadSet, Store};

use super::noted::said;
use super::together::write;

pub fn a_commit_is_one_statement_while_nobody_else_commits(open: impl Fn() -> Arc<dyn Store>) {
    let (one, other) = (open(), open());
    let begin = || one.snapshot(Partition::Platform).expect("a snapshot").head().expect("a head").seq;
    said();
    let first = begin();
    assert_eq!(said(), ["begin", "read a row", "end"]);
    one.commit(write(&[0x10, 1], first, ReadSet::default())).expect("nothing was read");
    assert_eq!(said(), ["write"]);
    one.commit(write(&[0x10, 2], begin(), ReadSet::default())).expect("nothing was read");
    assert_eq!(said().last(), Some(&"write"));

    let base = begin();
    let late = other.snapshot(Partition::Platform).expect("a snapshot").head().expect("a head").seq;
    other.commit(write(&[0x10, 3], late, ReadSet::default())).expect("nothing was read");
    said();
    let read = |n: u8| ReadSet { keys: vec![([0x10, n].as_slice().into(), 0)], ranges: vec![] };
    assert!(matches!(one.commit(write(&[0x10, 4], base, read(3))), Err(CommitError::Conflict)));
    assert_eq!(said().first(), Some(&"write"), "it was tried");
    one.commit(write(&[0x10, 4], base, read(5))).expect("what it read is as it was");
    let now = other.snapshot(Partition::Platform).expect("a snapshot");
    assert_eq!(now.head().expect("a head").seq, 4);
    let there = |n: u8| now.get(&[0x10, n]).expect("readable").map(|row| row.version);
    assert_eq!([1, 2, 3, 4, 5].map(there), [Some(1), Some(2), Some(3), Some(4), None]);
}

pub fn what_one_snapshot_has_seen_of_the_heads_it_does_not_read_again(open: impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let first = store.snapshot(Partition::Platform).expect("a snapshot");
    said();
    let again = store.snapshot(Partition::Platform).expect("the same");
    assert!(said().is_empty() && first.head().expect("a head") == again.head().expect("a head"));
}

pub fn names_are_read_once_in_one_state_and_a_new_one_is_seen_at_once(open: impl Fn() -> Arc<dyn Store>) {
    let (store, other) = (open(), open());
    store.space("one").expect("a number");
    let now = store.snapshot(Partition::Platform).expect("a snapshot");
    said();
    let names = || store.spaces().expect("readable").into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!([names(), names()], [["one"], ["one"]]);
    assert_eq!(said(), ["read names"]);
    let two = other.space("two").expect("a number");
    assert_eq!(store.space("two").expect("the same"), two);
    assert_eq!(names(), ["one", "two"]);
    drop(now);
    assert_eq!(names(), ["one", "two"]);
}
