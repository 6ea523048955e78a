//! Documents are kept for as long as their collection says, and then deleted by the platform: bounded batches, in the
//! hourly round in which kept answers go, too.
//!
//! Who is due is found by looking through a collection, so after each look it is remembered when the next document can be
//! due at the earliest, and nobody looks before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use linli_calls::outcome::empty;
use linli_contract::Timestamp;
use linli_store::audit::AuditEntry;
use linli_store::{
    CollectionLayout, Commit, Expired, Partition, Space, StoreError, commit_time, last_commit_at,
    storage_counter, stored_bytes,
};

use crate::shared::Shared;

/// Documents looked at for one commit: keeps the commit short.
const BATCH: usize = 500;
const DAY_SECONDS: i64 = 86_400;

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
            for declared in &service.descriptor().collections {
                let (Some(days), Some(collection)) = (declared.keep_days, layout.collection(&declared.name))
                else {
                    continue;
                };
                if self.retention.is_due(partition, collection.space, now) {
                    // What a plugin no longer stores does not count against what it may store.
                    let metered = service.rails().map(|_| layout.space);
                    let place = (partition, layout.component.as_str(), metered);
                    let next = self.expire_in(place, collection, days, now)?;
                    self.retention.look_next(partition, collection.space, next);
                }
            }
        }
        Ok(())
    }

    /// Deletes what is due in one collection; when the next document can be.
    fn expire_in(
        &self,
        (partition, component, metered): (Partition, &str, Option<Space>),
        collection: &CollectionLayout,
        days: u32,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let kept = i64::from(days) * DAY_SECONDS;
        let (mut after, mut oldest) = (None, None::<u64>);
        loop {
            let snapshot = self.store.snapshot(partition)?;
            let base = snapshot.head()?.seq;
            let last = last_commit_at(&*snapshot, now.plus_seconds(-kept))?;
            let expired = Expired::read(&*snapshot, collection, last, after.as_ref(), BATCH)?;
            if !expired.writes.is_empty() {
                let audit = vec![line(component, &collection.name)];
                let (reads, writes) = (expired.reads, expired.writes);
                let mut commit = Commit { base, reads, writes, ..empty(partition, now, audit) };
                if let Some(component) = metered {
                    let back = expired.bytes.min(stored_bytes(&*snapshot, component)?);
                    commit.stock.extend((back > 0).then(|| (storage_counter(component), back)));
                }
                if !self.settle(commit)? {
                    // One of them was written meanwhile.
                    continue;
                }
            }
            oldest = oldest.into_iter().chain(expired.oldest).min();
            after = expired.next;
            if after.is_some() {
                continue;
            }
            // What is written from now on is due later than everything that is there.
            let written = oldest.map(|version| commit_time(&*snapshot, version)).transpose()?.flatten();
            return Ok(written.unwrap_or(now).plus_seconds(kept));
        }
    }
}

fn line(component: &str, collection: &str) -> AuditEntry {
    AuditEntry {
        actor: None,
        acted_for: None,
        component: component.to_owned(),
        operation: format!("keep:{collection}"),
        outcome: "ok".to_owned(),
        request_id: String::new(),
        accesses: vec![],
    }
}
