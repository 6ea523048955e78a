//! Limits, each with its reason. [`SqliteOptions`] lets operators and tests change those that depend on the machine.

use std::time::Duration;

/// Snapshots open at once. Each is a connection: two file handles and up to [`READER_CACHE_KIB`].
pub const MAX_READERS: usize = 128;
/// Connections that decide commits read through; a commit holds one for microseconds, so few are enough for many
/// threads, and a thread that finds none waits.
pub const MAX_DECIDERS: usize = 8;
/// Age at which a snapshot refuses further reads. An open snapshot keeps the log from being started over, so that the
/// log would grow without end behind one that is forgotten; calls are over long before.
pub const MAX_SNAPSHOT_AGE: Duration = Duration::from_secs(10);
/// Age at which a snapshot is ended when the log has [`RESTART_PAGES`] and is to be started over: much longer than a
/// call's time on the processor, and shorter than a guest that loops can hold its snapshot when many do.
pub const SNAPSHOT_GRACE: Duration = Duration::from_secs(1);
/// How often that age is divided by four, once with each try that younger snapshots made fail: down to 4 ms, which is
/// below [`RESTART_WAIT`], so that the last try does succeed.
pub(crate) const MAX_QUARTERINGS: u32 = 4;
/// Rows a scan visits between two looks at the clock.
pub(crate) const ROWS_PER_AGE_CHECK: u32 = 256;
/// Commits accepted and not yet durable. At ten thousand a second, the last of them waits under half a second.
pub const MAX_QUEUED_COMMITS: usize = 4_096;
/// Bytes of keys and values accepted and not yet durable: what a crash may cost in memory, not in data.
pub const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// Commits written in one database transaction: more gain little per commit and make all of them wait longer.
pub const MAX_GROUP_COMMITS: usize = 1_024;
/// Bytes of keys and values written in one database transaction, so that who writes much delays others little. A
/// larger commit is a group by itself.
pub const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;
/// Pages of the log after which it is copied into the database. 512 pages of 8 KiB are 4 MiB. Commits wait meanwhile, and
/// what takes the time is the sync: with eight times as many pages, sign-ups at half of what two cores carry had a p99 of
/// 42 ms instead of 10, and came to 8 % more at most. (Copying on another thread first did not shorten the wait.)
pub const CHECKPOINT_PAGES: u32 = 512;
/// Pages of the log after which the snapshots that keep it from being started over are ended, oldest first: 128 MiB, for
/// the reader that finds its pages there pays for a long log.
pub const RESTART_PAGES: u32 = 16_384;
/// How long one try to start the log over may hold up commits, so that reads under way can end.
pub(crate) const RESTART_WAIT: Duration = Duration::from_millis(5);
/// The same when the store closes, and nobody waits.
pub(crate) const CLOSE_WAIT: Duration = Duration::from_millis(50);
/// How long the writer waits for a tool that has the database locked, such as a backup, before it counts as failed.
pub(crate) const LOCKED_WAIT: Duration = Duration::from_secs(5);
/// Partitions whose head and recent keys are kept in memory. Reading one again costs a few microseconds, so that only
/// the busy ones need to be there.
pub const MAX_RESIDENT_PARTITIONS: usize = 1_024;
/// Keys of recent commits remembered per partition, twice: a younger and an older generation. Together they hold the
/// last hundreds of commits, which is longer than a command runs.
pub(crate) const MAX_RECENT_KEYS: usize = 1_024;
/// Values up to this many bytes are remembered with their keys: stock counters and ledger accounts, which hot commands
/// write again and again, are then decided without reading the database.
pub(crate) const MAX_RECENT_VALUE_BYTES: usize = 256;
/// Bytes of a database page. Documents of up to 2 KiB stay inside a page of 8 KiB; in one of 4 KiB those above 1 KiB
/// would need a page of their own.
pub(crate) const PAGE_BYTES: u32 = 8 * 1024;
/// The writer's page cache: the leaves it writes again and again, and the inner pages of the tree.
pub(crate) const WRITER_CACHE_KIB: u32 = 64 * 1024;
/// A reader's page cache. Small on purpose: every commit empties it, and the operating system caches the file anyway.
pub const READER_CACHE_KIB: u32 = 1_024;
/// Statements a connection keeps prepared: more than there are.
pub(crate) const PREPARED_STATEMENTS: usize = 16;

/// What may differ between machines; the defaults are the constants of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// See [`MAX_READERS`].
    pub max_readers: usize,
    /// See [`MAX_SNAPSHOT_AGE`].
    pub max_snapshot_age: Duration,
    /// See [`SNAPSHOT_GRACE`].
    pub snapshot_grace: Duration,
    /// See [`MAX_QUEUED_COMMITS`].
    pub max_queued_commits: usize,
    /// See [`MAX_QUEUED_BYTES`].
    pub max_queued_bytes: usize,
    /// See [`MAX_GROUP_COMMITS`]; at least 1.
    pub max_group_commits: usize,
    /// See [`MAX_RESIDENT_PARTITIONS`].
    pub max_resident_partitions: usize,
    /// See [`CHECKPOINT_PAGES`].
    pub checkpoint_pages: u32,
    /// See [`RESTART_PAGES`].
    pub restart_pages: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            max_readers: MAX_READERS,
            max_snapshot_age: MAX_SNAPSHOT_AGE,
            snapshot_grace: SNAPSHOT_GRACE,
            max_queued_commits: MAX_QUEUED_COMMITS,
            max_queued_bytes: MAX_QUEUED_BYTES,
            max_group_commits: MAX_GROUP_COMMITS,
            max_resident_partitions: MAX_RESIDENT_PARTITIONS,
            checkpoint_pages: CHECKPOINT_PAGES,
            restart_pages: RESTART_PAGES,
        }
    }
}
