//! What a database must offer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_channel::oneshot;
use linli_contract::{Area, Community, Timestamp};

use crate::about::About;
use crate::commit::{Commit, ReadSet};
use crate::key::{Partition, Space};
use crate::read::{Snapshot, StoreError};

/// An ordered map from keys to versioned values per partition, with atomic commits decided by
/// [`crate::decide`]. Every backend passes the suite in `conformance`.
pub trait Store: Send + Sync + 'static {
    /// The number of a name, given once and for ever; durable before it returns.
    ///
    /// # Errors
    /// When the database fails.
    fn space(&self, name: &str) -> Result<Space, StoreError>;

    /// All names given so far, by number.
    ///
    /// # Errors
    /// When the database fails.
    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError>;

    /// The partitions that have been written to, in order.
    ///
    /// # Errors
    /// When the database fails.
    fn partitions(&self) -> Result<Vec<Partition>, StoreError>;

    /// The communities of an area that have been written to, in order, up to `most`.
    ///
    /// # Errors
    /// When the database fails.
    fn communities(&self, area: &Area, most: usize) -> Result<Vec<Community>, StoreError> {
        let communities = self.partitions()?.into_iter().filter_map(Partition::community);
        Ok(communities.filter(|community| area.contains(*community)).take(most).collect())
    }

    /// The durable state of a partition.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when all readers are taken; or when the database fails.
    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError>;

    /// The same, for a call about which something is known. A store whose reads are round trips may read ahead for it;
    /// the default takes no notice.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        let _ = about;
        self.snapshot(partition)
    }

    /// The state of a partition with every commit accepted so far, durable or not. Only for commands: whatever is
    /// answered from it must wait for its own commit, which becomes durable after the ones it read.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError>;

    /// Decides a commit now, in the order of calls within its partition; it becomes durable later, together with
    /// others.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when something it read has changed, or its stock or ledger changes no longer fit:
    /// run the command again. Nothing is written then.
    fn commit(&self, commit: Commit) -> Result<Pending, CommitError>;

    /// Whether what was read of the snapshot after commit `base` stands: no commit accepted since then, durable or not,
    /// has written any of it, so that every state from `base` to the answer's [`Unchanged::until`] shows the same. None
    /// when something was written, and also when that is not known: whoever asks reads again then.
    ///
    /// Cheap, and without a look at the rows in the usual case. A store whose partitions others write too, and which
    /// does not hear of it, answers none: the default.
    fn unchanged(&self, partition: Partition, base: u64, reads: &ReadSet) -> Option<Unchanged> {
        let _ = (partition, base, reads);
        None
    }
}

/// How far something read stands as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchanged {
    /// Number of the last commit accepted, at least the `base` that was asked about.
    pub until: u64,
    /// A time no commit up to then is after.
    pub at: Timestamp,
}

/// Why a commit was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// What it read has changed since.
    #[error("what was read has changed")]
    Conflict,
    /// The store cannot take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A commit that was accepted and is on its way to the disk.
#[derive(Debug)]
pub struct Pending {
    /// Its number in the partition.
    pub seq: u64,
    /// Its time: never before the partition's commit before it.
    pub at: Timestamp,
    /// When the earliest delivery it queued is due.
    pub due: Option<Timestamp>,
    /// Resolves when it is durable.
    pub durable: Durable,
}

/// Resolves when a commit is durable, or is known not to be.
#[derive(Debug)]
pub struct Durable(oneshot::Receiver<Result<(), StoreError>>);

impl Durable {
    /// A promise and the means to keep it. Dropping the sender counts as [`StoreError::Closed`].
    pub fn channel() -> (oneshot::Sender<Result<(), StoreError>>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    /// Durable already.
    pub fn now() -> Self {
        let (sender, durable) = Self::channel();
        // The receiver is right here.
        let _ = sender.send(Ok(()));
        durable
    }
}

impl Future for Durable {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|received| received.unwrap_or(Err(StoreError::Closed)))
    }
}
