//! A store that counts what connections a store of rows would need.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use linli_store::{
    About, Commit, CommitError, Partition, Pending, Read, Snapshot, Space, Store, StoreError, Versioned,
    Visit,
};

/// Counts the snapshots that were begun while none was open: where one is, a store of rows reads in its transaction. And it
/// insists that none is when something is written, for which such a store would need another connection.
pub struct Counted {
    store: Arc<dyn Store>,
    /// Snapshots that are open.
    pub open: Arc<AtomicUsize>,
    /// Transactions that were begun.
    pub transactions: AtomicUsize,
}

impl Counted {
    /// As one instance has this store.
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self { store, open: Arc::default(), transactions: AtomicUsize::new(0) }
    }

    fn begun(&self, snapshot: Box<dyn Snapshot>) -> Box<dyn Snapshot> {
        if self.open.fetch_add(1, Ordering::Relaxed) == 0 {
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        Box::new(Open(snapshot, self.open.clone()))
    }

    fn insist(&self) {
        assert_eq!(self.open.load(Ordering::Relaxed), 0, "something is written while a snapshot is open");
    }
}

struct Open(Box<dyn Snapshot>, Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Read for Open {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.0.get(key)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.0.range(start, end, descending, visit)
    }
}

impl Snapshot for Open {
    fn is_whole(&self) -> bool {
        self.0.is_whole()
    }
}

impl Store for Counted {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        if !self.store.spaces()?.iter().any(|(_, known)| known == name) {
            self.insist();
        }
        self.store.space(name)
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        self.store.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.store.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(self.begun(self.store.snapshot(partition)?))
    }

    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(self.begun(self.store.snapshot_about(partition, about)?))
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        self.insist();
        self.store.commit(commit)
    }
}
