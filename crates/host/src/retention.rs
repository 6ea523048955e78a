//! Documents are kept for as long as their collection says: the hourly round in which they go, as kept answers do.
//!
//! Who is due is found by looking through a collection, so after each look it is remembered when the next document can be
//! due at the earliest, and nobody looks before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use linli_calls::{Keeping, kept_for_a_time};
use linli_contract::Timestamp;
use linli_store::{Partition, Space, StoreError};

use crate::shared::Shared;

/// When a document of a collection in a partition can be due next.
#[derive(Default)]
pub(crate) struct Retention(Mutex<HashMap<(Partition, Space), Timestamp>>);

impl Retention {
    fn is_due(&self, partition: Partition, collection: Space, now: Timestamp) -> bool {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        next.get(&(partition, collection)).is_none_or(|next| *next <= now)
    }

    fn look_next(&self, partition: Partition, collection: Space, at: Timestamp) {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        next.insert((partition, collection), at);
    }
}

impl Shared {
    /// Deletes what a partition has kept for long enough, of every live component. Blocks; for threads that may.
    ///
    /// # Errors
    /// When the store fails; the rest goes with the next round.
    pub(crate) fn expire_documents(&self, partition: Partition, now: Timestamp) -> Result<(), StoreError> {
        for service in self.live.all() {
            let layout = service.layout();
            let keeping = Keeping { partition, layout: &layout, is_metered: service.rails().is_some() };
            for kept in kept_for_a_time(service.descriptor(), &layout) {
                let space = kept.0.space;
                if self.retention.is_due(partition, space, now) {
                    let next = keeping.expire(&self.placing(), kept, now)?;
                    self.retention.look_next(partition, space, next);
                }
            }
        }
        Ok(())
    }
}
