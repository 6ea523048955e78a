//! A store over a file that other processes write, too.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use linli_store::{
    Commit, CommitError, Current, Decided, Durable, Head, Partition, Pending, Read, Refused, Snapshot, Space,
    Store, StoreError, Versioned, Visit, decide,
};

use crate::connection::{Connection, Failed, Open, Value, patiently};
use crate::format::{set_up, start_log_over};
use crate::look::Look;
use crate::sql;
use crate::view::Rows;
use crate::write::{is_one_statement, write, write_if_last};

/// Tries of a commit, or of the beginning of a snapshot, that finds the database busy in spite of all patience.
const BUSY_TRIES: u32 = 3;
/// Commits of a partition after which whoever makes the last one starts the log over. A commit writes some ten pages.
const COMMITS_OF_A_LOG: u64 = 64;
/// Tries of a commit without the write lock: each but the last was outrun by another commit of its partition.
const LOOKS: u32 = 4;
/// Heads remembered. A commit wants the one its call has read; who takes turns with others finds it still.
const HEADS: usize = 32;
/// Connections that are kept open while nobody uses them. A call needs one at a time.
const IDLE: usize = 2;

/// A [`Store`] over connections to one file. What others wrote is seen by the next snapshot and the next commit.
pub struct SharedRows<O: Open> {
    inner: Arc<Inner<O>>,
}

struct Inner<O: Open> {
    open: O,
    idle: Mutex<Vec<O::Connection>>,
    /// The read transaction begun last, if it is open still and nothing was committed since: what is read meanwhile is
    /// read in it.
    reading: Mutex<Weak<Reading<O>>>,
    /// Numbers of names, which never change: as many as there are collections and indexes in the file.
    names: Mutex<HashMap<String, Space>>,
    /// The last head that was read of each of the partitions used last, newest last.
    heads: Mutex<VecDeque<(i64, Head)>>,
}

/// An open read transaction: one state of the whole file.
struct Reading<O: Open> {
    inner: Arc<Inner<O>>,
    /// None only while it is being dropped.
    connection: Mutex<Option<O::Connection>>,
    /// Heads it has read: they stay as they are in it.
    heads: Mutex<Vec<(i64, Head)>>,
}

struct View<O: Open> {
    reading: Arc<Reading<O>>,
    partition: i64,
    head: Head,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
        let inner = Arc::new(Inner { open, idle, reading, heads: Mutex::default(), names: Mutex::default() });
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
        let done = work(&connection);
        self.inner.give_back(connection);
        done
    }
}

impl<O: Open> Inner<O> {
    fn take(&self) -> Result<O::Connection, StoreError> {
        if let Some(connection) = lock(&self.idle).pop() {
            return Ok(connection);
        }
        let connection = self.open.open()?;
        set_up(&connection)?;
        Ok(connection)
    }

    fn give_back(&self, connection: O::Connection) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    fn reading(self: &Arc<Self>, partition: i64) -> Result<(Arc<Reading<O>>, Head), StoreError> {
        if let Some(reading) = lock(&self.reading).upgrade() {
            let head = reading.head(partition)?;
            return Ok((reading, head));
        }
        let connection = self.take()?;
        execute(&connection, "BEGIN DEFERRED")?;
        let reading = Arc::new(Reading {
            inner: self.clone(),
            connection: Mutex::new(Some(connection)),
            heads: Mutex::default(),
        });
        // The transaction sees what is there at its first read.
        let head = reading.head(partition)?;
        *lock(&self.reading) = Arc::downgrade(&reading);
        Ok((reading, head))
    }

    fn remember(&self, partition: i64, head: Head) {
        let mut heads = lock(&self.heads);
        heads.retain(|(other, _)| *other != partition);
        if heads.len() == HEADS {
            heads.pop_front();
        }
        heads.push_back((partition, head));
    }

    /// The head a call has read that began after this commit.
    fn head_at(&self, partition: Partition, seq: u64) -> Option<Head> {
        let partition = partition.id();
        let heads = lock(&self.heads);
        heads.iter().find(|(other, head)| *other == partition && head.seq == seq).map(|(_, head)| *head)
    }

    /// Decides without the write lock and writes by one statement, which does so only if nobody was faster; after some
    /// tries under the lock, where nobody can be. `Busy` when that could not be had.
    fn try_to_commit(&self, commit: &Commit, connection: &O::Connection) -> Result<Decided, Undone> {
        let partition = commit.partition.id();
        // What changes nothing by what it is needs no look: what its call has seen may well be the newest still.
        let known = self.head_at(commit.partition, commit.base);
        let mut known = known.filter(|_| commit.changed_keys().next().is_none());
        let tries = if is_one_statement(commit) { LOOKS } else { 0 };
        for _ in 0..tries {
            let decided = match known.take() {
                Some(head) => decide(commit, &Look::as_seen(connection, partition, head)),
                // A refusal is of one state of the file, and so stands.
                None => decide(commit, &Look::take(connection, commit)?),
            }?;
            if write_if_last(connection, partition, &decided)? {
                return Ok(decided);
            }
        }
        patiently(connection, "BEGIN IMMEDIATE", vec![])?;
        let written = self.decide_and_write(commit, connection);
        if written.is_err() {
            // It may be rolled back already.
            let _ = execute(connection, "ROLLBACK");
        }
        written
    }

    fn decide_and_write(&self, commit: &Commit, connection: &O::Connection) -> Result<Decided, Undone> {
        let decided = decide(commit, &Look::take(connection, commit)?)?;
        write(connection, commit.partition.id(), &decided)?;
        execute(connection, "COMMIT")?;
        Ok(decided)
    }
}

/// Why nothing was committed.
enum Undone {
    Failed(Failed),
    Refused(Refused),
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

fn execute(connection: &dyn Connection, statement: &str) -> Result<(), Failed> {
    connection.execute(statement, vec![]).map(|_| ())
}

impl<O: Open> Reading<O> {
    fn read<T>(
        &self,
        partition: i64,
        read: impl FnOnce(&Rows<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = lock(&self.connection);
        let connection = connection.as_ref().ok_or(StoreError::Closed)?;
        read(&Rows { connection, partition })
    }

    fn head(&self, partition: i64) -> Result<Head, StoreError> {
        if let Some((_, head)) = lock(&self.heads).iter().find(|(other, _)| *other == partition) {
            return Ok(*head);
        }
        let head = self.read(partition, |rows| rows.head())?;
        lock(&self.heads).push((partition, head));
        self.inner.remember(partition, head);
        Ok(head)
    }
}

impl<O: Open> Drop for Reading<O> {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // One whose transaction does not end is closed, and its transaction with it.
        if let Some(connection) = connection.filter(|connection| execute(connection, "COMMIT").is_ok()) {
            self.inner.give_back(connection);
        }
    }
}

impl<O: Open> Read for View<O> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.reading.read(self.partition, |rows| rows.get(key))
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.reading.read(self.partition, |rows| rows.range(start, end, descending, visit))
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl<O: Open> Snapshot for View<O> {}
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
        self.read_names()?;
        known(name).ok_or(StoreError::Damaged("name of a space"))
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        let rows = self.with(|connection| Ok(connection.execute(sql::SPACES, vec![])?))?;
        let pair = |row: Vec<Value>| match <[Value; 2]>::try_from(row) {
            Ok([id, Value::Text(name)]) => Ok((number(id)?, name)),
            _ => Err(StoreError::Damaged("name of a space")),
        };
        rows.into_iter().map(pair).collect()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.with(|connection| {
            let (mut found, mut from) = (Vec::new(), 0);
            loop {
                let parameters = vec![Value::Integer(from), Value::Integer(i64::MAX)];
                let next = connection.execute(sql::NEXT_PARTITION, parameters)?.into_iter().flatten().next();
                let Some(Value::Integer(id)) = next else { return Ok(found) };
                found.push(Partition::from_id(id).ok_or(StoreError::Damaged("number of a partition"))?);
                from = id + 1;
            }
        })
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        let partition = partition.id();
        let mut tries = 1;
        loop {
            match self.inner.reading(partition) {
                Ok((reading, head)) => return Ok(Box::new(View { reading, partition, head })),
                Err(StoreError::Overloaded) if tries < BUSY_TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// The same as a snapshot: a commit that was accepted is durable.
    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        let connection = self.inner.take()?;
        let mut tries = 1;
        let decided = loop {
            match self.inner.try_to_commit(&commit, &connection) {
                Err(
                    Undone::Failed(Failed::Busy) | Undone::Refused(Refused::Store(StoreError::Overloaded)),
                ) if tries < BUSY_TRIES => {
                    tries += 1;
                }
                decided => break decided,
            }
        };
        // What begins now shall see it.
        *lock(&self.inner.reading) = Weak::new();
        let decided = match decided {
            Ok(decided) => decided,
            Err(Undone::Refused(refused)) => {
                self.inner.give_back(connection);
                return Err(match refused {
                    Refused::Conflict => CommitError::Conflict,
                    Refused::Store(error) => CommitError::Store(error),
                });
            }
            // The connection is closed: whatever was left open in it ends.
            Err(Undone::Failed(failed)) => return Err(CommitError::Store(failed.into())),
        };
        let Decided { head, due, .. } = decided;
        self.inner.remember(commit.partition.id(), head);
        // The commit is durable, whatever comes of this. A connection it fails on is closed.
        if !head.seq.is_multiple_of(COMMITS_OF_A_LOG) || start_log_over(&connection).is_ok() {
            self.inner.give_back(connection);
        }
        Ok(Pending { seq: head.seq, at: head.at, due, durable: Durable::now() })
    }
}

fn number(value: Value) -> Result<Space, StoreError> {
    match value {
        Value::Integer(id) => {
            u32::try_from(id).map(Space).map_err(|_| StoreError::Damaged("number of a space"))
        }
        _ => Err(StoreError::Damaged("number of a space")),
    }
}
