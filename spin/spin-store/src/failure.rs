//! Why there is no answer.

use linli_calls::NotArrived;
use linli_store::{Fault, StoreError};

/// Why there is no answer; see `spin/wit/session.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "documented where the interface is")]
pub enum CallFailure {
    #[error("no such operation")]
    UnknownOperation,
    #[error("the idempotency key was used by another request")]
    KeyReused,
    #[error("the caller may not act for this person")]
    NotBound,
    #[error("the caller's provider may not trade")]
    ProviderSuspended,
    #[error("the caller is not in the directory")]
    UnknownSubject,
    #[error("the answer breaks the contract")]
    BrokenAnswer,
    #[error("the answer is too large")]
    AnswerTooLarge,
    #[error("the plugin's storage is full")]
    StorageFull,
    #[error("the database cannot do this at present")]
    Unavailable,
}

impl From<StoreError> for CallFailure {
    fn from(error: StoreError) -> Self {
        // Spin keeps what a component writes to its standard error.
        eprintln!("linli: the store failed: {error}");
        Self::Unavailable
    }
}

impl From<NotArrived> for CallFailure {
    fn from(why: NotArrived) -> Self {
        match why {
            NotArrived::ProviderSuspended => Self::ProviderSuspended,
            NotArrived::UnknownSubject => Self::UnknownSubject,
            NotArrived::NotBound => Self::NotBound,
            NotArrived::Store(error) => error.into(),
        }
    }
}

impl From<Fault> for CallFailure {
    /// Of the adapter's own use of a transaction, so only the store can have failed.
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error.into(),
            Fault::StorageFull => Self::StorageFull,
            _ => Self::Unavailable,
        }
    }
}
