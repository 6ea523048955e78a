//! The audit log: who did what and who looked at whose data, chained so that a change shows.
//!
//! Each row is `digest (32) | JSON`, where `digest = SHA-256(digest of the row before | JSON)`; the last digest stands
//! in the partition's head. Rows are written by the host in the commit they tell of, so they are durable before the
//! reply leaves.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::key::Value;
use crate::read::StoreError;

/// One line of the log. Ids are the directory's, never names or numbers of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The caller's id in the directory; none for `anyone` and the system.
    pub actor: Option<String>,
    /// Whom the caller acted for.
    pub acted_for: Option<String>,
    /// Component.
    pub component: String,
    /// Operation, or `react:` and the event's name.
    pub operation: String,
    /// `ok`, or the code of the problem.
    pub outcome: String,
    /// Id of the request, to find it in the logs.
    pub request_id: String,
    /// Whose data was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accesses: Vec<Access>,
}

/// One look at one attribute of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Id in the directory.
    pub person: String,
    /// Which attribute.
    pub attribute: String,
    /// Why, in the component's words.
    pub purpose: String,
}

/// A stored row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Digest up to and including this row.
    pub digest: [u8; 32],
    /// JSON of `{at, entry}`.
    pub json: Vec<u8>,
}

pub(crate) fn chain(before: &[u8; 32], json: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(before).chain_update(json).finalize().into()
}

impl AuditRow {
    pub(crate) fn encode(digest: &[u8; 32], json: &[u8]) -> Value {
        [digest.as_slice(), json].concat().into()
    }

    /// # Errors
    /// When it is shorter than a digest.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (digest, json) = bytes.split_first_chunk::<32>().ok_or(StoreError::Damaged("audit row"))?;
        Ok(Self { digest: *digest, json: json.to_vec() })
    }
}
