//! A component's place in the store, and what a new version of it needs there before it is live: indexes that its
//! collections gain are filled with the documents that are there already.
//!
//! The version that is live meanwhile is given a layout with the new indexes, and every call that runs with the old one is
//! waited for; from then on each write keeps them up, and what was written before is filled in. See
//! [`linli_store::Filling`] for what happens when the process ends in between.

use std::sync::Arc;
use std::time::Duration;

use linli_contract::{Community, Descriptor};
use linli_store::{
    CollectionLayout, Commit, CommitError, FillBatch, Filling, Layout, Partition, Row, StoreError,
};
use tokio::runtime::Handle;

use crate::outcome::empty;
use crate::shared::Shared;

/// Documents looked at for one commit: keeps the commit short.
const BATCH: usize = 500;
/// Tries of one batch whose documents are written meanwhile; each finds fewer that have to be filled in.
const TRIES: u32 = 100;
/// Between two looks whether the calls with the old layout have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl Shared {
    /// Gives a component its layout, its new indexes filled. Blocks; for threads that may.
    ///
    /// # Errors
    /// When the store fails; the next call goes on where this one ended.
    pub(crate) fn place(&self, descriptor: &Descriptor) -> Result<Layout, StoreError> {
        let mut needed = Filling::needed(&*self.store, descriptor)?;
        if needed.is_empty() {
            return Layout::open(&*self.store, descriptor);
        }
        self.note(&needed, false)?;
        let layout = Layout::open(&*self.store, descriptor)?;
        for live in self.live.under(&descriptor.name) {
            let refreshed = Layout::open(&*self.store, live.descriptor())?;
            let old = live.replace_layout(refreshed);
            // Every call keeps its layout until its commit is decided, and every call ends.
            while Arc::strong_count(&old) > 1 {
                std::thread::sleep(LOOK_AGAIN);
            }
        }
        tracing::info!(
            component = descriptor.name.as_str(),
            indexes = needed.len(),
            "new indexes are being filled"
        );
        let communities = self.store.partitions()?.into_iter().filter_map(Partition::community);
        for community in communities {
            let gains = |collection: &&CollectionLayout| {
                let start = format!("{}/{}#", layout.component, collection.name);
                needed.iter().any(|index| index.index.starts_with(&start) && !index.is_done(community))
            };
            let mut wrote = false;
            for collection in layout.collections.iter().filter(gains) {
                wrote |= self.fill_in(community, collection)?;
            }
            if wrote {
                needed.iter_mut().for_each(|index| index.done = index.done.max(Some(community.code())));
                self.note(&needed, false)?;
            }
        }
        self.note(&needed, true)?;
        Ok(layout)
    }

    /// Adds what a community's documents are missing in the indexes of their collection; whether that was anything.
    fn fill_in(&self, community: Community, collection: &CollectionLayout) -> Result<bool, StoreError> {
        let partition = Partition::Community(community);
        let (mut after, mut wrote, mut tries) = (None, false, 0);
        loop {
            let snapshot = self.store.snapshot(partition)?;
            let base = snapshot.head()?.seq;
            let batch = FillBatch::read(&*snapshot, collection, after.as_ref(), BATCH)?;
            drop(snapshot);
            let FillBatch { writes, reads, next } = batch;
            if !writes.is_empty() {
                let commit = Commit { base, reads, writes, ..empty(partition, self.clock.now(), vec![]) };
                if !self.settle(commit)? {
                    tries += 1;
                    if tries > TRIES {
                        return Err(StoreError::Overloaded);
                    }
                    continue;
                }
                wrote = true;
            }
            (after, tries) = (next, 0);
            if after.is_none() {
                return Ok(wrote);
            }
        }
    }

    /// Writes down which indexes are being filled, or that they are.
    fn note(&self, fillings: &[Filling], filled: bool) -> Result<(), StoreError> {
        let rows = fillings.iter().map(|filling| filling.row(filled));
        let writes = rows.collect::<Result<Vec<Row>, _>>()?;
        let commit = Commit { writes, ..empty(Partition::Platform, self.clock.now(), vec![]) };
        // It read nothing, so it cannot conflict.
        self.settle(commit).map(|_| ())
    }

    /// Commits and waits until that is durable; false for a conflict. Blocks.
    pub(crate) fn settle(&self, commit: Commit) -> Result<bool, StoreError> {
        match self.store.commit(commit) {
            Ok(pending) => Handle::current().block_on(pending.durable).map(|()| true),
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}
