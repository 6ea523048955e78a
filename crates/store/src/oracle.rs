//! The store in memory: what every database is compared with, and what components are unit-tested on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::commit::{Commit, Current, ReadSet, Refused, decide, stands};
use crate::key::{Key, Partition, Space};
use crate::read::{Read, Snapshot, StoreError, Versioned, Visit};
use crate::store::{CommitError, Durable, Pending, Store, Unchanged};

type Rows = BTreeMap<Key, Versioned>;

/// One lock, one map, nothing clever: a commit is durable when it returns, for as long as the process lives.
#[derive(Default)]
pub struct Oracle(Mutex<State>);

#[derive(Default)]
struct State {
    spaces: Vec<String>,
    partitions: BTreeMap<Partition, Arc<Rows>>,
}

impl Oracle {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every row of a partition, for comparisons.
    pub fn rows(&self, partition: Partition) -> Vec<(Key, Versioned)> {
        let rows = self.lock().partitions.get(&partition).cloned().unwrap_or_default();
        rows.iter().map(|(key, row)| (key.clone(), row.clone())).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock leaves the state half-changed, so a poisoned one is as good.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A view of the map as it was.
struct View(Arc<Rows>);

impl Read for View {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        if start >= end {
            return Ok(());
        }
        let range =
            self.0.range::<[u8], _>((std::ops::Bound::Included(start), std::ops::Bound::Excluded(end)));
        let mut each = |(key, row): (&Key, &Versioned)| visit(key, row.version, &row.value);
        // A visitor that breaks is content with what it has seen.
        let _ = if descending {
            range.rev().try_for_each(&mut each)
        } else {
            range.into_iter().try_for_each(&mut each)
        };
        Ok(())
    }
}

impl Snapshot for View {}
impl Current for View {}

impl Store for Oracle {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        let mut state = self.lock();
        let at = match state.spaces.iter().position(|known| known == name) {
            Some(at) => at,
            None => {
                state.spaces.push(name.to_owned());
                state.spaces.len() - 1
            }
        };
        u32::try_from(at + 1).map(Space).map_err(|_| StoreError::Overloaded)
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        Ok((1..).map(Space).zip(self.lock().spaces.iter().cloned()).collect())
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        Ok(self.lock().partitions.keys().copied().collect())
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        let rows = self.lock().partitions.get(&partition).cloned().unwrap_or_default();
        Ok(Box::new(View(rows)))
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        let mut state = self.lock();
        let rows = state.partitions.entry(commit.partition).or_default();
        let decided = decide(&commit, &View(rows.clone())).map_err(|refused| match refused {
            Refused::Conflict => CommitError::Conflict,
            Refused::Store(error) => CommitError::Store(error),
        })?;
        let version = decided.head.seq;
        let rows = Arc::make_mut(rows);
        for (key, value) in decided.rows {
            match value {
                Some(value) => rows.insert(key, Versioned { version, value }),
                None => rows.remove(&key),
            };
        }
        Ok(Pending { seq: version, at: decided.head.at, due: decided.due, durable: Durable::now() })
    }

    fn unchanged(&self, partition: Partition, base: u64, reads: &ReadSet) -> Option<Unchanged> {
        let view = View(self.lock().partitions.get(&partition).cloned().unwrap_or_default());
        let head = view.head().ok()?;
        stands(reads, base, &view).ok()?.then_some(Unchanged { until: head.seq, at: head.at })
    }
}
