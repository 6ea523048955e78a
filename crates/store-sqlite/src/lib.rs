//! The store on SQLite: one file, one process, one thread that writes.
//!
//! ```text
//! commit() ──lock of the partition──▶ decide ──▶ pending rows ──▶ queue ──▶ writer ──▶ BEGIN … COMMIT, one sync
//!     ▲                                 │            ▲                        │
//!     └── Pending, at once              └── reads ───┴── database ◀───────────┴──▶ promises kept
//! ```
//!
//! **Deciding is apart from writing.** [`Store::commit`] locks its partition's state in memory, decides against the
//! newest state (what is pending, over the database), puts the decided rows into that state and into the queue, and
//! returns. The next commit of the partition is decided on top of it at once, so a row that everybody writes does not
//! cost everybody a sync. The writer takes whatever has gathered, keeps the newest of each key (the head row, a hot
//! counter), and writes them in one transaction; while it syncs, the next group gathers. Nothing is delayed on
//! purpose.
//!
//! **What holds**
//! - Only this process writes (a lock on `<file>.lock`), so what is decided in memory cannot be overtaken.
//! - Within a partition, commits are queued and written in the order they were decided; a promise is kept after the
//!   promises of the commits it stands on.
//! - Readers never see what is not durable: in a write-ahead log with `synchronous=FULL` a transaction becomes visible
//!   after its sync.
//! - A snapshot is one read transaction; a pending snapshot is a read transaction and the pending rows, both taken
//!   under the partition's lock. Rows leave the pending state under that lock and after they are visible, so every
//!   accepted row is in one of the two; and in both it is the same, or the pending one is newer.
//! - If a group fails, everything accepted and not yet durable is lost together: commits of the group, those waiting
//!   behind it, and the state in memory. Each is told so. Numbers of lost commits are not given again.
//!
//! **Why not a savepoint per command**, all in the writer's transaction: commands of all partitions would be decided
//! one after another on one thread, and a row that each of them writes would be written each time.

mod database;
mod options;
mod partition;
mod queue;
mod readers;
mod recent;
mod stats;
#[cfg(test)]
mod tests;
mod view;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use linli_contract::{Area, Community};
use linli_store::{
    Commit, CommitError, Durable, Partition, Pending, ReadSet, Refused, Snapshot, Space, Store, StoreError,
    Unchanged, decide,
};
use linli_store_rows::sql;
use rusqlite::{Connection, OptionalExtension, params};

use crate::database::{ProcessLock, failed};
use crate::partition::{Below, Newest, Partitions};
use crate::queue::{Queue, Queued};
use crate::readers::Readers;
use crate::stats::Metrics;
use crate::view::View;
use crate::writer::Writer;

pub use linli_store_rows::APPLICATION_ID;
pub use options::{
    CHECKPOINT_PAGES, MAX_DECIDERS, MAX_GROUP_BYTES, MAX_GROUP_COMMITS, MAX_QUEUED_BYTES, MAX_QUEUED_COMMITS,
    MAX_READERS, MAX_RESIDENT_PARTITIONS, MAX_SNAPSHOT_AGE, READER_CACHE_KIB, RESTART_PAGES, SNAPSHOT_GRACE,
    SqliteOptions,
};
pub use stats::{BUCKET_MICROS, Histogram, Stats};

/// A store in an SQLite file. Dropping it does what [`SqliteStore::close`] does.
pub struct SqliteStore {
    shared: Arc<Shared>,
    names: Mutex<HashMap<String, Space>>,
    /// Whether nobody else writes: not so when the database is only looked at.
    alone: bool,
    writer: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
}

/// What the writer and the callers share.
pub(crate) struct Shared {
    options: SqliteOptions,
    queue: Queue,
    partitions: Partitions,
    /// For snapshots.
    readers: Arc<Readers>,
    /// For deciding, so that commits go on when all snapshots are taken.
    deciders: Arc<Readers>,
    /// Held open by every commit from before it is decided until it is queued; shut while state is dropped.
    gate: RwLock<()>,
    metrics: Arc<Metrics>,
}

impl Shared {
    fn new(path: &Path, options: SqliteOptions) -> Arc<Self> {
        Arc::new(Self {
            queue: Queue::new(&options),
            partitions: Partitions::new(options.max_resident_partitions),
            readers: Readers::new(path.to_owned(), options.max_readers, options.max_snapshot_age),
            deciders: Readers::new(path.to_owned(), MAX_DECIDERS, Duration::MAX),
            gate: RwLock::new(()),
            metrics: Arc::default(),
            options,
        })
    }

    // The gate guards an order of events and no data, so a poisoned one is as good.
    fn gate_open(&self) -> RwLockReadGuard<'_, ()> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn gate_shut(&self) -> RwLockWriteGuard<'_, ()> {
        self.gate.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteStore {
    /// Opens a database for reading and writing; makes it when there is none, and brings an older format up to date.
    ///
    /// # Errors
    /// [`StoreError::Newer`] when a newer release wrote it; [`StoreError::Database`] when another process has it open,
    /// when it is another program's, or when it cannot be opened.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Arc<Self>, StoreError> {
        let path = path.as_ref();
        let lock = ProcessLock::take(path)?;
        let connection = database::open_writer(path)?;
        let shared = Shared::new(path, options);
        let writer = Writer::new(connection, lock, shared.clone())?;
        let thread = std::thread::Builder::new()
            .name("linli-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(|error| StoreError::Database(format!("no thread for the writer: {error}")))?;
        let writer = Mutex::new(Some(thread));
        Ok(Arc::new(Self { shared, names: Mutex::default(), alone: true, writer }))
    }

    /// Opens an existing database for inspection, also beside a process that has it open. Commits are refused with
    /// [`StoreError::Closed`]. Snapshots may grow old, since a thorough inspection takes its time; beside a process
    /// that writes, its log cannot be started over meanwhile.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; also when the format is an older one.
    pub fn open_read_only(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Arc<Self>, StoreError> {
        let path = path.as_ref();
        database::require_newest(&database::open_reader(path)?)?;
        let shared = Shared::new(path, SqliteOptions { max_snapshot_age: Duration::MAX, ..options });
        shared.queue.close();
        Ok(Arc::new(Self { shared, names: Mutex::default(), alone: false, writer: Mutex::default() }))
    }

    /// Takes no more commits, waits until all accepted ones are durable, and leaves a database without a log. Blocks
    /// meanwhile. Closing again does nothing.
    ///
    /// # Errors
    /// When the log could not be copied into the database; it is at the next start.
    pub fn close(&self) -> Result<(), StoreError> {
        {
            // After this no commit is on its way into the queue.
            let _gate = self.shared.gate_shut();
            self.shared.queue.close();
        }
        let thread = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Ok(()) };
        thread.join().unwrap_or_else(|_| Err(StoreError::Database("the writer panicked".to_owned())))
    }

    /// Numbers for metrics.
    pub fn stats(&self) -> Stats {
        let metrics = &self.shared.metrics;
        Stats {
            commits: metrics.commits.load(Ordering::Relaxed),
            lost: metrics.lost.load(Ordering::Relaxed),
            groups: metrics.groups.load(Ordering::Relaxed),
            rows: metrics.rows.load(Ordering::Relaxed),
            group_time: metrics.group_time.read(),
            checkpoint_time: metrics.checkpoint_time.read(),
            queued: self.shared.queue.len(),
            readers: self.shared.readers.taken(),
            partitions: self.shared.partitions.resident(),
            log_pages: metrics.log_pages.load(Ordering::Relaxed),
        }
    }

    /// The partitions from one number to another that have rows, up to `most`: from each straight to the next, past its
    /// rows.
    fn partitions_between(&self, first: i64, last: i64, most: usize) -> Result<Vec<Partition>, StoreError> {
        self.shared.readers.take()?.read(|connection| {
            let mut next = connection.prepare(sql::NEXT_PARTITION).map_err(failed)?;
            let (mut found, mut from) = (Vec::new(), first);
            while found.len() < most
                && let Some(id) =
                    next.query_row([from, last], |row| row.get::<_, Option<i64>>(0)).map_err(failed)?
            {
                found.push(Partition::from_id(id).ok_or(StoreError::Damaged("number of a partition"))?);
                from = id + 1;
            }
            Ok(found)
        })
    }

    /// Runs something on the writer's connection, between groups, and waits for it.
    fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let job = move |connection: &mut Connection| {
            // The receiver is gone only if its thread is.
            let _ = sender.send(work(connection));
        };
        self.shared.queue.push_job(Box::new(job))?;
        receiver.recv().map_err(|_| StoreError::Closed)?.map_err(failed)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }
}

impl Store for SqliteStore {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        let known = || self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(space) = known().get(name) {
            return Ok(*space);
        }
        let find = |connection: &Connection, name: &str| {
            connection.query_row(sql::SPACE, params![name], |row| row.get::<_, u32>(0)).optional()
        };
        let found = self.shared.deciders.wait()?.read(|connection| find(connection, name).map_err(failed))?;
        let id = match found {
            Some(id) => id,
            None => {
                let owned = name.to_owned();
                self.on_writer(move |connection| {
                    // Another thread may have been faster.
                    connection.execute(sql::NEW_SPACE, params![owned])?;
                    find(connection, &owned)
                })?
                .ok_or(StoreError::Damaged("name of a space"))?
            }
        };
        known().insert(name.to_owned(), Space(id));
        Ok(Space(id))
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        self.shared.readers.take()?.read(|connection| {
            let mut select = connection.prepare(sql::SPACES).map_err(failed)?;
            let rows = select.query_map([], |row| Ok((Space(row.get(0)?), row.get(1)?))).map_err(failed)?;
            rows.collect::<rusqlite::Result<_>>().map_err(failed)
        })
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.partitions_between(0, i64::MAX, usize::MAX)
    }

    fn communities(&self, area: &Area, most: usize) -> Result<Vec<Community>, StoreError> {
        let id =
            |code: &u64| Community::from_code(*code).map(|community| Partition::Community(community).id());
        let codes = area.codes();
        // No community has a code that begins with 0.
        let (Ok(first), Ok(last)) = (id(codes.start()), id(codes.end())) else { return Ok(vec![]) };
        let found = self.partitions_between(first, last, most)?.into_iter();
        Ok(found.filter_map(Partition::community).collect())
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        let lease = self.shared.readers.take()?;
        Ok(Box::new(View::durable(lease, partition.id())?))
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        let lease = self.shared.readers.take()?;
        let partition = self.shared.partitions.get(partition.id());
        // The transaction is pinned under the lock, under which no row stops being pending: see the module's notes.
        let mut state = partition.lock();
        let view = View::durable(lease, partition.id)?;
        let head = state.head(&view)?;
        Ok(Box::new(view.with_pending(state.pending(), head)))
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        let shared = &*self.shared;
        let _gate = shared.gate_open();
        shared.queue.check()?;
        let partition = shared.partitions.get(commit.partition.id());
        let mut state = partition.lock();
        let below = Below::new(&shared.deciders, partition.id);
        let head = state.head(&below)?;
        let decided = decide(&commit, &Newest { state: &state, head, below: &below });
        let decided = decided.map_err(|refused| match refused {
            Refused::Conflict => CommitError::Conflict,
            Refused::Store(error) => CommitError::Store(error),
        })?;
        let (sender, durable) = Durable::channel();
        // Queued first, since only that can be refused. The writer may take it before it is accepted below, but it
        // cannot settle it before, since that needs this lock.
        shared.queue.push(Queued::new(partition.clone(), &decided, sender))?;
        state.accept(&decided);
        Ok(Pending { seq: decided.head.seq, at: decided.head.at, due: decided.due, durable })
    }

    fn unchanged(&self, partition: Partition, base: u64, reads: &ReadSet) -> Option<Unchanged> {
        if !self.alone {
            return None;
        }
        let shared = &*self.shared;
        let partition = shared.partitions.get(partition.id());
        if let Some(last) = partition.last_if(base) {
            return Some(last);
        }
        let mut state = partition.lock();
        let head = state.head(&Below::new(&shared.deciders, partition.id)).ok()?;
        let stands = head.seq == base || state.stands(base, reads);
        stands.then_some(Unchanged { until: head.seq, at: head.at })
    }
}
