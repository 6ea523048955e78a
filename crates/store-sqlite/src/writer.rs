//! The one thread that writes: groups of commits, checkpoints, and what happens when the disk fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use linli_store::{Key, StoreError, Value};
use linli_store_rows::sql::{DELETE, PUT};
use rusqlite::{Connection, params};

use crate::Shared;
use crate::database::{ProcessLock, failed};
use crate::options::{CLOSE_WAIT, LOCKED_WAIT, MAX_QUARTERINGS, RESTART_WAIT};
use crate::queue::{Queued, Work};

// The only index is the primary key and there are no triggers, so SQLite writes a replacement without looking for the
// row first.

pub(crate) struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    /// Given up when the thread ends, and with it the right to write.
    _lock: ProcessLock,
    /// Pages of the log below which no checkpoint is tried.
    next_checkpoint: u64,
    /// Tries in a row to start the log over that failed.
    failed_restarts: u32,
}

/// If the writer panics, nobody waits for it for ever.
struct Abandon<'a>(&'a Shared);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        self.0.queue.abandon();
    }
}

impl Writer {
    pub(crate) fn new(
        mut connection: Connection,
        lock: ProcessLock,
        shared: Arc<Shared>,
    ) -> Result<Self, StoreError> {
        let metrics = shared.metrics.clone();
        connection
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
                metrics.log_pages.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            }))
            .map_err(failed)?;
        let next_checkpoint = shared.options.checkpoint_pages.into();
        Ok(Self { connection, shared, _lock: lock, next_checkpoint, failed_restarts: 0 })
    }

    /// Works until the queue is closed and empty; then leaves a database without a log.
    pub(crate) fn run(mut self) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let _abandon = Abandon(&shared);
        loop {
            match shared.queue.next() {
                Work::Group(group) => self.group(group),
                Work::Job(job) => job(&mut self.connection),
                Work::Done => break,
            }
            self.checkpoint_when_due();
        }
        shared.readers.close();
        shared.deciders.close();
        // Snapshots that are still open keep it from finishing; the next start does it then.
        self.connection.busy_timeout(CLOSE_WAIT).map_err(failed)?;
        self.checkpoint("TRUNCATE")?;
        self.connection.close().map_err(|(_, error)| failed(error))
    }

    fn group(&mut self, group: Vec<Queued>) {
        let started = Instant::now();
        let written = self.write(&group);
        self.shared.metrics.group_time.record(started.elapsed());
        match written {
            Ok(rows) => self.settle(group, rows),
            Err(error) => self.lose(group, &error),
        }
    }

    /// Writes the rows of a group, each key once, in the order of the tree.
    fn write(&mut self, group: &[Queued]) -> Result<u64, StoreError> {
        let mut rows: Vec<(i64, &Key, u64, &Option<Value>)> = Vec::with_capacity(group.len() * 8);
        for commit in group {
            rows.extend(commit.rows.iter().map(|(key, value)| (commit.partition.id, key, commit.seq, value)));
        }
        // Commits of one partition stand in their order, and the sort keeps it: the last of equal keys is the newest.
        rows.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let newest = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter_map(<[_]>::last);
        let result = write_rows(&self.connection, newest);
        if result.is_err() && !self.connection.is_autocommit() {
            // Some errors have rolled back already; for the others nothing may stay open.
            if let Err(error) = self.connection.execute_batch("ROLLBACK") {
                tracing::error!(%error, "a failed transaction could not be rolled back");
            }
        }
        result.map_err(failed)
    }

    /// The group is on disk and every transaction that begins now sees it. Only after that do its rows stop being
    /// pending, and only after that are the promises kept: whoever is told reads what was written.
    fn settle(&self, group: Vec<Queued>, rows: u64) {
        let mut newest: Vec<&Queued> = group.iter().collect();
        newest.sort_by_key(|commit| (commit.partition.id, commit.seq));
        for commit in newest.chunk_by(|a, b| a.partition.id == b.partition.id).filter_map(<[_]>::last) {
            commit.partition.lock().settle(commit.seq);
        }
        let metrics = &self.shared.metrics;
        metrics.commits.fetch_add(group.len() as u64, Ordering::Relaxed);
        metrics.groups.fetch_add(1, Ordering::Relaxed);
        metrics.rows.fetch_add(rows, Ordering::Relaxed);
        self.shared.queue.finished(&group);
        for commit in group {
            // Whoever sent it may have stopped waiting.
            let _ = commit.durable.send(Ok(()));
        }
    }

    /// The group did not become durable. Everything decided on top of it is lost with it: what waits, and the state of
    /// all partitions, which is then read from the database again. The gate keeps commits out meanwhile, so that none
    /// is decided on a state that is being dropped or slips into the queue behind it.
    fn lose(&self, mut group: Vec<Queued>, error: &StoreError) {
        let gate = self.shared.gate_shut();
        group.extend(self.shared.queue.take_all());
        self.shared.partitions.lose();
        self.shared.queue.finished(&group);
        drop(gate);
        tracing::error!(%error, commits = group.len(), "commits were lost");
        self.shared.metrics.lost.fetch_add(group.len() as u64, Ordering::Relaxed);
        for commit in group {
            let _ = commit.durable.send(Err(error.clone()));
        }
    }

    /// Copies the log into the database when it has grown enough. New snapshots then read the database alone, and the
    /// next group starts the log over as soon as no older snapshot reads from it; while one does, the log grows on,
    /// until such snapshots are ended.
    fn checkpoint_when_due(&mut self) {
        let pages = self.shared.metrics.log_pages.load(Ordering::Relaxed);
        let options = &self.shared.options;
        let (portion, restart) = (u64::from(options.checkpoint_pages), u64::from(options.restart_pages));
        if pages < portion {
            self.next_checkpoint = portion;
            self.failed_restarts = 0;
        }
        if pages < self.next_checkpoint {
            return;
        }
        // If the log is not started over, the next try is worth while when a good part more has come.
        self.next_checkpoint = pages + portion.max(if pages < restart { pages / 2 } else { restart / 4 });
        let checkpointed = if pages < restart { self.checkpoint("PASSIVE") } else { self.restart_log() };
        if let Err(error) = checkpointed {
            // Nothing is lost: the log has it all, and the next try may do better.
            tracing::warn!(%error, "the log could not be copied into the database");
        }
    }

    /// The longer the log cannot be started over, the younger the snapshots that are ended for it: a log without bound
    /// would cost everybody, and whoever holds a snapshot for long is told to come again.
    fn restart_log(&mut self) -> Result<(), StoreError> {
        let grace = self.shared.options.snapshot_grace / 4_u32.pow(self.failed_restarts.min(MAX_QUARTERINGS));
        self.failed_restarts += 1;
        if self.shared.readers.end_older_than(grace) > RESTART_WAIT {
            // It is in no hurry, so that waiting for it would be in vain.
            return self.checkpoint("PASSIVE");
        }
        self.connection.busy_timeout(RESTART_WAIT).map_err(failed)?;
        let done = self.checkpoint("RESTART");
        self.connection.busy_timeout(LOCKED_WAIT).map_err(failed)?;
        done
    }

    fn checkpoint(&self, mode: &str) -> Result<(), StoreError> {
        let started = Instant::now();
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        let done = self.connection.query_row(&sql, [], |_| Ok(())).map_err(failed);
        self.shared.metrics.checkpoint_time.record(started.elapsed());
        done
    }
}

fn write_rows<'a>(
    connection: &Connection,
    rows: impl Iterator<Item = &'a (i64, &'a Key, u64, &'a Option<Value>)>,
) -> rusqlite::Result<u64> {
    let mut put = connection.prepare_cached(PUT)?;
    let mut delete = connection.prepare_cached(DELETE)?;
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut count = 0;
    for (partition, key, version, value) in rows {
        let key = key.as_ref();
        match value {
            // Numbers of commits count from 1 and stay far below 2^63.
            Some(value) => put.execute(params![partition, key, *version as i64, value.as_ref()])?,
            None => delete.execute(params![partition, key])?,
        };
        count += 1;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(count)
}
