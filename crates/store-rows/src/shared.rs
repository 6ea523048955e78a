//! A store over a file that other processes write, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use linli_store::{
    About, Commit, CommitError, Current, Decided, Durable, Key, Partition, Pending, Refused, Snapshot, Space,
    Store, StoreError, decide,
};

use crate::connection::{Connection, Failed, Open, Value, execute, patiently, query};
use crate::format::{set_up, start_log_over};
use crate::habits::Habits;
use crate::known::Known;
use crate::look::Look;
use crate::reading::{Reading, View};
use crate::sql;
use crate::view::Rows;
use crate::write::{begin_writing, is_one_statement, write, write_if_last};

/// Tries of a commit, or of the beginning of a snapshot, that finds the database busy in spite of all patience; or of a
/// commit that finds its connection gone: one more than are kept.
const TRIES: u32 = IDLE as u32 + 1;
/// Commits of a partition after which whoever makes the last one starts the log over. A commit writes some ten pages.
const COMMITS_OF_A_LOG: u64 = 64;
/// Tries of a commit without the write lock: each but the last was outrun by another commit of its partition.
const LOOKS: u32 = 4;
/// Connections that are kept open while nobody uses them. A call needs one at a time.
pub(crate) const IDLE: usize = 2;

/// A [`Store`] over connections to one file. What others wrote is seen by the next snapshot and the next commit.
pub struct SharedRows<O: Open> {
    inner: Arc<Inner<O>>,
}

pub(crate) struct Inner<O: Open> {
    open: O,
    idle: Mutex<Vec<O::Connection>>,
    /// The read transaction begun last, if it is open still and nothing was committed since: what is read meanwhile is
    /// read in it.
    reading: Mutex<Weak<Reading<O>>>,
    /// Numbers of names, which never change: as many as there are collections and indexes in the file.
    names: Mutex<HashMap<String, Space>>,
    /// What calls read, to read it for the next ones.
    pub(crate) habits: Mutex<Habits>,
    /// What the read transaction that ended last has seen: the commit of a call is decided on the state it saw, as long
    /// as that is the newest.
    pub(crate) seen: Mutex<Known>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Lists and handles: nothing is left half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<O: Open> SharedRows<O> {
    /// Makes the tables when there are none.
    ///
    /// # Errors
    /// See [`set_up`].
    pub fn open(open: O) -> Result<Self, StoreError> {
        let (idle, reading) = (Mutex::default(), Mutex::new(Weak::new()));
        let (names, habits, seen) = (Mutex::default(), Mutex::default(), Mutex::default());
        let inner = Arc::new(Inner { open, idle, reading, names, habits, seen });
        let connection = inner.take()?;
        inner.give_back(connection);
        Ok(Self { inner })
    }

    fn read_names(&self) -> Result<(), StoreError> {
        let all = self.spaces()?;
        lock(&self.inner.names).extend(all.into_iter().map(|(space, name)| (name, space)));
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&O::Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.inner.take()?;
        let done = work(&connection)?;
        // One on which something failed is closed.
        self.inner.give_back(connection);
        Ok(done)
    }
}

impl<O: Open> Inner<O> {
    pub(crate) fn take(&self) -> Result<O::Connection, StoreError> {
        if let Some(connection) = lock(&self.idle).pop() {
            return Ok(connection);
        }
        let connection = self.open.open()?;
        set_up(&connection)?;
        Ok(connection)
    }

    pub(crate) fn give_back(&self, connection: O::Connection) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    /// The read transaction that is open, or a new one.
    fn reading(self: &Arc<Self>) -> Result<Arc<Reading<O>>, StoreError> {
        if let Some(reading) = lock(&self.reading).upgrade() {
            return Ok(reading);
        }
        let reading = Arc::new(Reading::new(self)?);
        *lock(&self.reading) = Arc::downgrade(&reading);
        Ok(reading)
    }

    /// What begins from here on shall see what is there by then.
    fn begin_anew(&self) {
        *lock(&self.reading) = Weak::new();
    }

    fn view(
        self: &Arc<Self>,
        partition: Partition,
        about: Option<&About<'_>>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        let mut tries = 1;
        loop {
            let view = || {
                let reading = self.reading()?;
                about.map_or(Ok(()), |about| reading.read_ahead(about))?;
                View::new(reading, partition.id())
            };
            match view() {
                Ok(view) => return Ok(Box::new(view)),
                Err(StoreError::Overloaded) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// What a call has seen that began after this commit, if that is all that deciding it asks for.
    fn seen<'a>(&self, commit: &Commit, connection: &'a O::Connection) -> Option<Look<'a>> {
        let partition = commit.partition.id();
        let seen = lock(&self.seen);
        let head = seen.head(partition).filter(|head| head.seq == commit.base)?;
        let row = |key: Key| seen.row(partition, &key).cloned().map(|row| (key, row));
        let full = commit.changed_keys().map(row).collect::<Option<_>>()?;
        Some(Look::as_seen(connection, partition, head, full))
    }

    /// Decides without the write lock and writes by one statement, which does so only if nobody was faster; after some
    /// tries under the lock, where nobody can be. `Busy` when that could not be had.
    fn try_to_commit(&self, commit: &Commit, connection: &O::Connection) -> Result<Decided, Undone> {
        let partition = commit.partition.id();
        // What its call has seen may well be the newest still.
        let mut seen = self.seen(commit, connection);
        let tries = if is_one_statement(commit) { LOOKS } else { 0 };
        for _ in 0..tries {
            let look = seen.take().map_or_else(|| Look::take(connection, commit), Ok)?;
            // A refusal is of one state of the file, and so stands.
            let decided = decide(commit, &look)?;
            if write_if_last(connection, partition, &decided).map_err(Undone::of_commit)? {
                return Ok(decided);
            }
        }
        let written = begin_writing(connection, partition).map_err(Undone::from);
        let written = written.and_then(|()| self.decide_and_write(commit, connection));
        if written.is_err() {
            // It may be rolled back already.
            let _ = execute(connection, "ROLLBACK", vec![]);
        }
        written
    }

    fn decide_and_write(&self, commit: &Commit, connection: &O::Connection) -> Result<Decided, Undone> {
        let decided = decide(commit, &Look::take(connection, commit)?)?;
        write(connection, commit.partition.id(), &decided)?;
        execute(connection, "COMMIT", vec![]).map_err(Undone::of_commit)?;
        Ok(decided)
    }
}

/// Why nothing was committed.
pub(crate) enum Undone {
    /// Nothing has come into effect.
    Failed(Failed),
    /// Something may have: nobody knows before the rows are looked at again.
    InDoubt(Failed),
    Refused(Refused),
}

impl Undone {
    /// Of a statement that commits. A lock that was not had is an answer; no answer is none.
    fn of_commit(failed: Failed) -> Self {
        if failed == Failed::Busy { Self::Failed(failed) } else { Self::InDoubt(failed) }
    }
}

impl From<Refused> for Undone {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Refused(Refused::Store(error))
    }
}

impl From<Failed> for Undone {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl Current for Rows<'_> {}

impl<O: Open> Store for SharedRows<O> {
    /// All names are read at once, since whoever wants one is opening a component and wants the others, too.
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        let known = |name: &str| lock(&self.inner.names).get(name).copied();
        if let Some(space) = known(name) {
            return Ok(space);
        }
        self.read_names()?;
        if let Some(space) = known(name) {
            return Ok(space);
        }
        self.with(|connection| {
            Ok(patiently(connection, sql::NEW_SPACE, vec![Value::Text(name.to_owned())])?)
        })?;
        self.inner.begin_anew();
        self.read_names()?;
        known(name).ok_or(StoreError::Damaged("name of a space"))
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        let reading = lock(&self.inner.reading).upgrade();
        reading.map_or_else(|| self.with(|connection| names(connection)), |reading| reading.names())
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.with(|connection| {
            let (mut found, mut from) = (Vec::new(), 0);
            loop {
                let parameters = vec![Value::Integer(from), Value::Integer(i64::MAX)];
                let next = query(connection, sql::NEXT_PARTITION, parameters)?.into_iter().flatten().next();
                let Some(Value::Integer(id)) = next else { return Ok(found) };
                found.push(Partition::from_id(id).ok_or(StoreError::Damaged("number of a partition"))?);
                from = id + 1;
            }
        })
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.inner.view(partition, None)
    }

    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        self.inner.view(partition, Some(about))
    }

    /// The same as a snapshot: a commit that was accepted is durable.
    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        let mut connection = self.inner.take()?;
        let mut tries = 1;
        let decided = loop {
            match self.inner.try_to_commit(&commit, &connection) {
                Err(
                    Undone::Failed(Failed::Busy) | Undone::Refused(Refused::Store(StoreError::Overloaded)),
                ) if tries < TRIES => {
                    tries += 1;
                }
                // It may have been kept since before the server was started again.
                Err(Undone::Failed(Failed::Lost(_))) if tries < TRIES => {
                    tries += 1;
                    connection = self.inner.take()?;
                }
                decided => break decided,
            }
        };
        self.inner.begin_anew();
        let decided = match decided {
            Ok(decided) => decided,
            Err(Undone::Refused(Refused::Conflict)) => {
                self.inner.give_back(connection);
                return Err(CommitError::Conflict);
            }
            // The connection is closed: whatever was left open in it ends.
            Err(Undone::Refused(Refused::Store(error))) => return Err(CommitError::Store(error)),
            Err(Undone::Failed(failed) | Undone::InDoubt(failed)) => {
                return Err(CommitError::Store(failed.into()));
            }
        };
        let Decided { head, due, .. } = decided;
        // The commit is durable, whatever comes of this. A connection it fails on is closed.
        if !head.seq.is_multiple_of(COMMITS_OF_A_LOG) || start_log_over(&connection).is_ok() {
            self.inner.give_back(connection);
        }
        Ok(Pending { seq: head.seq, at: head.at, due, durable: Durable::now() })
    }
}

/// All names of spaces, by number.
pub(crate) fn names(connection: &dyn Connection) -> Result<Vec<(Space, String)>, StoreError> {
    let pair = |row: Vec<Value>| match <[Value; 2]>::try_from(row) {
        Ok([id, Value::Text(name)]) => Ok((number(id)?, name)),
        _ => Err(StoreError::Damaged("name of a space")),
    };
    let rows = query(connection, sql::SPACES, vec![])?;
    rows.into_iter().map(pair).collect()
}

fn number(value: Value) -> Result<Space, StoreError> {
    match value {
        Value::Integer(id) => {
            u32::try_from(id).map(Space).map_err(|_| StoreError::Damaged("number of a space"))
        }
        _ => Err(StoreError::Damaged("number of a space")),
    }
}
