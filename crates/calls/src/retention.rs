//! Documents are kept for as long as their collection says, and then deleted by the platform, in bounded batches.

use linli_contract::{Descriptor, Timestamp};
use linli_store::audit::AuditEntry;
use linli_store::{
    CollectionLayout, Commit, Expired, Layout, Partition, StoreError, commit_time, last_commit_at,
    storage_counter, stored_bytes,
};

use crate::outcome::empty;
use crate::placing::Placing;

/// Documents looked at for one commit: keeps the commit short.
const BATCH: usize = 500;
const DAY_SECONDS: i64 = 86_400;

/// The collections of a component whose documents go one day, each with the days they are kept.
pub fn kept_for_a_time<'a>(
    descriptor: &'a Descriptor,
    layout: &'a Layout,
) -> impl Iterator<Item = (&'a CollectionLayout, u32)> {
    descriptor
        .collections
        .iter()
        .filter_map(|declared| Some((layout.collection(&declared.name)?, declared.keep_days?)))
}

/// One component's documents in one partition.
pub struct Keeping<'a> {
    /// Which.
    pub partition: Partition,
    /// Where they lie.
    pub layout: &'a Layout,
    /// Whether what is stored counts against what may be stored, as for plugins: what is no longer stored does not.
    pub is_metered: bool,
}

impl Keeping<'_> {
    /// Deletes what a collection has kept for so many days; when its next document can be due at the earliest. Holds no
    /// snapshot while it commits. Blocks; for threads that may.
    ///
    /// # Errors
    /// When the store fails; the rest goes the next time.
    pub fn expire(
        &self,
        placing: &Placing<'_>,
        (collection, days): (&CollectionLayout, u32),
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let kept = i64::from(days) * DAY_SECONDS;
        let (mut after, mut oldest) = (None, None::<u64>);
        loop {
            let snapshot = placing.store.snapshot(self.partition)?;
            let base = snapshot.head()?.seq;
            let last = last_commit_at(&*snapshot, now.plus_seconds(-kept))?;
            let expired = Expired::read(&*snapshot, collection, last, after.as_ref(), BATCH)?;
            let so_far = oldest.into_iter().chain(expired.oldest).min();
            let is_last = expired.next.is_none();
            let written = so_far.filter(|_| is_last).map(|version| commit_time(&*snapshot, version));
            let written = written.transpose()?.flatten();
            let stored = match self.is_metered && !expired.writes.is_empty() {
                true => stored_bytes(&*snapshot, self.layout.space)?,
                false => 0,
            };
            drop(snapshot);
            if !expired.writes.is_empty() {
                let audit = vec![line(&self.layout.component, &collection.name)];
                let (reads, writes) = (expired.reads, expired.writes);
                let mut commit = Commit { base, reads, writes, ..empty(self.partition, now, audit) };
                let back = expired.bytes.min(stored);
                commit.stock.extend((back > 0).then(|| (storage_counter(self.layout.space), back)));
                if !placing.settle(commit)? {
                    // One of them was written meanwhile.
                    continue;
                }
            }
            if is_last {
                // What is written from now on is due later than everything that is there.
                return Ok(written.unwrap_or(now).plus_seconds(kept));
            }
            (after, oldest) = (expired.next, so_far);
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
