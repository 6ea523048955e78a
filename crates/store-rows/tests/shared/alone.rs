//! Calls that read nothing but what was foreseen do without a transaction, and are told when they have seen two states.
//! `open` opens one database.

use std::ops::ControlFlow;
use std::sync::Arc;

use linli_contract::derived_id;
use linli_store::{About, Commit, Partition, ReadSet, Snapshot, Store, Value};

use super::noted::said;
use super::together::{here, write};

fn put(store: &dyn Store, partition: Partition, key: &str) {
    let writes = vec![(key.as_bytes().into(), Some(Value::from([1].as_slice())))];
    store.commit(Commit { partition, writes, ..write(b"", 0, ReadSet::default()) }).expect("written");
}

fn begin(store: &dyn Store, may_run_again: bool) -> Box<dyn Snapshot> {
    let about = About { kind: "look", partition: here(), words: &[], may_run_again };
    let platform = store.snapshot_about(Partition::Platform, &about).expect("a snapshot");
    assert_eq!(version(&*platform, "p"), 1);
    store.snapshot_about(here(), &about).expect("a snapshot")
}

/// 0 where nothing is.
fn version(snapshot: &dyn Snapshot, key: &str) -> u64 {
    snapshot.get(key.as_bytes()).expect("readable").map_or(0, |row| row.version)
}

fn count(snapshot: &dyn Snapshot, end: &str) -> usize {
    let mut rows = 0;
    let visit = &mut |_: &[u8], _: u64, _: &[u8]| {
        rows += 1;
        ControlFlow::Continue(())
    };
    snapshot.range(b"s/", end.as_bytes(), false, visit).expect("readable");
    rows
}

/// What all calls of the kind read.
fn read(snapshot: &dyn Snapshot) -> (u64, usize) {
    (version(snapshot, "a"), count(snapshot, "s0"))
}

/// A store on a database with a row in each partition, on which calls of the kind were made that read it, so that more of
/// them are foreseen; and another that writes.
fn foreseen(open: impl Fn() -> Arc<dyn Store>) -> (Arc<dyn Store>, Arc<dyn Store>) {
    let (store, other) = (open(), open());
    put(&*other, Partition::Platform, "p");
    put(&*other, here(), "a");
    // Two to learn, two to see that nothing else is read.
    for may_run_again in [false, true, true, true] {
        said();
        let snapshot = begin(&*store, may_run_again);
        assert_eq!(read(&*snapshot), (1, 0));
        drop(snapshot);
        assert!(said().contains(&"begin"));
    }
    (store, other)
}

pub fn a_call_that_is_foreseen_is_one_statement(open: impl Fn() -> Arc<dyn Store>) {
    let (store, _) = foreseen(open);
    said();
    assert_eq!(read(&*begin(&*store, true)), (1, 0));
    assert_eq!(said(), ["read all"]);
    assert_eq!(read(&*begin(&*store, false)), (1, 0));
    assert_eq!(said(), ["begin", "read all", "end"], "what cannot be run again is shown one state");
}

pub fn one_that_asks_for_more_is_shown_it_in_the_same_state(open: impl Fn() -> Arc<dyn Store>) {
    let (store, other) = foreseen(open);
    said();
    let snapshot = begin(&*store, true);
    assert_eq!(version(&*snapshot, "more"), 0);
    assert_eq!(said(), ["read all", "begin", "read all", "read a row"]);
    put(&*other, here(), "a");
    put(&*other, here(), "s/1");
    said();
    assert_eq!((read(&*snapshot), version(&*snapshot, "more")), ((1, 0), 0));
    assert!(snapshot.is_whole());
    drop(snapshot);
    assert_eq!(said(), ["end"]);
    // It is not counted on any more.
    let snapshot = begin(&*store, true);
    assert_eq!(read(&*snapshot), (2, 1));
    assert_eq!(said()[..2], ["begin", "read all"]);
}

pub fn what_it_was_not_shown_yet_may_change_before_it_asks_for_more(open: impl Fn() -> Arc<dyn Store>) {
    let (store, other) = foreseen(open);
    let snapshot = begin(&*store, true);
    assert_eq!(version(&*snapshot, "a"), 1);
    put(&*other, here(), "s/1");
    assert_eq!(count(&*snapshot, "s/5"), 1, "not foreseen, so read when it is asked for");
    assert_eq!(count(&*snapshot, "s0"), 1, "of the same state, though it was read before");
    assert!(snapshot.is_whole());
}

/// Somebody changes a row that a call has `used` before it asks for more.
fn see_two_states(
    open: impl Fn() -> Arc<dyn Store>,
    (partition, changed): (Partition, &str),
    used: impl Fn(&dyn Snapshot),
) {
    let (store, other) = foreseen(open);
    let snapshot = begin(&*store, true);
    used(&*snapshot);
    put(&*other, partition, changed);
    assert!(snapshot.is_whole(), "all it has seen is of the state before");
    version(&*snapshot, "more");
    assert!(!snapshot.is_whole(), "{changed} is another now");
    drop(snapshot);
    // Run again, it is shown one state, and not by good luck: the transaction is there from the beginning.
    said();
    let about = About { kind: "look", partition: here(), words: &[], may_run_again: true };
    let again = store.snapshot_about(here(), &about).expect("a snapshot");
    assert!(said().contains(&"begin") && again.is_whole());
}

pub fn one_that_has_seen_two_states_of_a_row_is_told_so(open: impl Fn() -> Arc<dyn Store>) {
    see_two_states(open, (here(), "a"), |snapshot| assert_eq!(version(snapshot, "a"), 1));
}

pub fn one_that_has_seen_two_states_of_a_stretch_is_told_so(open: impl Fn() -> Arc<dyn Store>) {
    see_two_states(open, (here(), "s/1"), |snapshot| assert_eq!(count(snapshot, "s0"), 0));
}

pub fn one_that_has_seen_two_states_of_the_platform_is_told_so(open: impl Fn() -> Arc<dyn Store>) {
    see_two_states(open, (Partition::Platform, "p"), |_| {});
}

pub fn an_id_that_is_derived_from_two_words_is_foreseen(open: impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let key = |activity: &str, person: &str| {
        format!("s/{activity}~{}", derived_id(&[activity.as_bytes(), person.as_bytes()]))
    };
    put(&*store, here(), &key("choir", "zhao"));
    let mut seen = Vec::new();
    for (activity, person) in [("dance", "li-na"), ("chess", "wang"), ("choir", "zhao"), ("choir", "zhou")] {
        said();
        let words = [person.as_bytes(), b"", activity.as_bytes()];
        let about = About { kind: "sign-up", partition: here(), words: &words, may_run_again: true };
        let snapshot = store.snapshot_about(here(), &about).expect("a snapshot");
        seen.push((version(&*snapshot, &key(activity, person)), said().contains(&"read a row")));
    }
    assert_eq!(seen, [(0, true), (0, true), (1, false), (0, false)]);
}
