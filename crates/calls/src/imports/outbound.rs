//! `wit/outbound.wit`: what of it is the call's affair. Where a component may call, and what a request may be, is the
//! client's.

use linli_contract::OperationKind;

use crate::run::Run;
use crate::trap::{Misuse, Trap};

/// Requests of one call: a task asks a few offices, it does not crawl.
const MAX_SENDS: u32 = 16;

/// Counts a request of so many bytes, its headers included, and lets go of the snapshot: nobody knows how long the outside
/// takes. What the request carries as its `Idempotency-Key`; none when the call has sent enough.
///
/// Whoever sends it gives the run a later snapshot afterwards, and calls [`received`].
///
/// # Errors
/// Outside a task; over the limit on what crosses in one call.
pub fn send(run: &mut Run, bytes: usize) -> Result<Option<String>, Trap> {
    if run.scope.kind != OperationKind::Task {
        return Err(Misuse("`outbound` outside a task").into());
    }
    run.cross(bytes)?;
    if run.sends >= MAX_SENDS {
        return Ok(None);
    }
    run.sends += 1;
    let key = run.outbound_key()?;
    run.transaction.suspend();
    Ok(Some(key))
}

/// Counts the bytes of a response's body.
///
/// # Errors
/// Over the limit on what crosses in one call.
pub fn received(run: &mut Run, bytes: usize) -> Result<(), Trap> {
    Ok(run.cross(bytes)?)
}
