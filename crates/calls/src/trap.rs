//! What ends a call with a trap.

use linli_store::{Fault, StoreError};

/// What a component did that its contract forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("misuse: {0}")]
pub struct Misuse(pub &'static str);

/// Why a component cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trap {
    /// It broke the contract.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// It broke the contract of the store, or the store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The system has no randomness to give.
    #[error(transparent)]
    Randomness(#[from] getrandom::Error),
}

impl From<StoreError> for Trap {
    fn from(error: StoreError) -> Self {
        Self::Fault(Fault::Store(error))
    }
}
