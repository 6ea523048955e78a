//! The store's numbers for `/metrics`.

use std::sync::Arc;

use linli_ingress::metrics::{Page, Sort, Source};
use linli_store_sqlite::{BUCKET_MICROS, SqliteStore};

/// Those of the SQLite store.
pub struct StoreMetrics(pub Arc<SqliteStore>);

impl Source for StoreMetrics {
    fn write(&self, page: &mut Page) {
        let stats = self.0.stats();
        for (name, sort, help, value) in [
            ("linli_store_commits_total", Sort::Counter, "Commits that became durable.", stats.commits),
            (
                "linli_store_commits_lost_total",
                Sort::Counter,
                "Commits accepted and lost to a failing disk.",
                stats.lost,
            ),
            (
                "linli_store_groups_total",
                Sort::Counter,
                "Database transactions, one sync each.",
                stats.groups,
            ),
            ("linli_store_rows_total", Sort::Counter, "Rows written.", stats.rows),
            ("linli_store_queued", Sort::Gauge, "Commits not yet durable.", stats.queued as u64),
            ("linli_store_snapshots", Sort::Gauge, "Snapshots open.", stats.readers as u64),
            (
                "linli_store_partitions",
                Sort::Gauge,
                "Partitions with state in memory.",
                stats.partitions as u64,
            ),
            ("linli_store_log_pages", Sort::Gauge, "Pages in the write-ahead log.", stats.log_pages),
        ] {
            page.single(name, sort, help, value);
        }
        for (name, help, time) in [
            ("linli_store_group_seconds", "Time to write a group, its sync included.", &stats.group_time),
            (
                "linli_store_checkpoint_seconds",
                "Time to copy the log into the database.",
                &stats.checkpoint_time,
            ),
        ] {
            page.metric(name, Sort::Histogram, help);
            page.histogram(name, &[], &BUCKET_MICROS, &time.counts, time.sum_micros);
        }
    }
}
