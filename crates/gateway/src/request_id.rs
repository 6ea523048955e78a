//! Ids of requests: made here, returned as `X-Request-Id`, written to every log line of the call.

use std::sync::atomic::{AtomicU64, Ordering};

use linli_contract::base32;

/// 13 characters of 5 bits hold 64 bits.
const LENGTH: usize = 13;

/// Lifetime: the server's. Ids are unique within a process, and unlikely to meet those of another.
pub struct RequestIds {
    next: AtomicU64,
}

impl RequestIds {
    /// `seed` sets processes apart.
    pub fn new(seed: u64) -> Self {
        Self { next: AtomicU64::new(seed) }
    }

    /// The next one.
    pub fn make(&self) -> String {
        let mut bits = scatter(self.next.fetch_add(1, Ordering::Relaxed));
        let mut id = String::with_capacity(LENGTH);
        for _ in 0..LENGTH {
            id.push(char::from(base32::DIGITS[(bits & 31) as usize]));
            bits >>= 5;
        }
        id
    }
}

/// One-to-one, so that no id comes twice, and far apart for neighbours, so that ids read over the telephone differ at
/// a glance (the finalizer of splitmix64, S. Vigna).
fn scatter(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_never_come_twice() {
        let ids = RequestIds::new(7);
        let made: std::collections::BTreeSet<String> = (0..10_000).map(|_| ids.make()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| id.len() == LENGTH && id.bytes().all(|b| base32::DIGITS.contains(&b))));
    }
}
