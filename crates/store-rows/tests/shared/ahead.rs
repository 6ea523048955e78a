//! What is read ahead is what is there, and spares statements. `open` opens one database.

use std::ops::ControlFlow;
use std::sync::Arc;

use linli_store::{About, Commit, Partition, ReadSet, Snapshot, Store};

use super::noted::said;
use super::together::{here, write};

/// A call about an activity by a person: what it reads of the platform and of its community, as text.
fn call(store: &dyn Store, activity: &str, person: &str) -> String {
    let here = here();
    let words = [activity.as_bytes(), person.as_bytes()];
    let not_yet = [words[0], b""];
    let first = About { kind: "sign-up", partition: here, words: &not_yet, may_run_again: false };
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

pub fn the_third_call_of_a_kind_reads_at_once_what_the_others_read(open: impl Fn() -> Arc<dyn Store>) {
    let (store, other) = (open(), open());
    let here = here();
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
    assert_eq!(said(), ["begin", "read all", "read a row", "end"]);
    call(&*store, "walks", "li-na");

    // More than was there before: it is read on from where it was read ahead to.
    put(here, (3..9).map(|n| format!("s/walks/{most}/{n}")).collect(), 0);
    said();
    let all = "17 0 1 0 1 2 3 4 5 6 7 8 8 7 6 5 4 3 2 1 0";
    assert_eq!(call(&*store, "walks", "li-na"), all);
    let read_on = said();
    assert_eq!(read_on.iter().filter(|said| **said == "read a stretch").count(), 2, "{read_on:?}");
    assert_eq!(call(&*store, "walks", "li-na"), all);
    assert!(!said().contains(&"read a stretch"), "as much is read ahead from now on");
}

/// Numbers that look drawn and are the same every time (xorshift, as in Marsaglia 2003).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Everything of a stretch up to a number of rows.
fn read_some(
    now: &dyn Snapshot,
    start: &[u8],
    end: &[u8],
    descending: bool,
    most: usize,
) -> Vec<(Vec<u8>, u64)> {
    let mut found = Vec::new();
    let visit = &mut |key: &[u8], version: u64, _: &[u8]| {
        found.push((key.to_vec(), version));
        if found.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    now.range(start, end, descending, visit).expect("readable");
    found
}

pub fn whatever_is_read_ahead_is_what_is_there(open: impl Fn() -> Arc<dyn Store>) {
    const NAMES: [&str; 6] = ["li-na", "wang", "zhao", "chess", "choir", "dance"];
    const CALLS: usize = 600;
    let (one, other) = (open(), open());
    let here = here();
    let mut drawn = Drawn(20_261_126);
    let mut statements = 0;
    for _ in 0..CALLS {
        let mut name = || NAMES[drawn.below(NAMES.len())];
        let (a, b, c) = (name(), name(), name());
        // Others write and delete.
        let partition = [Partition::Platform, here][drawn.below(2)];
        let key = [format!("x/{a}"), format!("y/{a}/{b}"), format!("y/{a}/{c}")][drawn.below(3)].clone();
        let value = (drawn.below(3) > 0).then(|| [1].as_slice().into());
        let writes = vec![(key.as_bytes().into(), value)];
        other.commit(Commit { partition, writes, ..write(b"", 0, ReadSet::default()) }).expect("written");

        let kind = ["show", "list", "both"][drawn.below(3)];
        let words = [a.as_bytes(), b.as_bytes()];
        let about = About { kind, partition: here, words: &words, may_run_again: drawn.below(2) == 0 };
        let mosts = [1 + drawn.below(4), usize::MAX];
        let look = |now: Box<dyn Snapshot>, is_odd: bool| {
            let (start, end) = (format!("y/{a}/"), format!("y/{a}0"));
            let keys = [format!("x/{a}"), format!("x/{b}"), format!("y/{a}/{b}"), format!("x/{c}")];
            let keys = keys[..if is_odd { 4 } else { 3 }].iter();
            let rows: Vec<_> = keys.map(|key| now.get(key.as_bytes()).expect("readable")).collect();
            let stretches = mosts.map(|most| {
                let descending = (most < usize::MAX) == (kind == "list");
                read_some(&*now, start.as_bytes(), end.as_bytes(), descending, most)
            });
            (now.head().expect("a head"), rows, stretches)
        };
        let is_odd = drawn.below(8) == 0;
        for partition in [Partition::Platform, here] {
            said();
            let seen = look(one.snapshot_about(partition, &about).expect("a snapshot"), is_odd);
            statements += said().len();
            assert_eq!(seen, look(other.snapshot(partition).expect("a snapshot"), is_odd));
        }
    }
    // Of eight that each would take.
    assert!(statements < CALLS * 2 * 4, "{statements}");
}

pub fn two_words_that_are_the_same_make_one_key_of_two(open: impl Fn() -> Arc<dyn Store>) {
    let store = open();
    store.commit(write(b"p/wang", 0, ReadSet::default())).expect("nothing was read");
    let here = here();
    let look = |one: &str, other: &str| {
        let words = [one.as_bytes(), other.as_bytes()];
        let about = About { kind: "look", partition: here, words: &words, may_run_again: false };
        let now = store.snapshot_about(Partition::Platform, &about).expect("a snapshot");
        [one, other].map(|name| now.get(format!("p/{name}").as_bytes()).expect("readable").is_some())
    };
    assert_eq!([look("wang", "zhao"), look("zhou", "wang")], [[true, false], [false, true]]);
    said();
    assert_eq!(look("wang", "wang"), [true, true]);
    assert_eq!(said().len(), 3, "it was read ahead");
}

pub fn a_commit_that_changes_what_its_call_has_seen_needs_no_other_look(open: impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let here = here();
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
    assert_eq!(said(), ["write"]);
    // On what it has seen before, it is decided anew.
    store.commit(take).expect("there still is");
    assert_eq!(said(), ["write", "read all", "write"]);
    assert_eq!(level(&*store), (3, Some(5)));
}
