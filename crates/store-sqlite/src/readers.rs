//! A bounded pool of connections that read, each inside a transaction while somebody has it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use linli_store::StoreError;
use rusqlite::Connection;

use crate::database::{failed, open_reader};

/// Connections are opened when first needed and kept. What was used last is given first: its statements and the
/// upper pages of the tree are warm.
pub(crate) struct Readers {
    path: PathBuf,
    limit: usize,
    max_age: Duration,
    /// What ages are counted from.
    begun: Instant,
    /// Transactions that began before this many microseconds after `begun` are not to be read any further.
    ended_before: AtomicU64,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    /// Each connection's, for as long as the pool lasts.
    slots: Vec<Arc<Slot>>,
    idle: Vec<Arc<Slot>>,
    /// Threads in [`Readers::wait`]: usually none, and then nobody needs to be told.
    waiting: usize,
    closed: bool,
}

impl State {
    fn taken(&self) -> usize {
        self.slots.len() - self.idle.len()
    }
}

/// A connection's place. Locked for the length of one read, so that a transaction can be ended between two reads of a
/// holder that does not come back.
#[derive(Default)]
struct Slot(Mutex<Held>);

#[derive(Default)]
struct Held {
    connection: Option<Connection>,
    /// Since when it is inside a transaction.
    since: Option<Instant>,
    /// How often it was given back: a lease is good for one turn.
    turn: u64,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Held> {
        // A panic can leave a statement unread, which its drop resets; the transaction is ended in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Ends the transaction and the turn. A connection whose transaction does not end is closed instead.
    fn end(&mut self) {
        let ended = |connection: &Connection| {
            connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).is_ok()
        };
        if self.since.take().is_some() {
            self.connection = self.connection.take().filter(ended);
        }
        self.turn += 1;
    }
}

impl Readers {
    /// Transactions may be read until they are of `max_age`.
    pub(crate) fn new(path: PathBuf, limit: usize, max_age: Duration) -> Arc<Self> {
        Arc::new(Self {
            path,
            limit,
            max_age,
            begun: Instant::now(),
            ended_before: AtomicU64::new(0),
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    /// A connection inside a read transaction, or [`StoreError::Overloaded`] at once when all are taken: the callers
    /// are threads that serve others too and must not wait here.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Lease, StoreError> {
        self.begin(self.lock())
    }

    /// The same, waiting for one to come back. Only for who gives it back without waiting for anything else.
    pub(crate) fn wait(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let all_taken = |state: &mut State| state.taken() >= self.limit && !state.closed;
        let mut state = self.lock();
        state.waiting += 1;
        let mut state = self.returned.wait_while(state, all_taken).unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        self.begin(state)
    }

    fn begin(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> Result<Lease, StoreError> {
        if state.closed {
            return Err(StoreError::Closed);
        }
        if state.taken() >= self.limit {
            return Err(StoreError::Overloaded);
        }
        let slot = state.idle.pop().unwrap_or_else(|| {
            let slot = Arc::<Slot>::default();
            state.slots.push(slot.clone());
            slot
        });
        drop(state);
        let now = Instant::now();
        // From here on the lease gives back what was counted, whatever fails.
        let turn = slot.lock().turn;
        let lease = Lease { slot: slot.clone(), turn, since: now, home: self.clone() };
        let mut held = slot.lock();
        if held.connection.is_none() {
            held.connection = Some(open_reader(&self.path)?);
        }
        held.since = Some(now);
        if let Some(connection) = &held.connection {
            connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])).map_err(failed)?;
        }
        drop(held);
        Ok(lease)
    }

    /// Ends the transactions that are older, whoever holds them; their holders are refused all further reads. Gives the
    /// age of the oldest one that is left.
    pub(crate) fn end_older_than(&self, age: Duration) -> Duration {
        let (now, mut oldest) = (Instant::now(), Duration::ZERO);
        self.ended_before.fetch_max(self.micros(now).saturating_sub(micros(age)), Ordering::Relaxed);
        let slots = self.lock().slots.clone();
        for slot in slots {
            let mut held = match slot.0.try_lock() {
                Ok(held) => held,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Being read, and then for the last time.
                Err(TryLockError::WouldBlock) => continue,
            };
            let Some(since) = held.since else { continue };
            let its_age = now.saturating_duration_since(since);
            if its_age > age {
                held.end();
                drop(held);
                self.give_back(slot);
            } else {
                oldest = oldest.max(its_age);
            }
        }
        oldest
    }

    pub(crate) fn taken(&self) -> usize {
        self.lock().taken()
    }

    /// Closes what is idle now and everything else when it comes back.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let idle = std::mem::take(&mut state.idle);
        state.slots.retain(|slot| !idle.iter().any(|idle| Arc::ptr_eq(idle, slot)));
        drop(state);
        self.returned.notify_all();
    }

    fn give_back(&self, slot: Arc<Slot>) {
        let mut state = self.lock();
        if state.closed {
            state.slots.retain(|other| !Arc::ptr_eq(other, &slot));
        } else {
            state.idle.push(slot);
        }
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            self.returned.notify_one();
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        micros(at.saturating_duration_since(self.begun))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can fail between its first and its last change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A connection inside a read transaction, which ends when this is dropped, or earlier when it grows too old.
pub(crate) struct Lease {
    slot: Arc<Slot>,
    turn: u64,
    since: Instant,
    home: Arc<Readers>,
}

impl Lease {
    /// Reads. What is read with must not read from this lease again.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`] when the transaction has been ended; else what the reading gives.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let held = self.slot.lock();
        match &held.connection {
            Some(connection) if held.turn == self.turn => read(connection),
            _ => Err(too_old()),
        }
    }

    /// # Errors
    /// [`StoreError::Overloaded`] when the transaction is too old.
    pub(crate) fn check_age(&self) -> Result<(), StoreError> {
        let ended = self.home.micros(self.since) < self.home.ended_before.load(Ordering::Relaxed);
        if ended || self.since.elapsed() > self.home.max_age { Err(too_old()) } else { Ok(()) }
    }
}

fn too_old() -> StoreError {
    tracing::warn!("a snapshot is too old to be read further");
    StoreError::Overloaded
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.slot.lock();
        if held.turn == self.turn {
            held.end();
            drop(held);
            self.home.give_back(self.slot.clone());
        }
    }
}
