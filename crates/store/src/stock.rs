//! Stock counters as stored.

use crate::key::Value;
use crate::read::StoreError;

/// A counter: `0 <= available <= ceiling <= 2^53-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// What can still be taken.
    pub available: i64,
    /// What there is in all.
    pub ceiling: i64,
}

impl Level {
    /// After a net change; none when it would leave the bounds.
    pub fn changed(self, delta: i64) -> Option<Self> {
        let available = self.available.checked_add(delta)?;
        (0..=self.ceiling).contains(&available).then_some(Self { available, ..self })
    }

    pub(crate) fn encode(self) -> Value {
        [self.available.to_be_bytes(), self.ceiling.to_be_bytes()].concat().into()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let (available, ceiling) =
            bytes.split_first_chunk::<8>().ok_or(StoreError::Damaged("stock counter"))?;
        Ok(Self {
            available: i64::from_be_bytes(*available),
            ceiling: i64::from_be_bytes(
                ceiling.try_into().map_err(|_| StoreError::Damaged("stock counter"))?,
            ),
        })
    }
}
