//! Every bound of the server: its name, its unit, and why it is what it is.
//!
//! What operators may change is in [`Limits`], with these values as defaults; the rest is fixed.

use std::time::Duration;

/// Calls worked on at once. More than cores, since a command waits for its fsync; few enough that each has memory.
pub const MAX_IN_FLIGHT: usize = 256;
/// Communities of one joined list asked at once: a list of a street is not to take the cores from everybody else.
pub const JOINED_AT_ONCE: usize = 8;
/// Calls that may wait for their turn: at 5,000 a second, a fifth of a second of work.
pub const MAX_WAITING: usize = 1_024;
/// Uploads of plugins at once, from their first byte to what vetting says of them. They are vetted one by one, which may
/// take minutes, so they have turns of their own; and their bodies, as long as may be, fill half of what is held.
pub const MAX_UPLOADS: usize = 4;
/// Uploads that may wait for their turn.
pub const MAX_WAITING_UPLOADS: usize = 16;
/// Longest wait for a turn. Whoever waits longer has been promised nothing and better tries again.
pub const MAX_WAIT: Duration = Duration::from_secs(2);
/// Connections open at once; each costs a socket and about 20 KiB.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Connections from one address, so that a single client cannot take them all. Proxies that are trusted are exempt.
pub const MAX_CONNECTIONS_PER_ADDRESS: u32 = 1_024;
/// HTTP/2 streams of one connection: more than a browser opens.
pub const MAX_STREAMS: u32 = 128;
/// Bytes of a request's line and headers together: a token of 8 KiB and room for a browser's own.
pub const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Header fields of one request.
pub const MAX_HEADERS: usize = 64;
/// A request's line and headers must arrive within this.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A request's body must arrive within this: 256 KiB at 26 KiB/s.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Request bodies held in memory while they arrive, all connections together, in bytes.
pub const MAX_BODY_BYTES_HELD: usize = 128 * 1024 * 1024;
/// A connection on which nothing began and nothing runs for this long (at most twice this long) is closed. Covers
/// silence before the first byte, headers that trickle, replies that nobody reads, and idle keep-alive.
pub const IDLE_PERIOD: Duration = Duration::from_secs(30);
/// After accepting fails (no file descriptors left, say), the next try comes this much later.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Calls without a token from one address: how many at once.
pub const ANONYMOUS_BURST: u32 = 30;
/// Calls without a token from one address: how many a minute over time.
pub const ANONYMOUS_PER_MINUTE: u32 = 60;
/// Addresses the rate limiter remembers: about 4 MB.
pub const MAX_RATED_ADDRESSES: usize = 65_536;

/// Replies shorter than this many bytes go as they are: they fit one packet anyway.
pub const GZIP_MIN_BYTES: usize = 1_024;
/// Replies longer than this many bytes are compressed off the threads that serve connections (1 ms and more).
pub const GZIP_INLINE_BYTES: usize = 64 * 1024;

/// From the signal to the end, at most. Orchestrators kill after 10 s or more.
pub const DRAIN_PERIOD: Duration = Duration::from_secs(9);

/// What operators may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// See [`MAX_IN_FLIGHT`].
    pub max_in_flight: usize,
    /// See [`MAX_WAITING`].
    pub max_waiting: usize,
    /// See [`MAX_CONNECTIONS`].
    pub max_connections: usize,
    /// See [`MAX_CONNECTIONS_PER_ADDRESS`].
    pub max_connections_per_address: u32,
    /// See [`ANONYMOUS_BURST`].
    pub anonymous_burst: u32,
    /// See [`ANONYMOUS_PER_MINUTE`].
    pub anonymous_per_minute: u32,
    /// See [`GZIP_MIN_BYTES`].
    pub gzip_min_bytes: usize,
    /// See [`HEADER_TIMEOUT`].
    pub header_timeout: Duration,
    /// See [`BODY_TIMEOUT`].
    pub body_timeout: Duration,
    /// See [`IDLE_PERIOD`].
    pub idle_period: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_in_flight: MAX_IN_FLIGHT,
            max_waiting: MAX_WAITING,
            max_connections: MAX_CONNECTIONS,
            max_connections_per_address: MAX_CONNECTIONS_PER_ADDRESS,
            anonymous_burst: ANONYMOUS_BURST,
            anonymous_per_minute: ANONYMOUS_PER_MINUTE,
            gzip_min_bytes: GZIP_MIN_BYTES,
            header_timeout: HEADER_TIMEOUT,
            body_timeout: BODY_TIMEOUT,
            idle_period: IDLE_PERIOD,
        }
    }
}
