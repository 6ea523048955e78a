//! What goes when its time is over: kept answers, and documents that their collections keep no longer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use linli_calls::outcome::empty;
use linli_contract::Timestamp;
use linli_store::{Commit, CommitError, Partition, expired_answers};

use crate::call::CallError;
use crate::limits::{TIDY_BATCH, TIDY_SECONDS};
use crate::shared::Shared;

impl Shared {
    /// Deletes kept answers and documents whose time is over, once an hour.
    pub(super) async fn tidy_when_due(self: &Arc<Self>) {
        let now = self.clock.now();
        if !self.schedule.take_tidying(now, now.plus_seconds(TIDY_SECONDS)) {
            return;
        }
        let partitions = self.store.partitions().unwrap_or_default();
        for partition in partitions {
            if self.draining.load(Ordering::Relaxed) {
                return;
            }
            if let Err(error) = self.tidy(partition, now).await {
                tracing::warn!(%error, "kept answers wait for the next tidying");
            }
            let shared = self.clone();
            let expiring = tokio::task::spawn_blocking(move || shared.expire_documents(partition, now)).await;
            if let Some(error) =
                expiring.map_or_else(|e| Some(e.to_string()), |e| e.err().map(|e| e.to_string()))
            {
                tracing::warn!(error, "documents wait for the next tidying");
            }
        }
    }

    async fn tidy(&self, partition: Partition, now: Timestamp) -> Result<(), CallError> {
        loop {
            let rows = expired_answers(&*self.store.snapshot(partition)?, now, TIDY_BATCH)?;
            let more = rows.len() >= TIDY_BATCH;
            if rows.is_empty() {
                return Ok(());
            }
            // Nobody reads what has expired, so nothing needs to be validated.
            let commit = Commit { writes: rows, ..empty(partition, now, vec![]) };
            match self.store.commit(commit) {
                Ok(pending) => self.durable(partition, pending).await?,
                Err(CommitError::Conflict) => return Ok(()),
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
            if !more {
                return Ok(());
            }
        }
    }
}
