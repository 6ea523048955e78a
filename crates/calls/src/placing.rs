//! A component's place in the store, and what a new version of it needs there before it is live: indexes that its
//! collections gain are filled with the documents that are there already.
//!
//! Whatever of the component is live meanwhile is first given a layout with the new indexes, and calls that run with the
//! old one are waited for; from then on each write keeps them up, and what was written before is filled in. See
//! [`linli_store::Filling`] for what happens when the process ends in between.

use linli_contract::{Community, Descriptor};
use linli_store::{
    CollectionLayout, Commit, CommitError, FillBatch, Filling, Layout, Partition, Row, Store, StoreError,
};

use crate::clock::Clock;
use crate::outcome::empty;

/// Documents looked at for one commit: keeps the commit short.
const BATCH: usize = 500;
/// Tries of one batch whose documents are written meanwhile; each finds fewer that have to be filled in.
const TRIES: u32 = 100;

/// Gives components their layouts. Blocks; for threads that may.
pub struct Placing<'a> {
    /// Where they lie.
    pub store: &'a dyn Store,
    /// What the commits are stamped with.
    pub clock: &'a dyn Clock,
}

impl Placing<'_> {
    /// Gives a component its layout, its new indexes filled. `refresh` gives whatever of the component is live a new
    /// layout, and waits until nothing runs with the old one; it gets the number of the new indexes.
    ///
    /// # Errors
    /// When the store fails; the next call goes on where this one ended.
    pub fn place(
        &self,
        descriptor: &Descriptor,
        refresh: impl FnOnce(usize) -> Result<(), StoreError>,
    ) -> Result<Layout, StoreError> {
        let mut needed = Filling::needed(self.store, descriptor)?;
        if needed.is_empty() {
            return Layout::open(self.store, descriptor);
        }
        self.note(&needed, false)?;
        let layout = Layout::open(self.store, descriptor)?;
        refresh(needed.len())?;
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
    ///
    /// # Errors
    /// When the store fails.
    pub fn settle(&self, commit: Commit) -> Result<bool, StoreError> {
        match self.store.commit(commit) {
            Ok(pending) => pollster::block_on(pending.durable).map(|()| true),
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}
