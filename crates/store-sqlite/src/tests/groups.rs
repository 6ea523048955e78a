//! How commits are gathered, and what is refused.

use linli_store::{CommitError, Store, StoreError};

use super::{Home, commit, durable};
use crate::SqliteOptions;

#[test]
fn what_gathers_while_the_writer_is_busy_is_one_group_and_a_hot_row_is_written_once() {
    let home = Home::new();
    home.world.run(|call| call.stock_open("portions", 100).unwrap());
    let before = home.store.stats();
    let held = home.hold();
    let sent: Vec<_> = (0..10)
        .map(|n| {
            home.send(|call| {
                assert!(call.stock_take("portions", 1).unwrap());
                call.put("plain", &format!("taker{n}"), "{}").unwrap();
            })
        })
        .collect();
    assert_eq!(home.store.stats().queued, 10);
    drop(held);
    for pending in sent {
        durable(pending.unwrap()).unwrap();
    }
    let after = home.store.stats();
    assert_eq!((after.commits - before.commits, after.groups - before.groups), (10, 1));
    // Ten documents, one head, one counter.
    assert_eq!(after.rows - before.rows, 12);
    assert_eq!(home.world.begin().stock_level("portions").unwrap().unwrap().available, 90);
    home.world.check();
}

#[test]
fn groups_are_bounded() {
    let home = Home::with(SqliteOptions { max_group_commits: 3, ..SqliteOptions::default() });
    let held = home.hold();
    let sent: Vec<_> = (0..10)
        .map(|n| home.send(|call| call.put("plain", &format!("d{n}"), "{}").unwrap()).unwrap())
        .collect();
    drop(held);
    sent.into_iter().for_each(|pending| durable(pending).unwrap());
    assert_eq!(home.store.stats().groups, 4);
}

#[test]
fn too_many_waiting_commits_are_refused_and_taken_again_later() {
    let home = Home::with(SqliteOptions { max_queued_commits: 3, ..SqliteOptions::default() });
    let held = home.hold();
    let put = |n: u32| home.send(|call| call.put("plain", &format!("d{n}"), "{}").unwrap());
    let sent: Vec<_> = (0..3).map(|n| put(n).unwrap()).collect();
    assert!(matches!(put(3), Err(CommitError::Store(StoreError::Overloaded))));
    drop(held);
    sent.into_iter().for_each(|pending| durable(pending).unwrap());
    let next = put(4).unwrap();
    assert_eq!(next.seq, 4, "what was refused has no number");
    durable(next).unwrap();
    assert_eq!((home.get("d2").as_deref(), home.get("d3")), (Some("{}"), None));
}

#[test]
fn too_many_waiting_bytes_are_refused_but_one_large_commit_is_not() {
    let home = Home::with(SqliteOptions { max_queued_bytes: 1_000, ..SqliteOptions::default() });
    let held = home.hold();
    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(2_000));
    let sent = home.send(|call| call.put("plain", "large", &large).unwrap()).unwrap();
    let refused = home.send(|call| call.put("plain", "small", "{}").unwrap());
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Overloaded))));
    drop(held);
    durable(sent).unwrap();
    assert_eq!((home.get("large"), home.get("small")), (Some(large), None));
}

#[test]
fn snapshots_are_bounded_and_commits_go_on_without_them() {
    let home = Home::with(SqliteOptions { max_readers: 2, ..SqliteOptions::default() });
    let (call, other) = (home.world.begin(), home.world.begin());
    for refused in [home.store.snapshot(home.world.home), home.store.pending(home.world.home)] {
        assert!(matches!(refused.err(), Some(StoreError::Overloaded)));
    }
    assert_eq!(home.store.stats().readers, 2);
    durable(home.store.commit(commit(call)).unwrap()).unwrap();
    assert_eq!(home.store.stats().readers, 1);
    assert!(home.store.snapshot(home.world.home).is_ok());
    drop(other);
}

#[test]
fn an_old_snapshot_is_refused_further_reads() {
    let age = std::time::Duration::ZERO;
    let home = Home::with(SqliteOptions { max_snapshot_age: age, ..SqliteOptions::default() });
    let snapshot = home.store.snapshot(home.world.home).unwrap();
    assert!(matches!(snapshot.get(&[1]), Err(StoreError::Overloaded)));
    let mut visit = |_: &[u8], _: u64, _: &[u8]| panic!("nothing may be seen");
    assert!(matches!(snapshot.range(&[0], &[9], false, &mut visit), Err(StoreError::Overloaded)));
}

#[test]
fn closing_writes_what_was_accepted_and_takes_no_more() {
    let home = Home::new();
    let held = home.hold();
    let sent = home.send(|call| call.put("plain", "a", "{}").unwrap()).unwrap();
    let late = commit(home.begin_pending());
    let path = home.folder.path().join("linli.db");
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| home.store.close());
        drop(held);
        closing.join().unwrap().unwrap();
    });
    durable(sent).unwrap();
    assert!(matches!(home.store.commit(late), Err(CommitError::Store(StoreError::Closed))));
    assert!(matches!(home.store.snapshot(home.world.home).err(), Some(StoreError::Closed)));
    assert!(matches!(home.store.space("new"), Err(StoreError::Closed)));
    home.store.close().unwrap();
    assert!(!path.with_extension("db-wal").exists(), "no log is left");
}

#[test]
fn a_snapshot_that_keeps_the_log_long_is_ended_and_its_place_is_free_again() {
    let options = SqliteOptions {
        checkpoint_pages: 16,
        restart_pages: 64,
        snapshot_grace: std::time::Duration::ZERO,
        max_readers: 2,
        ..SqliteOptions::default()
    };
    let home = Home::with(options);
    let held = home.store.snapshot(home.world.home).unwrap();
    let before = held.get(b"nothing").unwrap();
    let write = |n: u32| home.world.run(|call| call.put("plain", &format!("d{n}"), "{}").unwrap());
    let mut longest = 0;
    for n in 0..200 {
        write(n);
        longest = longest.max(home.store.stats().log_pages);
    }
    assert!(before.is_none() && (64..128).contains(&longest), "{longest} pages");
    assert!(home.store.stats().log_pages < 64, "it was started over");
    assert!(matches!(held.get(b"nothing"), Err(StoreError::Overloaded)));
    assert_eq!(home.store.stats().readers, 0);
    let others =
        [home.store.snapshot(home.world.home).unwrap(), home.store.pending(home.world.home).unwrap()];
    // Its end gives back nothing twice.
    drop(held);
    assert_eq!(home.store.stats().readers, 2);
    assert!(matches!(home.store.snapshot(home.world.home).err(), Some(StoreError::Overloaded)));
    assert!(others.iter().all(|other| other.get(b"nothing").unwrap().is_none()));
}

#[test]
fn the_log_is_started_over_again_and_again() {
    let options = SqliteOptions { checkpoint_pages: 16, restart_pages: 64, ..SqliteOptions::default() };
    let home = Home::with(options);
    let mut longest = 0;
    for n in 0..200 {
        home.world.run(|call| call.put("plain", &format!("d{n}"), "{}").unwrap());
        longest = longest.max(home.store.stats().log_pages);
    }
    let stats = home.store.stats();
    assert!(stats.checkpoint_time.counts.iter().sum::<u64>() > 5);
    assert!(longest < 64, "{longest} pages");
}
