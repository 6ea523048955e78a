//! The ticket: a signed code, short enough for a QR code, that can be checked without a network.
//!
//! 103 bytes, shown as 165 characters of upper-case Crockford base32 (digits and capital letters only, so a QR code of
//! version 7 holds it in its alphanumeric mode):
//!
//! | bytes | what |
//! |---|---|
//! | 0 | version, 1 |
//! | 1-16 | id of the activity |
//! | 17-32 | id of the signup |
//! | 33 | serial: how many times this resident has signed up for this activity |
//! | 34 | party size, 255 for more |
//! | 35-38 | expiry in seconds since 1970 UTC, big-endian |
//! | 39-102 | signature (Ed25519 unless configured otherwise) of `"linli/activity-signup/ticket" 0x00` and bytes 0 to 38 |
//!
//! A device at the door checks the signature with the key published at `/.well-known/linli-keys`, the activity, and the
//! expiry; whether the signup still stands, and whether the party is in already, it hears when it is back on the network.

use linli_sdk::prelude::*;
use linli_sdk::{base32, keys};

use crate::activity::Activity;
use crate::check_in::CLOSES_AFTER_SECONDS;
use crate::problem;
use crate::signup::Signup;

/// What tickets are signed for.
pub const PURPOSE: &str = "ticket";

const VERSION: u8 = 1;
/// Bytes before the signature.
const PAYLOAD: usize = 39;
/// Bytes of a signature, Ed25519 and SM2 alike.
const SIGNATURE: usize = 64;

/// What a ticket says, its signature checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What for.
    pub activity: Id,
    /// Which signup.
    pub signup: Id,
    /// Which time the resident signed up.
    pub serial: u8,
}

/// The ticket of a confirmed signup. The same signup has the same ticket until the activity is moved.
pub fn issue(activity: &Activity, signup: &Signup) -> String {
    let mut bytes = Vec::with_capacity(PAYLOAD + SIGNATURE);
    bytes.push(VERSION);
    bytes.extend_from_slice(&activity.id.to_bytes());
    bytes.extend_from_slice(&signup.id.to_bytes());
    bytes.push(signup.serial);
    bytes.push(u8::try_from(signup.party_size).unwrap_or(u8::MAX));
    let expiry = activity.ends_at.plus_seconds(CLOSES_AFTER_SECONDS).micros() / 1_000_000;
    // 32 bits last until 2106, and an activity ends within 1,000 days of now.
    bytes.extend_from_slice(&u32::try_from(expiry).unwrap_or(u32::MAX).to_be_bytes());
    let signature = keys::sign(PURPOSE, &bytes);
    bytes.extend_from_slice(&signature);
    base32::encode(&bytes).to_ascii_uppercase()
}

/// Reads a ticket and checks its signature; spaces and hyphens that a hand put in are ignored.
///
/// # Errors
/// 422 `ticket-invalid` at `/ticket`.
pub fn read(text: &str) -> Result<Ticket, Problem> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let bytes = base32::decode(&plain, PAYLOAD + SIGNATURE).ok_or_else(problem::ticket_invalid)?;
    let (payload, signature) = bytes.split_at(PAYLOAD);
    if payload[0] != VERSION || !keys::verify(PURPOSE, payload, signature) {
        return Err(problem::ticket_invalid());
    }
    let id = |from: usize| {
        let bytes = payload[from..].first_chunk().expect("39 bytes hold two ids after the version");
        Id::from_bytes(bytes)
    };
    Ok(Ticket { activity: id(1), signup: id(17), serial: payload[33] })
}
