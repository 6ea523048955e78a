//! Who answers in place of the outside: for rehearsals, in which nothing leaves the machine.

use linli_calls::{Received, SendFailure};

/// Answers components in place of the outside: for rehearsals, in which nothing leaves the machine. What was not granted,
/// is no request or comes too often is refused before.
pub trait Outside: Send + Sync {
    /// What comes back for a request.
    ///
    /// # Errors
    /// Nothing does.
    fn answer(&self, method: &str, url: &str, body: &[u8]) -> Result<OutsideReply, OutsideFailure>;
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideReply {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Why nothing comes back; see `wit/outbound.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum OutsideFailure {
    Unreachable,
    TimedOut,
    TooLarge,
}

impl OutsideReply {
    pub(super) fn of(answered: Result<Self, OutsideFailure>) -> Result<Received, SendFailure> {
        let reply = answered.map_err(|failure| match failure {
            OutsideFailure::Unreachable => SendFailure::Unreachable,
            OutsideFailure::TimedOut => SendFailure::TimedOut,
            OutsideFailure::TooLarge => SendFailure::TooLarge,
        })?;
        Ok(Received { status: reply.status, headers: reply.headers, body: reply.body })
    }
}
