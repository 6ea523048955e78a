//! `wit/keys.wit`.

use linli_contract::limits::MAX_SIGNED_BYTES;
use linli_store::Fault;

use crate::run::Run;
use crate::trap::{Misuse, Trap};

/// Signs; 64 bytes.
///
/// # Errors
/// Without the permission, or over the limit.
pub fn sign(run: &mut Run, purpose: &str, bytes: &[u8]) -> Result<Vec<u8>, Trap> {
    check(bytes)?;
    run.cross(purpose.len() + bytes.len())?;
    let key = run.scope.component.signing_key(purpose).ok_or(Misuse("`sign` was not granted"))?;
    Ok(key.sign(bytes).to_vec())
}

/// Whether the platform made this signature for this component and purpose.
///
/// # Errors
/// Over the limit.
pub fn verify(run: &mut Run, purpose: &str, bytes: &[u8], signature: &[u8]) -> Result<bool, Trap> {
    check(bytes)?;
    run.cross(purpose.len() + bytes.len() + signature.len())?;
    // What was never signed for cannot have been signed.
    let key = run.scope.component.signing_key(purpose);
    Ok(key.is_some_and(|key| key.verify(bytes, signature)))
}

fn check(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.len() > MAX_SIGNED_BYTES { Err(Fault::Limit("MAX_SIGNED_BYTES")) } else { Ok(()) }
}
