//! Reading a request's body: no longer than allowed, no slower than allowed, and no more at once than there is room for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use linli_contract::limits::MAX_REQUEST_BYTES;
use linli_gateway::Rejection;
use linli_gateway::limits::MAX_DISCARDED_BYTES;

use crate::limits::MAX_BODY_BYTES_HELD;

/// Bytes of all bodies that are held in memory. Lifetime: the server's.
#[derive(Default)]
pub(crate) struct BodyBudget(AtomicUsize);

/// What one body holds of the budget; dropping it gives it back.
struct Held<'a> {
    budget: &'a BodyBudget,
    bytes: usize,
}

impl BodyBudget {
    pub(crate) fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Held<'_> {
    fn grow(&mut self, bytes: usize) -> Result<(), Rejection> {
        self.bytes += bytes;
        if self.budget.0.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_BODY_BYTES_HELD {
            return Err(Rejection::Overloaded);
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The whole body. What has arrived already costs no timer and, in one piece, no copy.
///
/// # Errors
/// 413, 408 when it does not arrive in time, 503 when other bodies fill the memory set aside for them.
pub(crate) async fn read(body: Incoming, budget: &BodyBudget, within: Duration) -> Result<Bytes, Rejection> {
    read_up_to(body, budget, within, MAX_REQUEST_BYTES, Rejection::TooLarge).await
}

/// A component, of at most so many bytes. It may take as much longer than another body as it is larger.
///
/// # Errors
/// As [`read`].
pub(crate) async fn read_component(
    body: Incoming,
    budget: &BodyBudget,
    within: Duration,
    most: usize,
) -> Result<Bytes, Rejection> {
    let times = u32::try_from(most.div_ceil(MAX_REQUEST_BYTES)).unwrap_or(u32::MAX);
    read_up_to(body, budget, within.saturating_mul(times), most, Rejection::ComponentTooLarge).await
}

async fn read_up_to(
    body: Incoming,
    budget: &BodyBudget,
    within: Duration,
    most: usize,
    over: Rejection,
) -> Result<Bytes, Rejection> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(within, collect(body, budget, most, over)).await {
        Ok(read) => read,
        Err(_) => Err(Rejection::BodyTooSlow),
    }
}

/// Reads what nobody wants, of a call that was refused before its body was read, so that the next call finds the
/// connection in order: one that is closed behind an answer takes calls with it that are on their way already. Whether
/// it was read; a long one is not.
pub(crate) async fn discard(body: Incoming, budget: &BodyBudget, within: Duration) -> bool {
    let short = body.size_hint().upper().is_some_and(|bytes| bytes <= MAX_DISCARDED_BYTES);
    short && read(body, budget, within).await.is_ok()
}

/// Takes what nobody wants off the connection, piece by piece, and keeps none of it: so much, and so long, at the most.
pub(crate) async fn drain(mut body: Incoming, most: usize, within: Duration) {
    let taking = async {
        let mut taken = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            taken += frame.data_ref().map_or(0, Bytes::len);
            if taken > most {
                break;
            }
        }
    };
    // What is over is left to the connection's end.
    let _ = tokio::time::timeout(within, taking).await;
}

async fn collect(
    mut body: Incoming,
    budget: &BodyBudget,
    most: usize,
    over: Rejection,
) -> Result<Bytes, Rejection> {
    let mut held = Held { budget, bytes: 0 };
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // The client hung up or broke the framing: nobody reads the answer.
        let Ok(frame) = frame else { return Err(Rejection::BodyTooSlow) };
        let Ok(data) = frame.into_data() else { continue };
        if held.bytes + data.len() > most {
            return Err(over);
        }
        held.grow(data.len())?;
        match (first.is_empty(), rest.is_empty()) {
            (true, _) => first = data,
            (false, true) => {
                rest.extend_from_slice(&first);
                rest.extend_from_slice(&data);
            }
            (false, false) => rest.extend_from_slice(&data),
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}
