//! How often one address may call without a token: a token bucket per address, in a table of bounded size.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use linli_contract::Timestamp;

/// Parts of the table, each behind its own mutex: more than any machine here has cores.
const SHARDS: usize = 16;
const MICROS_PER_MINUTE: u64 = 60_000_000;

/// Lifetime: the server's.
pub(crate) struct RateLimiter {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    /// Microseconds one call costs.
    cost: u64,
    /// Microseconds a full bucket holds.
    depth: u64,
    /// Addresses per shard.
    capacity: usize,
}

/// Each bucket is one number: the moment (µs since 1970) from which it is full again. A bucket that is full says nothing,
/// so it can be forgotten.
#[derive(Default)]
struct Shard {
    full_at: HashMap<IpAddr, u64>,
    /// Shared by all newcomers while the table holds nothing that may be forgotten.
    overflow: u64,
}

impl RateLimiter {
    /// `burst` calls at once, `per_minute` over time, for each of about `addresses` addresses.
    pub(crate) fn new(burst: u32, per_minute: u32, addresses: usize) -> Self {
        let cost = MICROS_PER_MINUTE / u64::from(per_minute.max(1));
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            cost,
            depth: cost * u64::from(burst.max(1)),
            capacity: (addresses / SHARDS).max(1),
        }
    }

    /// Takes one call from the address's bucket.
    ///
    /// # Errors
    /// Whole seconds until there is one, at least 1.
    pub(crate) fn take(&self, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let address = network(address);
        let now = u64::try_from(now.micros()).unwrap_or(0);
        let shard = (self.hasher.hash_one(address) as usize) % SHARDS;
        // A panic while the table is held leaves numbers only, which are all valid.
        let mut shard = self.shards[shard].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Shard { full_at, overflow } = &mut *shard;
        if full_at.len() >= self.capacity && !full_at.contains_key(&address) {
            full_at.retain(|_, at| *at > now);
        }
        let room = full_at.len() < self.capacity;
        let bucket = match full_at.get_mut(&address) {
            Some(bucket) => bucket,
            None if room => full_at.entry(address).or_insert(0),
            None => overflow,
        };
        let spent = (*bucket).max(now) + self.cost;
        if spent > now + self.depth {
            return Err(u32::try_from((spent - now - self.depth).div_ceil(1_000_000)).unwrap_or(u32::MAX));
        }
        *bucket = spent;
        Ok(())
    }
}

/// Who counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which is what one household gets.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_777_599_000_000_000).plus_seconds(seconds)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_burst_passes_then_one_for_each_that_flows_in() {
        let limiter = RateLimiter::new(3, 60, 1_000);
        let client = address("192.0.2.1");
        for _ in 0..3 {
            assert_eq!(limiter.take(client, at(0)), Ok(()));
        }
        assert_eq!(limiter.take(client, at(0)), Err(1));
        assert_eq!(limiter.take(address("192.0.2.2"), at(0)), Ok(()), "another address has its own");
        assert_eq!(limiter.take(client, at(1)), Ok(()));
        assert_eq!(limiter.take(client, at(1)), Err(1));
        for _ in 0..3 {
            assert_eq!(limiter.take(client, at(60)), Ok(()), "never more than the burst");
        }
        assert_eq!(limiter.take(client, at(60)), Err(1));
    }

    #[test]
    fn the_wait_is_told_in_whole_seconds() {
        let limiter = RateLimiter::new(1, 2, 1_000);
        let client = address("192.0.2.1");
        assert_eq!(limiter.take(client, at(0)), Ok(()));
        assert_eq!(limiter.take(client, at(0)), Err(30));
        assert_eq!(limiter.take(client, at(29)), Err(1));
        assert_eq!(limiter.take(client, at(30)), Ok(()));
    }

    #[test]
    fn a_household_of_ipv6_addresses_is_one_client() {
        let limiter = RateLimiter::new(1, 1, 1_000);
        assert_eq!(limiter.take(address("2001:db8:1:2::1"), at(0)), Ok(()));
        assert!(limiter.take(address("2001:db8:1:2:ffff::2"), at(0)).is_err());
        assert_eq!(limiter.take(address("2001:db8:1:3::1"), at(0)), Ok(()));
        assert_eq!(limiter.take(address("192.0.2.7"), at(0)), Ok(()));
        assert!(limiter.take(address("::ffff:192.0.2.7"), at(0)).is_err());
    }

    #[test]
    fn the_table_stays_bounded_and_a_flood_of_addresses_shares_one_bucket() {
        let limiter = RateLimiter::new(1, 60, SHARDS);
        let flood = |n: u32| IpAddr::V4((0x0A00_0000 + n).into());
        let passed = (0..1_000).filter(|n| limiter.take(flood(*n), at(0)).is_ok()).count();
        assert_eq!(passed, 2 * SHARDS, "one remembered and one shared bucket in each part");
        let held: usize = limiter.shards.iter().map(|s| s.lock().unwrap().full_at.len()).sum();
        assert_eq!(held, SHARDS);
        assert_eq!(limiter.take(flood(5_000), at(2)), Ok(()), "full buckets are forgotten for newcomers");
    }

    #[test]
    fn a_clock_that_steps_back_locks_nobody_out_for_longer_than_it_stepped() {
        let limiter = RateLimiter::new(1, 60, 1_000);
        let client = address("192.0.2.1");
        assert_eq!(limiter.take(client, at(5)), Ok(()));
        assert_eq!(limiter.take(client, at(0)), Err(6));
    }
}
