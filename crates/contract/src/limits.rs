//! Every bound of the contract: its name, its unit, and why it is what it is.

/// Largest integer magnitude in JSON: what IEEE 754 doubles, and so JavaScript, carry exactly (2^53-1).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

/// Bytes of a request body, and of an operation's input. Forms are a few KiB; photos go elsewhere.
pub const MAX_REQUEST_BYTES: usize = 256 * 1024;
/// Bytes of a reply's content. A page of 1,000 list entries fits; nobody reads more on a phone.
pub const MAX_REPLY_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of one stored document. Bounds the cost of a write and of a scan's page.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// Bytes of an event's content. Events name things; they do not carry them.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;
/// Bytes of a document id. Room for two ULIDs and a separator, and for readable composite ids.
pub const MAX_ID_BYTES: usize = 128;
/// Bytes of a stock counter's name: a kind and an id or two.
pub const MAX_STOCK_NAME_BYTES: usize = 160;
/// Bytes of one encoded index entry (all its fields). Longer texts are refused, so that order is never a guess.
pub const MAX_INDEX_KEY_BYTES: usize = 1024;

/// Records one call may read, all its scans together: enough for a street's roster, too few to walk a city.
pub const MAX_RECORDS_READ: u32 = 20_000;
/// Records one call may write: a bundle of cases, a kitchen's day. Keeps one commit from stalling its group.
pub const MAX_RECORDS_WRITTEN: u32 = 2_000;
/// Bytes of pending writes of one call.
pub const MAX_WRITE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes that may cross between guest and host in one call, both ways, all imports together.
pub const MAX_HOST_CALL_BYTES: usize = 64 * 1024 * 1024;
/// Documents in one page of a scan.
pub const MAX_SCAN_LIMIT: u32 = 1_000;
/// Largest count an index can be asked for.
pub const MAX_COUNT_LIMIT: u32 = 10_000;
/// Ids in one `get-many`.
pub const MAX_GET_MANY: usize = 256;
/// Events, timers included, one call may publish: everybody signed up for a large activity is told in one.
pub const MAX_EVENTS: usize = 1_000;
/// Transfers in one posting.
pub const MAX_TRANSFERS: usize = 16;
/// Ledger entries in one page.
pub const MAX_ENTRIES_LIMIT: u32 = 200;
/// Furthest a hold may reach, in microseconds: 90 days.
pub const MAX_HOLD_MICROS: i64 = 90 * 86_400 * 1_000_000;
/// Furthest a timer may lie ahead, in microseconds: 1,100 days, three years and a margin.
pub const MAX_TIMER_MICROS: i64 = 1_100 * 86_400 * 1_000_000;

/// Bytes of one log line; the rest is cut.
pub const MAX_LOG_LINE_BYTES: usize = 2 * 1024;
/// Log lines one call may write; what is over is counted, not kept.
pub const MAX_LOG_LINES: u32 = 64;
/// Bytes of randomness in one call of `random`.
pub const MAX_RANDOM_BYTES: u32 = 1_024;
/// Bytes of a purpose given with `reveal`.
pub const MAX_PURPOSE_BYTES: usize = 200;
/// Bytes that `keys.sign` signs.
pub const MAX_SIGNED_BYTES: usize = 64 * 1024;

/// Characters of a provider's id: a credit code, or a readable name.
pub const MAX_PROVIDER_ID: usize = 64;
/// Bytes of a provider's name: 60 characters of Chinese and a margin.
pub const MAX_PROVIDER_NAME_BYTES: usize = 200;
/// Bytes of a provider's category: the name of one, not its description.
pub const MAX_PROVIDER_CATEGORY_BYTES: usize = 64;
/// Basis points of the whole.
pub const BASIS_POINTS: u32 = 10_000;
/// Basis points of a commission: all there is.
pub const MAX_COMMISSION: u32 = BASIS_POINTS;

/// Characters of an `Idempotency-Key`.
pub const MAX_IDEMPOTENCY_KEY: usize = 128;
/// Operations in one descriptor.
pub const MAX_OPERATIONS: usize = 128;
/// Collections in one descriptor.
pub const MAX_COLLECTIONS: usize = 64;
/// Indexes of one collection: each costs a row per write.
pub const MAX_INDEXES: usize = 16;
/// Fields of one index.
pub const MAX_INDEX_FIELDS: usize = 4;
/// Depth of JSON that is read: `serde_json` stops at 128, and nothing honest comes near 64.
pub const MAX_JSON_DEPTH: usize = 64;
