//! Who answers in place of the outside: for rehearsals, in which nothing leaves the machine.

use crate::bindings::outbound::{Failure, Header, Response};

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
    pub(super) fn of(answered: Result<Self, OutsideFailure>) -> Result<Response, Failure> {
        let reply = answered.map_err(|failure| match failure {
            OutsideFailure::Unreachable => Failure::Unreachable,
            OutsideFailure::TimedOut => Failure::TimedOut,
            OutsideFailure::TooLarge => Failure::TooLarge,
        })?;
        let headers = reply.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        Ok(Response { status: reply.status, headers, body: reply.body })
    }
}
