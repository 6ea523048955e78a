//! Documents go when their collection's `keep-days` are over: by the rules of `linli_calls`, when a function is drained.
//!
//! Instances come and go, so when a document can be due next is written down, in the community it is of, and nobody looks
//! through its collections before.

use std::collections::BTreeMap;
use std::sync::Arc;

use linli_calls::{Keeping, Placing, book, by_id, kept_for_a_time, store_failed};
use linli_contract::{Text, Timestamp};
use linli_store::{CommitError, Fault, Layout, Mode, Partition, Store, StoreError, Transaction};
use serde::{Deserialize, Serialize};

use crate::instance::Instance;

/// Name of what is written down in the store.
pub const COMPONENT: &str = "retention";
/// At least so long after one look comes the next: documents that are written all day are due all day.
const PAUSE_SECONDS: i64 = 3_600;

/// What is known after a look.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Look {
    /// Days by collection, as they were then: another version may keep documents for another time.
    kept: BTreeMap<String, u32>,
    /// When the next document can be due.
    next: Timestamp,
}

/// What a function with documents that go has in the store for that.
pub(crate) struct Retention {
    layout: Arc<Layout>,
}

impl Retention {
    /// None for a function that keeps everything.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) fn open(store: &dyn Store, is_needed: bool) -> Result<Option<Self>, StoreError> {
        if !is_needed {
            return Ok(None);
        }
        let title = Text::new("保存期限", "How long documents are kept");
        let layout = Layout::open(store, &book(COMPONENT, title, vec![by_id(COMPONENT)]))?;
        Ok(Some(Self { layout: Arc::new(layout) }))
    }
}

impl Instance {
    /// Deletes what a partition has kept for long enough of the function's documents.
    ///
    /// # Errors
    /// When the store fails; the rest goes the next time.
    pub(crate) fn expire_documents(&self, partition: Partition) -> Result<(), StoreError> {
        let Some(retention) = &self.retention else { return Ok(()) };
        let (descriptor, now) = (self.component.descriptor(), self.clock.now());
        let begin = |mode| -> Result<Transaction, StoreError> {
            let snapshot = self.store.snapshot(partition)?;
            Ok(Transaction::begin(partition, retention.layout.clone(), snapshot, now, mode)?.unbounded())
        };
        let of_days = kept_for_a_time(descriptor, &self.layout);
        let kept: BTreeMap<_, _> =
            of_days.map(|(collection, days)| (collection.name.to_string(), days)).collect();
        let id = descriptor.name.as_str();
        let last = begin(Mode::Read)?.get(COMPONENT, id).map_err(failed)?;
        let last = last.and_then(|content| serde_json::from_str::<Look>(&content).ok());
        if last.is_some_and(|last| last.kept == kept && last.next > now) {
            return Ok(());
        }
        let (is_metered, layout) = (self.component.grant().is_some(), &*self.layout);
        let (keeping, placing) =
            (Keeping { partition, layout, is_metered }, Placing { store: &*self.store, clock: &*self.clock });
        let mut next = None;
        for kept in kept_for_a_time(descriptor, layout) {
            next = next.into_iter().chain([keeping.expire(&placing, kept, now)?]).min();
        }
        let next = next.unwrap_or(now).max(now.plus_seconds(PAUSE_SECONDS));
        let look =
            serde_json::to_string(&Look { kept, next }).map_err(|_| StoreError::Damaged("retention"))?;
        let mut transaction = begin(Mode::Write)?;
        transaction.put(COMPONENT, id, &look).map_err(failed)?;
        match self.store.commit(transaction.into_commit(None, false, vec![])) {
            // Somebody else has looked, too.
            Ok(_) | Err(CommitError::Conflict) => Ok(()),
            Err(CommitError::Store(error)) => Err(error),
        }
    }
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "retention")
}
