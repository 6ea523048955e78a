//! Bounded counters: portions, places, vouchers. See `wit/stock.wit`.
//!
//! A [`take`] that fits is not a read, so takes that fit never conflict with each other, however hot the counter.
//! Misuse (no such counter, above the ceiling, `n` below 1) panics.

use crate::host;

/// What a counter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// What can still be taken.
    pub available: i64,
    /// What there is in all.
    pub ceiling: i64,
}

/// Makes a counter that holds `ceiling` (0 to 2^53-1).
pub fn open(name: &str, ceiling: i64) {
    host::stock::open(name, ceiling);
}

/// Takes `n` (at least 1) if that many are there.
pub fn take(name: &str, n: i64) -> bool {
    host::stock::take(name, n)
}

/// Gives back `n` (at least 1).
pub fn give(name: &str, n: i64) {
    host::stock::give(name, n);
}

/// Sets the ceiling, keeping what is taken; false, and nothing done, if more is taken than would be left.
pub fn resize(name: &str, ceiling: i64) -> bool {
    host::stock::resize(name, ceiling)
}

/// The level, as a read; none without the counter.
pub fn level(name: &str) -> Option<Level> {
    host::stock::level(name)
}

/// Removes the counter; whether there was one.
pub fn close(name: &str) -> bool {
    host::stock::close(name)
}
