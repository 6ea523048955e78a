//! Snapshots while commits run on other threads.

use std::sync::atomic::{AtomicBool, Ordering};

use linli_store::{Mode, Partition, Snapshot, Store};

use super::{Home, commit, community, durable};

const COMMITS: u32 = 300;
const COMMUNITIES: u64 = 2;

/// Two rows that every commit writes with equal values; what a snapshot says of both.
fn pair(home: &Home, partition: Partition, snapshot: Box<dyn Snapshot>) -> (u64, Option<String>) {
    let mut call = home.world.begin_on(partition, snapshot, home.world.tick(), Mode::Read);
    let left = call.get("plain", "left").unwrap();
    let marks = call.count("thing", Some("by_rank"), &linli_store::Range::default(), 10_000).unwrap();
    let right = call.get("plain", "right").unwrap();
    assert_eq!(left, right);
    // Every commit, and nothing else, adds a thing.
    assert_eq!(u64::from(marks), call.base());
    (call.base(), left)
}

fn write(home: &Home, writer: u32) {
    for n in 0..COMMITS {
        let partition = community(u64::from(n) % COMMUNITIES);
        // Now on the durable state, now on what is pending: neither reads, so neither conflicts.
        let snapshot =
            if n % 3 == 0 { home.store.snapshot(partition) } else { home.store.pending(partition) };
        let mut call = home.world.begin_on(partition, snapshot.unwrap(), home.world.tick(), Mode::Write);
        let value = format!(r#"{{"by":{writer},"n":{n}}}"#);
        call.put("plain", "left", &value).unwrap();
        call.put("thing", &format!("t{writer}-{n}"), r#"{"rank":1}"#).unwrap();
        call.put("plain", "right", &value).unwrap();
        let pending = home.store.commit(commit(call)).unwrap();
        let seq = pending.seq;
        if n % 4 == 0 {
            durable(pending).unwrap();
            let (seen, _) = pair(home, partition, home.store.snapshot(partition).unwrap());
            assert!(seen >= seq, "what is durable is read");
        }
        let (seen, _) = pair(home, partition, home.store.pending(partition).unwrap());
        assert!(seen >= seq, "what is accepted is pending");
    }
}

#[test]
fn every_snapshot_is_one_state() {
    let home = Home::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|n| {
                scope.spawn({
                    let home = &home;
                    move || write(home, n)
                })
            })
            .collect();
        for n in 0..COMMUNITIES {
            let (home, done) = (&home, &done);
            scope.spawn(move || {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let (durable, _) = pair(home, community(n), home.store.snapshot(community(n)).unwrap());
                    let (pending, _) = pair(home, community(n), home.store.pending(community(n)).unwrap());
                    assert!(last <= durable && durable <= pending, "time does not go back");
                    last = durable;
                }
            });
        }
        let finished: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        done.store(true, Ordering::Relaxed);
        assert!(finished.iter().all(Result::is_ok));
    });
    home.store.close().unwrap();
    assert_eq!(home.store.stats().commits, u64::from(4 * COMMITS));
}

#[test]
fn a_snapshot_outlives_what_was_pending_in_it() {
    let home = Home::new();
    let held = home.hold();
    let sent = home.send(|call| call.put("plain", "left", r#"{"n":1}"#).unwrap()).unwrap();
    let mut before = home.begin_pending();
    let later = home.send(|call| call.delete("plain", "left").map(|_| ()).unwrap()).unwrap();
    drop(held);
    durable(sent).unwrap();
    durable(later).unwrap();
    assert_eq!(before.get("plain", "left").unwrap().as_deref(), Some(r#"{"n":1}"#));
    assert_eq!(home.begin_pending().get("plain", "left").unwrap(), None);
    assert_eq!(home.get("left"), None);
}
