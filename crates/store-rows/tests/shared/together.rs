//! Several processes on one database, whatever it is: `open` opens it as one more process would.

use std::sync::{Arc, Barrier};
use std::thread;

use linli_store::{Commit, CommitError, LedgerChanges, Partition, ReadSet, Store};

/// A community.
pub fn here() -> Partition {
    Partition::Community("330105001001".parse().expect("a community"))
}

/// A commit of one row, which was made on the state after commit `base`.
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

pub fn what_another_process_wrote_is_seen_and_judged(open: impl Fn() -> Arc<dyn Store>) {
    let (one, other) = (open(), open());
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

pub fn writers_of_two_processes_lose_nothing(open: impl Fn() -> Arc<dyn Store> + Sync) {
    const WRITERS: u8 = 4;
    const EACH: u8 = 25;
    open();
    let together = Barrier::new(usize::from(WRITERS));
    let write_all = |writer: u8| {
        let store = open();
        together.wait();
        for n in 0..EACH {
            let key = [0x10, writer, n];
            // Half of them begin as calls do, and may find their head the last.
            let begun = (n % 2 == 0).then(|| store.snapshot(Partition::Platform).expect("a snapshot"));
            let base = begun.map_or(0, |begun| begun.head().expect("a head").seq);
            store.commit(write(&key, base, ReadSet::default())).expect("it waits for its turn");
        }
    };
    let write_all = &write_all;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || write_all(writer));
        }
    });
    let now = open().snapshot(Partition::Platform).expect("a snapshot");
    assert_eq!(now.head().expect("a head").seq, u64::from(WRITERS) * u64::from(EACH));
    let there = |writer: u8, n: u8| now.get(&[0x10, writer, n]).expect("readable").is_some();
    assert!((0..WRITERS).all(|writer| (0..EACH).all(|n| there(writer, n))));
}

pub fn who_is_first_in_a_community_is_decided_by_the_database(open: impl Fn() -> Arc<dyn Store> + Sync) {
    const WRITERS: u8 = 6;
    open();
    for community in 330_105_001_001..330_105_001_009 {
        let partition = Partition::from_id(community).expect("a community");
        let together = Barrier::new(usize::from(WRITERS));
        let (open, together) = (&open, &together);
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                scope.spawn(move || {
                    let store = open();
                    together.wait();
                    // What deletes something is not written by one statement.
                    let mut commit = Commit { partition, ..write(&[0x10, writer], 0, ReadSet::default()) };
                    if writer % 2 == 0 {
                        commit.writes.push(([0x10, 0xFF].as_slice().into(), None));
                    }
                    store.commit(commit).expect("it waits for its turn");
                });
            }
        });
        let now = open().snapshot(partition).expect("a snapshot");
        assert_eq!(now.head().expect("a head").seq, u64::from(WRITERS));
        let version = |writer: u8| now.get(&[0x10, writer]).expect("readable").expect("written").version;
        let mut versions: Vec<_> = (0..WRITERS).map(version).collect();
        versions.sort_unstable();
        assert!(versions.into_iter().eq(1..=u64::from(WRITERS)), "one after another");
    }
}

pub fn who_names_things_at_the_same_time_waits_and_agrees(open: impl Fn() -> Arc<dyn Store> + Sync) {
    const WRITERS: u8 = 6;
    open();
    let together = Barrier::new(usize::from(WRITERS));
    let named = |writer: u8| {
        let store = open();
        together.wait();
        let own = (0..20).map(|n| format!("{writer}/{n}"));
        let shared = (0..20).map(|n| format!("shared/{n}"));
        own.zip(shared)
            .map(|(own, shared)| {
                store.space(&own).expect("it waits for its turn");
                store.space(&shared).expect("it waits for its turn")
            })
            .collect::<Vec<_>>()
    };
    let named = &named;
    let numbers: Vec<_> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || named(writer))).collect();
        writers.into_iter().map(|writer| writer.join().expect("a writer")).collect()
    });
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(open().spaces().expect("readable").len(), 20 * (usize::from(WRITERS) + 1));
}
