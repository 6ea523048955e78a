//! Money and points: integers in minor units.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_INTEGER;

/// An amount in minor units (fen, points) within ±(2^53-1), so that JSON and JavaScript carry it exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// The amount lies beyond ±(2^53-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an amount stays within ±(2^53-1) minor units")]
pub struct AmountError;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// # Errors
    /// Beyond ±(2^53-1).
    pub fn new(minor: i64) -> Result<Self, AmountError> {
        if (-MAX_INTEGER..=MAX_INTEGER).contains(&minor) { Ok(Self(minor)) } else { Err(AmountError) }
    }

    /// In minor units.
    pub fn minor(self) -> i64 {
        self.0
    }

    /// # Errors
    /// When the sum leaves the range.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        Self::new(self.0 + other.0)
    }

    /// # Errors
    /// When the difference leaves the range.
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        Self::new(self.0 - other.0)
    }

    /// The share of a non-negative amount in basis points, rounded half away from zero to whole minor units.
    pub fn basis_points(self, points: u32) -> Self {
        let share = (i128::from(self.0) * i128::from(points) + 5_000) / 10_000;
        // Cannot leave the range: at most 10,000 basis points of a value in range are asked for by any caller,
        // and beyond that the result saturates.
        Self(share.clamp(-i128::from(MAX_INTEGER), i128::from(MAX_INTEGER)) as i64)
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountError;

    fn try_from(minor: i64) -> Result<Self, AmountError> {
        Self::new(minor)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_stay_in_the_range_json_carries() {
        assert!(Amount::new(MAX_INTEGER).is_ok());
        assert_eq!(Amount::new(MAX_INTEGER + 1), Err(AmountError));
        let top = Amount::new(MAX_INTEGER).unwrap();
        assert_eq!(top.plus(Amount::new(1).unwrap()), Err(AmountError));
        assert!(serde_json::from_str::<Amount>("9007199254740992").is_err());
    }

    #[test]
    fn a_share_rounds_half_up_to_whole_fen() {
        for (amount, points, share) in
            [(10_000, 500, 500), (1, 5_000, 1), (1, 4_999, 0), (333, 1_000, 33), (0, 1_000, 0)]
        {
            assert_eq!(Amount::new(amount).unwrap().basis_points(points).minor(), share);
        }
    }
}
