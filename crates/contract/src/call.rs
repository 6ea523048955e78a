//! What goes into a call and what comes out, for code on either side of the host.

use serde::{Deserialize, Serialize};

use crate::{Area, Problem, Role};

/// Who a verified token says is calling, before the host makes a [`crate::Caller`] of it: the ids here are the
/// directory's own and never reach a component.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The token's subject: a directory id of a resident or worker. None for `anyone` and the system.
    pub subject: Option<String>,
    /// Whom the caller wants to act for (`Acting-For`); the host checks the kin binding.
    pub acting_for: Option<String>,
    /// The roles of the token, never `system`.
    pub roles: Vec<Role>,
    /// What the caller answers for.
    pub area: Option<Area>,
    /// The provider the caller belongs to.
    pub provider: Option<String>,
}

/// Ids of people are not for logs: this prints the roles and the area only.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("roles", &self.roles)
            .field("area", &self.area)
            .finish_non_exhaustive()
    }
}

/// An `Idempotency-Key`, made unique and comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// Digest of community, subject, acted-for, component, operation and the caller's key.
    pub key: [u8; 16],
    /// Digest of method, path, query and body.
    pub fingerprint: [u8; 32],
}

/// Success statuses a component may answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are HTTP's own")]
pub enum Status {
    Ok,
    Created,
    Accepted,
    NoContent,
}

impl Status {
    /// The HTTP status code.
    pub fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::Created => 201,
            Self::Accepted => 202,
            Self::NoContent => 204,
        }
    }
}

/// What a reply carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Nothing.
    None,
    /// JSON text.
    Json(String),
    /// An HTML page.
    Html(String),
    /// Anything else.
    Media {
        /// RFC 9110 media type.
        content_type: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl Content {
    /// Size in bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Json(text) | Self::Html(text) => text.len(),
            Self::Media { bytes, .. } => bytes.len(),
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What an operation answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Success, of which sort.
    pub status: Status,
    /// What it carries.
    pub content: Content,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// What a component answered: both are results of the call, both are stored under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It did what was asked.
    Reply(Reply),
    /// It refused; nothing was written.
    Problem(Problem),
}
