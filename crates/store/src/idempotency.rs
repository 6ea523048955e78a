//! Answers kept for idempotency keys.
//!
//! The look-up is an ordinary read of the transaction, so of two commands that race with one key the second to commit
//! conflicts, runs again, and finds the first one's answer. Rows lie by day: old days go as one stretch.

use std::ops::ControlFlow;

use linli_contract::{Answer, Idempotency, Timestamp};

use crate::commit::Row;
use crate::key::{self, Value};
use crate::read::{Read, StoreError};

/// Full days an answer is kept at least: a phone that lost the network in the evening may retry in the morning.
pub const RETENTION_DAYS: u16 = 1;

/// What is known of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Not used yet.
    Fresh,
    /// Used by the same request: this is its answer.
    Answered(Answer),
    /// Used by another request.
    OtherRequest,
}

/// How far the clocks of two calls that race may lie apart, in microseconds: one hour. A call just before midnight also
/// looks where one just after it would have kept its answer.
const MAX_SKEW_MICROS: i64 = 3_600 * 1_000_000;

/// The days in which the answer of an earlier or racing call may lie, the likeliest first.
pub(crate) fn days(now: Timestamp) -> impl Iterator<Item = u16> {
    let last = day(now.plus_micros(MAX_SKEW_MICROS));
    (day(now).saturating_sub(RETENTION_DAYS)..=last).rev()
}

/// Days since 1970; u16 lasts until the year 2149.
pub(crate) fn day(now: Timestamp) -> u16 {
    u16::try_from(now.micros() / 86_400_000_000).unwrap_or(u16::MAX)
}

pub(crate) fn encode(idempotency: &Idempotency, answer: &Answer) -> Result<Value, StoreError> {
    let json = serde_json::to_vec(answer).map_err(|_| StoreError::Damaged("answer"))?;
    Ok([idempotency.fingerprint.as_slice(), &json].concat().into())
}

pub(crate) fn decode(idempotency: &Idempotency, bytes: &[u8]) -> Result<Stored, StoreError> {
    let (fingerprint, json) = bytes.split_first_chunk::<32>().ok_or(StoreError::Damaged("kept answer"))?;
    if *fingerprint != idempotency.fingerprint {
        return Ok(Stored::OtherRequest);
    }
    serde_json::from_slice(json).map(Stored::Answered).map_err(|_| StoreError::Damaged("kept answer"))
}

/// Deletions of the answers whose time is over, up to `limit`; for the platform's own tidying.
///
/// # Errors
/// When the store fails.
pub fn expired(read: &dyn Read, now: Timestamp, limit: usize) -> Result<Vec<Row>, StoreError> {
    let (start, end) = key::idempotency_before(day(now).saturating_sub(RETENTION_DAYS));
    let mut rows = Vec::new();
    read.range(&start, &end, false, &mut |key, _, _| {
        rows.push((key.into(), None));
        if rows.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(rows)
}
