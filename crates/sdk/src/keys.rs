//! Signatures by the platform; private keys never enter a component.
//!
//! What is signed is `"linli/" component "/" purpose 0x00 bytes`, with Ed25519, or SM2 where an operator wants that: 64
//! bytes either way. The public keys are published at `/.well-known/linli-keys`. The test platform has Ed25519 alone.

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
