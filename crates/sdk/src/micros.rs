//! `#[serde(with = "linli_sdk::micros")]`: a [`Timestamp`] stored as integer microseconds.
//!
//! Use it for fields of stored documents that an index orders: RFC 3339 text does not sort when only some values have a
//! fraction of a second, integers always do. Exact up to the year 2255, where 2^53 microseconds end.

use linli_contract::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// As an integer.
///
/// # Errors
/// The serializer's own.
pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(time.micros())
}

/// From an integer.
///
/// # Errors
/// The deserializer's own.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_micros)
}

/// The same for a time that may be absent; with `#[serde(default)]`.
pub mod option {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    /// As an integer or null.
    ///
    /// # Errors
    /// The serializer's own.
    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.serialize_some(&time.micros()),
            None => serializer.serialize_none(),
        }
    }

    /// From an integer or null.
    ///
    /// # Errors
    /// The deserializer's own.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_micros))
    }
}
