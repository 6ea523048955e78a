//! Numbers for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets of [`Histogram`], in microseconds; one more bucket holds what is longer.
pub const BUCKET_MICROS: [u64; 14] = [
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    5_000_000,
];

/// How long something took, counted by buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// How many in each bucket of [`BUCKET_MICROS`], and in the one above.
    pub counts: [u64; BUCKET_MICROS.len() + 1],
    /// Sum in microseconds.
    pub sum_micros: u64,
}

/// The state of a store at a moment. Counters run from its opening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commits that became durable.
    pub commits: u64,
    /// Commits that were accepted and then lost to a failing disk.
    pub lost: u64,
    /// Database transactions they were written in.
    pub groups: u64,
    /// Rows written; a row that several commits of a group wrote counts once.
    pub rows: u64,
    /// Writing a group, its sync included.
    pub group_time: Histogram,
    /// Copying the log into the database; commits wait meanwhile.
    pub checkpoint_time: Histogram,
    /// Commits accepted and not yet durable.
    pub queued: usize,
    /// Snapshots open.
    pub readers: usize,
    /// Partitions with state in memory.
    pub partitions: usize,
    /// Pages in the log; each has 8 KiB.
    pub log_pages: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) commits: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) groups: AtomicU64,
    pub(crate) rows: AtomicU64,
    pub(crate) log_pages: AtomicU64,
    pub(crate) group_time: Timer,
    pub(crate) checkpoint_time: Timer,
}

#[derive(Debug, Default)]
pub(crate) struct Timer {
    counts: [AtomicU64; BUCKET_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Timer {
    pub(crate) fn record(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKET_MICROS.partition_point(|bound| *bound < micros);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Histogram {
        let mut counts = [0; BUCKET_MICROS.len() + 1];
        for (to, from) in counts.iter_mut().zip(&self.counts) {
            *to = from.load(Ordering::Relaxed);
        }
        Histogram { counts, sum_micros: self.sum_micros.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_their_buckets() {
        let timer = Timer::default();
        for micros in [0, 100, 101, 5_000_000, 5_000_001] {
            timer.record(Duration::from_micros(micros));
        }
        let read = timer.read();
        assert_eq!((read.counts[0], read.counts[1], read.counts[13], read.counts[14]), (2, 1, 1, 1));
        assert_eq!(read.sum_micros, 10_000_202);
    }
}
