//! A bounded pool of connections that read.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use linli_store::StoreError;
use rusqlite::Connection;

use crate::database::{failed, open_reader};

/// Connections are opened when first needed and kept. What was used last is given first: its statements and the
/// upper pages of the tree are warm.
pub(crate) struct Readers {
    path: PathBuf,
    limit: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    taken: usize,
    /// Threads in [`Readers::wait`]: usually none, and then nobody needs to be told.
    waiting: usize,
    closed: bool,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, limit: usize) -> Arc<Self> {
        Arc::new(Self { path, limit, state: Mutex::default(), returned: Condvar::new() })
    }

    /// A connection inside a read transaction, or [`StoreError::Overloaded`] at once when all are taken: the callers
    /// are threads that serve others too and must not wait here.
    pub(crate) fn take(self: &Arc<Self>) -> Result<Lease, StoreError> {
        self.begin(self.lock())
    }

    /// The same, waiting for one to come back. Only for who gives it back without waiting for anything else.
    pub(crate) fn wait(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let all_taken = |state: &mut State| state.taken >= self.limit && !state.closed;
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
        if state.taken >= self.limit {
            return Err(StoreError::Overloaded);
        }
        state.taken += 1;
        let idle = state.idle.pop();
        drop(state);
        // From here on the lease gives back what was counted, whatever fails.
        let mut lease = Lease { connection: None, home: self.clone() };
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([])).map_err(failed)?;
        lease.connection = Some(connection);
        Ok(lease)
    }

    pub(crate) fn taken(&self) -> usize {
        self.lock().taken
    }

    /// Closes what is idle now and everything else when it comes back.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.idle.clear();
        drop(state);
        self.returned.notify_all();
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut state = self.lock();
        state.taken -= 1;
        if !state.closed {
            state.idle.extend(connection);
        }
        let awaited = state.waiting > 0;
        drop(state);
        if awaited {
            self.returned.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can fail between its first and its last change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection inside a read transaction, which ends when this is dropped.
pub(crate) struct Lease {
    connection: Option<Connection>,
    home: Arc<Readers>,
}

impl Lease {
    /// # Errors
    /// Never in practice: a lease that was given out has its connection.
    pub(crate) fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Closed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let ended = |connection: &Connection| {
            connection.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).is_ok()
        };
        // One whose transaction does not end is closed instead.
        let connection = self.connection.take().filter(ended);
        self.home.give_back(connection);
    }
}
