//! A store that counts what connections a store of rows would need, and shows two states where one may.
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use linli_store::{
    About, Commit, CommitError, Partition, Pending, Read, Snapshot, Space, Store, StoreError, Versioned,
    Visit,
};

/// Counts the snapshots that were begun while none was open: where one is, a store of rows reads in its transaction. And it
/// insists that none is when something is written, for which such a store would need another connection. Of calls that may
/// be run again, the snapshots of communities turn out not to be of one state, as often as it is told.
pub struct Counted {
    store: Arc<dyn Store>,
    /// Snapshots that are open.
    pub open: Arc<AtomicUsize>,
    /// Transactions that were begun, or would have been for what was read outside of one.
    pub transactions: AtomicUsize,
    /// Snapshots that are to be of two states yet.
    tears: Arc<AtomicU32>,
}

impl Counted {
    /// As one instance has this store.
    pub fn over(store: Arc<dyn Store>, tears: Arc<AtomicU32>) -> Self {
        Self { store, open: Arc::default(), transactions: AtomicUsize::new(0), tears }
    }

    fn begun(&self, snapshot: Box<dyn Snapshot>, is_whole: bool) -> Box<dyn Snapshot> {
        if self.open.fetch_add(1, Ordering::Relaxed) == 0 {
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        Box::new(Open { snapshot, is_whole, open: self.open.clone() })
    }

    fn tears(&self) -> bool {
        let next = |left: u32| left.checked_sub(1);
        self.tears.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    fn insist(&self) {
        assert_eq!(self.open.load(Ordering::Relaxed), 0, "something is written while a snapshot is open");
    }
}

struct Open {
    snapshot: Box<dyn Snapshot>,
    is_whole: bool,
    open: Arc<AtomicUsize>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Read for Open {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.snapshot.get(key)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.snapshot.range(start, end, descending, visit)
    }
}

impl Snapshot for Open {
    fn is_whole(&self) -> bool {
        self.is_whole && self.snapshot.is_whole()
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
        if self.open.load(Ordering::Relaxed) == 0 {
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        self.store.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.store.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(self.begun(self.store.snapshot(partition)?, true))
    }

    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        let snapshot = self.store.snapshot_about(partition, about)?;
        let is_torn = about.may_run_again && partition != Partition::Platform && self.tears();
        Ok(self.begun(snapshot, !is_torn))
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        self.insist();
        self.store.commit(commit)
    }
}
