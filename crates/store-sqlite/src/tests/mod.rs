//! Tests that reach inside: the writer held still, faults of the disk, memory, threads.

mod concurrency;
mod faults;
mod groups;
mod history;
mod memory;
mod unchanged;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use linli_contract::Community;
use linli_store::conformance::World;
use linli_store::{Commit, CommitError, Partition, Pending, Store, StoreError, Transaction};
use tempfile::TempDir;

use crate::{SqliteOptions, SqliteStore};

/// A store in a folder of its own.
struct Home {
    store: Arc<SqliteStore>,
    world: World,
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self::with(SqliteOptions::default())
    }

    fn with(options: SqliteOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("linli.db"), options).unwrap();
        Self { world: World::new(store.clone()), store, folder }
    }

    /// Keeps the writer from doing anything until the returned end is dropped.
    fn hold(&self) -> Sender<()> {
        let ((held, is_held), (release, released)) = (channel(), channel::<()>());
        let job = move |_: &mut rusqlite::Connection| {
            held.send(()).unwrap();
            // An error is the release: the other end was dropped.
            let _ = released.recv();
        };
        self.store.shared.queue.push_job(Box::new(job)).unwrap();
        is_held.recv().unwrap();
        release
    }

    /// Begins a command on what is pending.
    fn begin_pending(&self) -> Transaction {
        let snapshot = self.store.pending(self.world.home).unwrap();
        self.world.begin_on(self.world.home, snapshot, self.world.tick(), linli_store::Mode::Write)
    }

    /// Sends a command without waiting until it is durable.
    fn send(&self, work: impl FnOnce(&mut Transaction)) -> Result<Pending, CommitError> {
        let mut call = self.begin_pending();
        work(&mut call);
        self.store.commit(commit(call))
    }

    fn get(&self, id: &str) -> Option<String> {
        self.world.begin().get("plain", id).unwrap()
    }
}

fn commit(call: Transaction) -> Commit {
    call.into_commit(None, false, vec![])
}

fn durable(pending: Pending) -> Result<(), StoreError> {
    pollster::block_on(pending.durable)
}

fn community(n: u64) -> Partition {
    Partition::Community(Community::from_code(330_105_001_001 + n).unwrap())
}
