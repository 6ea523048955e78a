//! What waits for the writer.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use linli_store::{Decided, Key, StoreError, Value};
use rusqlite::Connection;

use crate::options::{MAX_GROUP_BYTES, SqliteOptions};
use crate::partition::Partition;

/// A decided commit on its way to the disk.
pub(crate) struct Queued {
    pub(crate) partition: Arc<Partition>,
    pub(crate) seq: u64,
    pub(crate) rows: Vec<(Key, Option<Value>)>,
    pub(crate) bytes: usize,
    pub(crate) durable: oneshot::Sender<Result<(), StoreError>>,
}

impl Queued {
    pub(crate) fn new(
        partition: Arc<Partition>,
        decided: &Decided,
        durable: oneshot::Sender<Result<(), StoreError>>,
    ) -> Self {
        let size = |(key, value): (&Key, &Option<Value>)| key.len() + value.as_ref().map_or(0, |v| v.len());
        Self {
            partition,
            seq: decided.head.seq,
            bytes: decided.rows.iter().map(size).sum(),
            rows: decided.rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            durable,
        }
    }
}

/// Something else to be done with the writer's connection.
pub(crate) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// What the writer does next.
pub(crate) enum Work {
    Group(Vec<Queued>),
    Job(Job),
    /// Nothing is left and nothing will come.
    Done,
}

/// Commits in the order they were decided, bounded in number and bytes; those being written count until they are done.
pub(crate) struct Queue {
    max_commits: usize,
    max_bytes: usize,
    max_group: usize,
    waiting: Mutex<Waiting>,
    work: Condvar,
}

#[derive(Default)]
struct Waiting {
    commits: VecDeque<Queued>,
    jobs: VecDeque<Job>,
    /// Accepted and not yet durable.
    count: usize,
    bytes: usize,
    closed: bool,
    /// Whether the writer has nothing to do; waking it costs a system call, so it is done only then.
    idle: bool,
}

impl Queue {
    pub(crate) fn new(options: &SqliteOptions) -> Self {
        Self {
            max_commits: options.max_queued_commits,
            max_bytes: options.max_queued_bytes,
            max_group: options.max_group_commits.max(1),
            waiting: Mutex::default(),
            work: Condvar::new(),
        }
    }

    /// Whether one more commit would be taken, before anything is spent on it.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.lock().admits(self, 0)
    }

    pub(crate) fn push(&self, commit: Queued) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        waiting.admits(self, commit.bytes)?;
        waiting.count += 1;
        waiting.bytes += commit.bytes;
        waiting.commits.push_back(commit);
        self.wake(waiting);
        Ok(())
    }

    pub(crate) fn push_job(&self, job: Job) -> Result<(), StoreError> {
        let mut waiting = self.lock();
        if waiting.closed {
            return Err(StoreError::Closed);
        }
        waiting.jobs.push_back(job);
        self.wake(waiting);
        Ok(())
    }

    /// Waits for work. Whatever has gathered by now is a group: the time the writer takes for one is all the time the
    /// next has to gather.
    pub(crate) fn next(&self) -> Work {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return Work::Job(job);
            }
            if !waiting.commits.is_empty() {
                return Work::Group(waiting.group(self.max_group));
            }
            if waiting.closed {
                return Work::Done;
            }
            waiting.idle = true;
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle = false;
        }
    }

    /// Commits are durable or lost, and no longer count.
    pub(crate) fn finished(&self, commits: &[Queued]) {
        let mut waiting = self.lock();
        waiting.count -= commits.len();
        waiting.bytes -= commits.iter().map(|commit| commit.bytes).sum::<usize>();
    }

    /// Everything that waits, for a failure of all of it.
    pub(crate) fn take_all(&self) -> Vec<Queued> {
        self.lock().commits.drain(..).collect()
    }

    /// Nothing more is taken; what waits is still written.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        self.wake(waiting);
    }

    /// Nothing more is taken and what waits is lost, for when there is no writer. Dropped promises resolve as closed.
    pub(crate) fn abandon(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let lost = (std::mem::take(&mut waiting.commits), std::mem::take(&mut waiting.jobs));
        drop(waiting);
        drop(lost);
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().count
    }

    fn wake(&self, waiting: MutexGuard<'_, Waiting>) {
        let idle = waiting.idle;
        drop(waiting);
        if idle {
            self.work.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Changes under this lock are pushes and additions, which do not fail half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn admits(&self, queue: &Queue, bytes: usize) -> Result<(), StoreError> {
        if self.closed {
            return Err(StoreError::Closed);
        }
        // One commit larger than the whole bound still gets its turn, alone.
        let full =
            self.count >= queue.max_commits || (self.count > 0 && self.bytes + bytes > queue.max_bytes);
        if full { Err(StoreError::Overloaded) } else { Ok(()) }
    }

    fn group(&mut self, max_group: usize) -> Vec<Queued> {
        let mut bytes = 0;
        let fits = |commit: &&Queued| {
            let first = bytes == 0;
            bytes += commit.bytes;
            first || bytes <= MAX_GROUP_BYTES
        };
        let count = self.commits.iter().take(max_group).take_while(fits).count();
        self.commits.drain(..count).collect()
    }
}
