//! What a call is about, for stores that read ahead.

use crate::key::Partition;

/// What a store whose every read is a round trip is told of a call, so that it can read at once what such calls read one
/// after another. It is a hint: whatever it says, a call sees the same.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Calls of one kind read alike: the name of an operation or an event.
    pub kind: &'a str,
    /// Where it runs. What it reads of the platform's partition is read ahead, too.
    pub partition: Partition,
    /// What the keys it reads may be made of, each at its place: who calls, ids in its input, its idempotency key. One
    /// that is not there, or not known yet, is empty.
    pub words: &'a [&'a [u8]],
    /// Whether it can be run again for the reason that it was not shown one state: see [`Snapshot::is_whole`].
    ///
    /// [`Snapshot::is_whole`]: crate::Snapshot::is_whole
    pub may_run_again: bool,
}
