//! What can be read of a partition.

use std::ops::ControlFlow;

use linli_contract::Timestamp;

use crate::key::{self, Value};

/// Why a store cannot do what was asked. Never carries a key or a value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed; what was being committed is not known to be durable.
    #[error("the database failed: {0}")]
    Database(String),
    /// What is stored does not read as what it should be.
    #[error("stored data is damaged: {0}")]
    Damaged(&'static str),
    /// Too much is waiting already.
    #[error("the store is overloaded")]
    Overloaded,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The database was written by a newer release.
    #[error("the database has format {found}, this release reads up to {known}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest format this release knows.
        known: u32,
    },
}

/// A value and the sequence number of the commit that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Sequence number of the commit, within the partition; at least 1.
    pub version: u64,
    /// What was written.
    pub value: Value,
}

/// What a visitor of [`Read::range`] sees: key, version, value.
pub type Visit<'a> = dyn FnMut(&[u8], u64, &[u8]) -> ControlFlow<()> + 'a;

/// One consistent view of one partition.
pub trait Read {
    /// The value under a key.
    ///
    /// # Errors
    /// When the database fails.
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError>;

    /// Visits the rows of `start..end` in order of their keys, or in the opposite order, until told to stop. The visitor
    /// must not read from the same view: the view may hold a lock meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError>;

    /// The partition's last commit in this view.
    ///
    /// # Errors
    /// When the database fails, or its head row is damaged.
    fn head(&self) -> Result<Head, StoreError> {
        self.get(&key::head())?.map_or(Ok(Head::default()), |row| Head::decode(&row.value))
    }
}

/// A view that does not change while it lives. Its age is bounded by the store.
pub trait Snapshot: Read + Send {
    /// Whether all that was read of it so far is of one state. Only of a call that says it may be run again
    /// ([`About::may_run_again`](crate::About::may_run_again)) it may be false: what has come of that call then counts for
    /// nothing.
    fn is_whole(&self) -> bool {
        true
    }
}

/// Stands where a snapshot was let go of: reading it is an error.
pub(crate) struct Released;

impl Read for Released {
    fn get(&self, _: &[u8]) -> Result<Option<Versioned>, StoreError> {
        Err(StoreError::Closed)
    }

    fn range(&self, _: &[u8], _: &[u8], _: bool, _: &mut Visit<'_>) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
}

impl Snapshot for Released {}

/// The state of a partition's sequence of commits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last commit; 0 before the first.
    pub seq: u64,
    /// Time of the last commit; no later commit is before it.
    pub at: Timestamp,
    /// Digest of the audit log so far.
    pub audit: [u8; 32],
}

impl Head {
    /// The value of the row [`head_key`](crate::head_key).
    #[must_use]
    pub fn encode(&self) -> Value {
        let mut out = Vec::with_capacity(48);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.at.micros().to_be_bytes());
        out.extend_from_slice(&self.audit);
        out.into()
    }

    /// From the value of the row [`head_key`](crate::head_key).
    ///
    /// # Errors
    /// Bytes that are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = StoreError::Damaged("head");
        let (seq, rest) = bytes.split_first_chunk::<8>().ok_or(damaged.clone())?;
        let (at, rest) = rest.split_first_chunk::<8>().ok_or(damaged.clone())?;
        Ok(Self {
            seq: u64::from_be_bytes(*seq),
            at: Timestamp::from_micros(i64::from_be_bytes(*at)),
            audit: rest.try_into().map_err(|_| damaged)?,
        })
    }
}
