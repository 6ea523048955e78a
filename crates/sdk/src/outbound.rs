//! HTTP to granted hosts; in tasks only, anywhere else it panics.

use crate::host;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// A granted origin and a path: `https://`, or `http://` where the operator granted just that.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
    /// Milliseconds, 1 to 30,000.
    pub timeout: u32,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The component was not granted this host.
    NotGranted,
    /// More calls than granted.
    OverLimit,
    /// No connection.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The answer is larger than the platform takes.
    TooLarge,
    /// Method, URL, header or timeout is not one.
    InvalidRequest,
}

/// Sends once; redirects are not followed. The host adds an `Idempotency-Key` that stays the same when the task is run
/// again.
///
/// # Errors
/// See [`Failure`].
pub fn send(request: &Request) -> Result<Response, Failure> {
    host::outbound::send(request)
}
