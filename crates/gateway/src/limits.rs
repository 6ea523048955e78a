//! Every bound of the gateway: its name, its unit, and why it is what it is.
//!
//! Bounds that components see as well are in [`linli_contract::limits`].

/// Violations listed for one input. A form has fewer fields; the rest says nothing new.
pub const MAX_VIOLATIONS: usize = 50;
/// Options of an `enum` that a violation spells out; a longer list is for the reference page.
pub const MAX_LISTED_OPTIONS: usize = 10;

/// Communities that one request may be joined over: a street has about 15, the largest about 50.
pub const MAX_JOINED_COMMUNITIES: usize = 64;
/// Items on a joined page of a list without a `limit`.
pub const JOINED_PAGE: usize = 50;
/// Bytes of the cursor of a joined list: half of what a request's line and headers may have.
pub const MAX_JOINED_CURSOR_BYTES: usize = 16 * 1024;

/// Bytes of a body that is read though its call is refused: as long as most are, and so little that a new connection
/// would cost both sides more.
pub const MAX_DISCARDED_BYTES: u64 = 64 * 1024;

/// Bytes of a bearer token. Ours have about 300; identity providers stay below 4 KiB.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// Seconds by which the clocks of an identity provider and of this machine may differ.
pub const TOKEN_LEEWAY_SECONDS: i64 = 30;
/// Verified tokens remembered: about 20 MB, and everybody active in a large city's busy minutes.
pub const TOKEN_CACHE_ENTRIES: usize = 65_536;
/// Parts of the token cache, each behind its own mutex: more than any machine here has cores.
pub const TOKEN_CACHE_SHARDS: usize = 64;
/// Bytes of an RSA modulus that is accepted: 2048 to 4096 bits (BSI TR-02102, NIST SP 800-57; more only costs time).
pub const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// Bytes of one JSON Schema. The largest form of the catalogue has 12 KiB.
pub const MAX_SCHEMA_BYTES: usize = 64 * 1024;
/// Subschemas applied when every reference is written out: bounds the work of one validation, which doubles with every
/// level of `allOf: [A, A]`. The largest form of the catalogue has 200.
pub const MAX_SCHEMA_WEIGHT: u64 = 2_000;
/// Nesting of subschemas, references followed: bounds the stack of a validation.
pub const MAX_SCHEMA_DEPTH: usize = 64;
/// Patterns of one input schema, references written out: each holds memory for as long as its component is live.
pub const MAX_PATTERNS: u64 = 32;
/// Bytes of one compiled `pattern`: `\p{L}{100}` is refused, honest patterns need a few KiB.
pub const MAX_PATTERN_BYTES: usize = 256 * 1024;
/// Bytes that matching one pattern may use to remember states, for each thread that matches it.
pub const MAX_PATTERN_CACHE_BYTES: usize = 128 * 1024;

/// Seconds after which a caller with a running twin may ask again: most commands take milliseconds.
pub const RETRY_IN_PROGRESS_SECONDS: u32 = 1;
/// Seconds after which to try again when the queue was full or a hot record was fought over.
pub const RETRY_OVERLOADED_SECONDS: u32 = 1;
/// Seconds a restart takes, with a margin.
pub const RETRY_DRAINING_SECONDS: u32 = 5;
/// Seconds after which to try again what an unreachable store or neighbour prevented.
pub const RETRY_UNAVAILABLE_SECONDS: u32 = 10;
/// Seconds after which to ask again for a service that people suspended, and people bring back.
pub const RETRY_SUSPENDED_SECONDS: u32 = 3_600;
/// Seconds a component's own `too-many` or `unavailable` asks callers to wait; components name no time of their own.
pub const RETRY_COMPONENT_SECONDS: u32 = 30;
