//! When each partition is due next.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use linli_contract::Timestamp;
use linli_store::Partition;
use tokio::sync::Notify;

/// The partitions by the time of their next delivery, and those being worked on.
#[derive(Default)]
pub(crate) struct Schedule {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    order: BTreeSet<(Timestamp, Partition)>,
    due: HashMap<Partition, Timestamp>,
    /// Partitions somebody works on; what becomes due there meanwhile waits in `due` alone.
    busy: HashSet<Partition>,
    filled: bool,
    tidying: Timestamp,
}

impl State {
    fn set(&mut self, partition: Partition, due: Timestamp) {
        match self.due.get(&partition) {
            Some(known) if *known <= due => return,
            Some(known) => {
                self.order.remove(&(*known, partition));
            }
            None => {}
        }
        self.due.insert(partition, due);
        if !self.busy.contains(&partition) {
            self.order.insert((due, partition));
        }
    }
}

impl Schedule {
    /// Something in the partition is due then.
    pub(crate) fn wake(&self, partition: Partition, due: Timestamp) {
        self.lock().set(partition, due);
        self.changed.notify_waiters();
    }

    /// Wakes whoever waits for a change.
    pub(crate) fn poke(&self) {
        self.changed.notify_waiters();
    }

    /// Resolves at the next change after this call.
    pub(crate) fn changed(&self) -> impl Future<Output = ()> + '_ {
        let mut changed = Box::pin(self.changed.notified());
        // Registered now, not at the first poll, so that no change is missed in between.
        changed.as_mut().enable();
        changed
    }

    /// When the next partition is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.lock().order.first().map(|(due, _)| *due)
    }

    /// A partition that is due and that nobody works on; it is the caller's until [`Schedule::finish`].
    pub(crate) fn take_due(&self, now: Timestamp) -> Option<Partition> {
        let mut state = self.lock();
        let (due, partition) = *state.order.first()?;
        if due > now {
            return None;
        }
        state.order.pop_first();
        state.due.remove(&partition);
        state.busy.insert(partition);
        Some(partition)
    }

    /// The caller is done with the partition, where something is due next at `due`.
    pub(crate) fn finish(&self, partition: Partition, due: Option<Timestamp>) {
        let mut state = self.lock();
        state.busy.remove(&partition);
        if let Some(waiting) = state.due.get(&partition).copied() {
            state.order.insert((waiting, partition));
        }
        if let Some(due) = due {
            state.set(partition, due);
        }
    }

    /// True for the one caller that has to fill the schedule from the store.
    pub(crate) fn begin_filling(&self) -> bool {
        !std::mem::replace(&mut self.lock().filled, true)
    }

    /// Filling failed.
    pub(crate) fn fill_again(&self) {
        self.lock().filled = false;
    }

    /// Whether tidying is due; it is next at `next` then.
    pub(crate) fn take_tidying(&self, now: Timestamp, next: Timestamp) -> bool {
        let mut state = self.lock();
        let due = state.tidying <= now;
        if due {
            state.tidying = next;
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can leave the state half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn community(last: u64) -> Partition {
        Partition::Community(linli_contract::Community::from_code(330_105_001_000 + last).unwrap())
    }

    #[test]
    fn the_earliest_comes_first_and_only_when_due() {
        let schedule = Schedule::default();
        schedule.wake(community(1), at(30));
        schedule.wake(community(2), at(20));
        schedule.wake(community(1), at(10));
        schedule.wake(community(1), at(40));
        assert_eq!(schedule.next(), Some(at(10)));
        assert_eq!(schedule.take_due(at(9)), None);
        assert_eq!(schedule.take_due(at(10)), Some(community(1)));
        assert_eq!(schedule.take_due(at(19)), None);
        assert_eq!(schedule.take_due(at(20)), Some(community(2)));
    }

    #[test]
    fn nobody_else_gets_a_partition_that_is_worked_on() {
        let schedule = Schedule::default();
        schedule.wake(community(1), at(10));
        assert_eq!(schedule.take_due(at(10)), Some(community(1)));
        schedule.wake(community(1), at(5));
        assert_eq!(schedule.take_due(at(10)), None);
        schedule.finish(community(1), Some(at(50)));
        assert_eq!(schedule.next(), Some(at(5)), "what came meanwhile is not lost");
        assert_eq!(schedule.take_due(at(10)), Some(community(1)));
        schedule.finish(community(1), None);
        assert_eq!(schedule.next(), None);
    }
}
