//! Signatures by the platform (Ed25519); private keys never enter a component.
//!
//! What is signed is `"linli/" component "/" purpose 0x00 bytes`; the public key is published at
//! `/.well-known/linli-keys`.

use crate::host;

/// Signs up to 64 KiB for a granted purpose; 64 bytes.
///
/// # Panics
/// Without the grant [`Sign`](crate::Grant::Sign).
pub fn sign(purpose: &str, bytes: &[u8]) -> Vec<u8> {
    host::keys::sign(purpose, bytes)
}

/// Whether the platform made this signature for this component and purpose.
pub fn verify(purpose: &str, bytes: &[u8], signature: &[u8]) -> bool {
    host::keys::verify(purpose, bytes, signature)
}
