//! The store of a rehearsal: the oracle, in which somebody else's commit comes first when it shall.

use std::sync::{Mutex, PoisonError};

use linli_store::{Commit, CommitError, Oracle, Partition, Pending, Snapshot, Space, Store, StoreError};

/// One commit in so many loses, on average, when conflicts are drawn.
const ONE_IN: u64 = 3;

/// Refuses commits that would have been accepted, as if what they read had changed. Never two in a row: a command that
/// runs again comes through.
#[derive(Default)]
pub struct Contended {
    oracle: Oracle,
    chance: Mutex<Chance>,
}

#[derive(Default)]
struct Chance {
    /// The next commit loses.
    next: bool,
    /// State of the draw; zero: nothing is drawn.
    drawn: u64,
    lost_last: bool,
    spared: bool,
}

impl Contended {
    /// Draws conflicts from this seed; none from zero.
    pub fn new(seed: u64) -> Self {
        let chance = Chance { drawn: seed, ..Chance::default() };
        Self { oracle: Oracle::new(), chance: Mutex::new(chance) }
    }

    /// Lets the next commit lose.
    pub fn lose_next(&self) {
        self.chance().next = true;
    }

    /// From now on lets nobody lose, or as before: a task is run once, and nothing it read can change under it.
    pub fn spare(&self, spared: bool) {
        self.chance().spared = spared;
    }

    fn loses(&self) -> bool {
        let mut chance = self.chance();
        if chance.spared {
            return false;
        }
        let drawn = chance.drawn != 0 && {
            // xorshift64 (Marsaglia 2003): any sequence will do, as long as a seed always gives the same.
            chance.drawn ^= chance.drawn << 13;
            chance.drawn ^= chance.drawn >> 7;
            chance.drawn ^= chance.drawn << 17;
            chance.drawn.is_multiple_of(ONE_IN)
        };
        let loses = std::mem::take(&mut chance.next) || (drawn && !chance.lost_last);
        chance.lost_last = loses;
        loses
    }

    fn chance(&self) -> std::sync::MutexGuard<'_, Chance> {
        // A panic while it is held leaves a valid draw.
        self.chance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Contended {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        self.oracle.space(name)
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        self.oracle.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.oracle.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.oracle.snapshot(partition)
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.oracle.pending(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        if self.loses() { Err(CommitError::Conflict) } else { self.oracle.commit(commit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_draws_the_same_and_never_twice_in_a_row() {
        let draw = |seed| {
            let store = Contended::new(seed);
            (0..200).map(|_| store.loses()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().any(|lost| *lost) && !draw(0).iter().any(|lost| *lost));
        assert!(!draw(7).windows(2).any(|pair| pair[0] && pair[1]));
    }
}
