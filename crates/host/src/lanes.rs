//! Lanes: where commands of one community run one after another once they have run into each other.
//!
//! Nothing waits in a lane as long as commands do not conflict. A command whose first run lost takes its community's
//! lane and runs on the state of the commits accepted so far, so it can lose again only to commands outside the lane.
//! While a community is hot, its commands go to the lane at once instead of losing first.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use linli_store::Partition;
use tokio::sync::OwnedMutexGuard;

use crate::admission::{Full, Waiting};

/// What a lost first run adds to the heat of its community; every other command takes one away. So about one command
/// in nine of a hot community still tries without the lane, and finds out when it has cooled down.
const HEAT_OF_CONFLICT: u32 = 8;
/// Heat from which commands go to the lane at once: two conflicts close to each other.
const HOT: u32 = 9;
/// Most heat: a community that was hot is tried without the lane after so many commands at the latest.
const MAX_HEAT: u32 = 64;

/// The lanes of the communities that need one at present.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<Partition, Arc<Lane>>>);

#[derive(Default)]
struct Lane {
    turn: Arc<tokio::sync::Mutex<()>>,
    waiting: AtomicU32,
    heat: AtomicU32,
}

/// The right to be the only command of the lane.
pub(crate) struct InLane(#[allow(dead_code, reason = "held for its drop")] OwnedMutexGuard<()>);

impl Lanes {
    /// Whether a command should take the lane at once. Cools the community down by one command.
    pub(crate) fn is_hot(&self, partition: Partition) -> bool {
        let mut lanes = self.lock();
        let Some(lane) = lanes.get(&partition) else { return false };
        let heat = lane.heat.load(Ordering::Relaxed);
        lane.heat.store(heat.saturating_sub(1), Ordering::Relaxed);
        if heat == 0 && Arc::strong_count(lane) == 1 && lane.waiting.load(Ordering::Relaxed) == 0 {
            // Cold, and nobody in it: a community costs nothing while it has no conflicts.
            lanes.remove(&partition);
        }
        heat >= HOT
    }

    /// A first run outside the lane has lost.
    pub(crate) fn conflicted(&self, partition: Partition) {
        let lane = self.lane(partition);
        let heat = lane.heat.load(Ordering::Relaxed).saturating_add(HEAT_OF_CONFLICT).min(MAX_HEAT);
        lane.heat.store(heat, Ordering::Relaxed);
    }

    /// Waits for the lane, in order of arrival.
    ///
    /// # Errors
    /// When `most` commands wait already.
    pub(crate) async fn enter(&self, partition: Partition, most: u32) -> Result<InLane, Full> {
        let lane = self.lane(partition);
        let _waiting = Waiting::enter(&lane.waiting, most).ok_or(Full)?;
        Ok(InLane(lane.turn.clone().lock_owned().await))
    }

    fn lane(&self, partition: Partition) -> Arc<Lane> {
        self.lock().entry(partition).or_default().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Partition, Arc<Lane>>> {
        // Nothing under this lock can leave the map half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn community(code: u64) -> Partition {
        Partition::Community(linli_contract::Community::from_code(code).unwrap())
    }

    #[test]
    fn a_community_is_hot_while_its_commands_keep_losing() {
        let lanes = Lanes::default();
        let here = community(330_105_001_001);
        lanes.conflicted(here);
        assert!(!lanes.is_hot(here), "one conflict is chance");
        lanes.conflicted(here);
        assert!(lanes.is_hot(here));
        assert!(!lanes.is_hot(community(330_105_001_002)), "others are not touched");
        while lanes.is_hot(here) {}
        for _ in 0..=MAX_HEAT {
            assert!(!lanes.is_hot(here));
        }
        assert!(lanes.lock().is_empty(), "a cold lane is gone");
    }

    #[tokio::test]
    async fn one_at_a_time_and_a_bounded_queue() {
        let lanes = Lanes::default();
        let here = community(330_105_001_001);
        let first = lanes.enter(here, 1).await.unwrap();
        let second = lanes.enter(here, 1);
        tokio::pin!(second);
        let waits = futures_now(second.as_mut());
        assert!(!waits);
        assert!(lanes.enter(here, 1).await.is_err(), "the queue is full");
        drop(first);
        assert!(second.await.is_ok());
    }

    fn futures_now<F: Future>(future: std::pin::Pin<&mut F>) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        future.poll(&mut context).is_ready()
    }
}
