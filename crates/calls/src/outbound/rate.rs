//! So many a minute, and as many at once.

use linli_contract::Timestamp;

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// A bucket of turns: the moment from which it is full again, in microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rate {
    full_at: i64,
}

impl Rate {
    /// Takes a turn, or says after how many seconds there is one.
    pub fn take(&mut self, now: Timestamp, per_minute: u32) -> Result<(), u32> {
        let (now, cost) = (now.micros(), MICROS_PER_MINUTE / i64::from(per_minute.max(1)));
        let spent = self.full_at.max(now) + cost;
        let over = spent - (now + MICROS_PER_MINUTE);
        if per_minute == 0 || over > 0 {
            return Err(u32::try_from(over.max(0) / 1_000_000).unwrap_or(u32::MAX).saturating_add(1));
        }
        self.full_at = spent;
        Ok(())
    }

    /// Whether it is as good as a new one.
    pub fn is_full(self, now: Timestamp) -> bool {
        self.full_at <= now.micros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute() {
        let mut rate = Rate::default();
        let at = |seconds: i64| Timestamp::from_micros(1_777_599_000_000_000).plus_seconds(seconds);
        assert_eq!((rate.take(at(0), 2), rate.take(at(0), 2)), (Ok(()), Ok(())));
        assert_eq!(rate.take(at(0), 2), Err(31));
        assert_eq!(rate.take(at(29), 2), Err(2));
        assert_eq!(rate.take(at(30), 2), Ok(()));
        assert!(rate.take(at(59), 2).is_err());
        assert!(!rate.is_full(at(59)) && rate.is_full(at(90)));
        assert!(Rate::default().take(at(0), 0).is_err(), "none is none");
    }
}
