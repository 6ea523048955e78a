//! The rules of affairs, on the test platform.
#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod catalogue;

use linli_affair_submission::AFFAIR_SUBMISSION;
use linli_sdk::testing::{Actor, Platform};
use serde_json::{Value, json};
