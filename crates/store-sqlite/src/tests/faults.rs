//! A disk that fails.

use linli_store::{CommitError, Store, StoreError};

use super::{Home, commit, durable};
use crate::{SqliteOptions, SqliteStore};

/// A document that needs more pages than a full database has.
fn large() -> String {
    format!(r#"{{"note":"{}"}}"#, "x".repeat(200_000))
}

impl Home {
    /// From now on the database may not grow.
    pub(super) fn fill_disk(&self) {
        self.limit_pages("PRAGMA page_count");
    }

    pub(super) fn empty_disk(&self) {
        self.limit_pages("SELECT 4294967294");
    }

    fn limit_pages(&self, most: &'static str) {
        let limit = |connection: &mut rusqlite::Connection| {
            let pages: i64 = connection.query_row(most, [], |row| row.get(0))?;
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        };
        self.store.on_writer(limit).unwrap();
    }
}

#[test]
fn a_full_disk_loses_what_is_not_durable_says_so_and_is_recovered_from() {
    let home = Home::new();
    home.world.run(|call| {
        call.put("plain", "kept", "{}").unwrap();
        call.stock_open("portions", 10).unwrap();
    });
    home.fill_disk();
    let held = home.hold();
    // The first does not fit; the second is decided on top of it; the third is of another community, but in the group.
    let first = home.send(|call| {
        call.put("plain", "large", &large()).unwrap();
        assert!(call.stock_take("portions", 4).unwrap());
    });
    let second = home.send(|call| {
        assert_eq!(call.stock_level("portions").unwrap().unwrap().available, 6);
        call.put("plain", "after", "{}").unwrap();
    });
    let mut elsewhere = home.world.begin_at(super::community(7), home.world.tick(), linli_store::Mode::Write);
    elsewhere.put("plain", "elsewhere", "{}").unwrap();
    let third = home.store.commit(commit(elsewhere));
    drop(held);
    for pending in [first, second, third] {
        assert!(matches!(durable(pending.unwrap()), Err(StoreError::Database(_))));
    }
    assert_eq!((home.store.stats().lost, home.store.stats().queued), (3, 0));
    assert_eq!((home.get("large"), home.get("after")), (None, None));
    let mut pending = home.begin_pending();
    assert_eq!(pending.get("plain", "after").unwrap(), None, "nor is it pending");
    assert_eq!(pending.stock_level("portions").unwrap().unwrap().available, 10);
    drop(pending);
    // What fits is taken even now.
    home.world.run(|call| assert!(call.stock_take("portions", 1).unwrap()));
    home.empty_disk();
    home.world.run(|call| call.put("plain", "large", &large()).unwrap());
    assert_eq!(home.get("kept").as_deref(), Some("{}"));
    home.world.check();
    home.store.close().unwrap();
    let again = SqliteStore::open(home.folder.path().join("linli.db"), SqliteOptions::default()).unwrap();
    assert_eq!(linli_store::verify(&*again).unwrap(), []);
    let after = again.snapshot(home.world.home).unwrap().head().unwrap();
    assert_eq!(after, again.pending(home.world.home).unwrap().head().unwrap());
}

/// A call that saw a lost commit must not be accepted, even when as many commits have come since as were lost.
#[test]
fn numbers_of_lost_commits_are_not_given_again() {
    let home = Home::new();
    home.world.run(|call| call.put("plain", "kept", "{}").unwrap());
    home.fill_disk();
    let held = home.hold();
    let lost = home.send(|call| call.put("plain", "lost", &large()).unwrap()).unwrap();
    let mut deceived = home.begin_pending();
    assert_eq!(deceived.base(), lost.seq);
    assert!(deceived.get("plain", "lost").unwrap().is_some());
    deceived.put("plain", "because", "{}").unwrap();
    let deceived = commit(deceived);
    let mut honest = home.begin_pending();
    assert!(honest.get("plain", "kept").unwrap().is_some());
    honest.put("plain", "honest", "{}").unwrap();
    let honest = commit(honest);
    let last = lost.seq;
    drop(held);
    durable(lost).unwrap_err();
    home.empty_disk();
    assert!(matches!(home.store.commit(deceived.clone()), Err(CommitError::Conflict)), "at once");
    let next = home.send(|call| call.put("plain", "next", "{}").unwrap()).unwrap();
    assert!(next.seq > last);
    durable(next).unwrap();
    assert!(matches!(home.store.commit(deceived), Err(CommitError::Conflict)), "and later");
    // Who saw nothing that was lost goes on.
    durable(home.store.commit(honest).unwrap()).unwrap();
    assert_eq!((home.get("because"), home.get("honest").as_deref()), (None, Some("{}")));
    home.world.check();
}

#[test]
fn a_state_with_lost_numbers_is_not_forgotten_before_a_later_commit_is_durable() {
    let home = Home::with(SqliteOptions { max_resident_partitions: 2, ..SqliteOptions::default() });
    home.world.run(|call| call.put("plain", "kept", "{}").unwrap());
    home.fill_disk();
    let held = home.hold();
    let lost = home.send(|call| call.put("plain", "lost", &large()).unwrap()).unwrap();
    let last = lost.seq;
    drop(held);
    durable(lost).unwrap_err();
    home.empty_disk();
    for n in 10..20 {
        home.store.pending(super::community(n)).unwrap();
    }
    let next = home.send(|call| call.put("plain", "next", "{}").unwrap()).unwrap();
    assert!(next.seq > last);
    durable(next).unwrap();
}

#[test]
fn a_panic_of_the_writer_leaves_nobody_waiting() {
    let home = Home::new();
    let held = home.hold();
    home.store.shared.queue.push_job(Box::new(|_| std::panic::resume_unwind(Box::new("as if")))).unwrap();
    let sent = home.send(|call| call.put("plain", "a", "{}").unwrap()).unwrap();
    drop(held);
    assert!(matches!(durable(sent), Err(StoreError::Closed)));
    assert!(matches!(home.store.close(), Err(StoreError::Database(_))));
}
