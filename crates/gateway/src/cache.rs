//! Verified tokens, remembered: verifying an Ed25519 signature costs about 40 µs, looking one up below one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use linli_contract::{Identity, Timestamp};
use sha2::{Digest, Sha256};

use crate::limits::{TOKEN_CACHE_ENTRIES, TOKEN_CACHE_SHARDS};

/// SHA-256 of a token: the token itself is not kept.
type Key = [u8; 32];

/// What a token proved, and until when.
#[derive(Debug, Clone)]
pub(crate) struct Verified {
    pub(crate) identity: Arc<Identity>,
    /// The moment from which the token no longer counts, leeway included.
    pub(crate) until: Timestamp,
}

/// A bounded map in shards. The oldest entry leaves a full shard; one past its time leaves when it is asked for.
pub(crate) struct TokenCache {
    shards: Box<[Mutex<Shard>]>,
    shard_entries: usize,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<Key, Verified>,
    /// Keys in the order they came, never more than `shard_entries`; may name entries that have left.
    order: VecDeque<Key>,
}

impl TokenCache {
    pub(crate) fn new() -> Self {
        Self::with_entries(TOKEN_CACHE_ENTRIES)
    }

    fn with_entries(entries: usize) -> Self {
        let shards = (0..TOKEN_CACHE_SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, shard_entries: entries.div_ceil(TOKEN_CACHE_SHARDS) }
    }

    pub(crate) fn key(token: &str) -> Key {
        Sha256::digest(token.as_bytes()).into()
    }

    pub(crate) fn get(&self, key: &Key, now: Timestamp) -> Option<Verified> {
        let mut shard = self.shard(key);
        let found = shard.entries.get(key)?;
        if now < found.until {
            return Some(found.clone());
        }
        shard.entries.remove(key);
        None
    }

    pub(crate) fn insert(&self, key: Key, verified: Verified) {
        let mut shard = self.shard(&key);
        if shard.entries.insert(key, verified).is_some() {
            return; // Two requests verified it at once; its place in the order stands.
        }
        if shard.order.len() >= self.shard_entries
            && let Some(oldest) = shard.order.pop_front()
        {
            shard.entries.remove(&oldest);
        }
        shard.order.push_back(key);
    }

    fn shard(&self, key: &Key) -> std::sync::MutexGuard<'_, Shard> {
        let index = usize::from(key[0]) % self.shards.len();
        // Nothing in here can panic half-way, so a poisoned shard is still whole.
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verified(until: i64) -> Verified {
        Verified { identity: Arc::default(), until: Timestamp::from_micros(until) }
    }

    fn len(cache: &TokenCache) -> usize {
        cache.shards.iter().map(|s| s.lock().unwrap().entries.len()).sum()
    }

    #[test]
    fn an_entry_counts_until_its_time_and_then_leaves() {
        let cache = TokenCache::new();
        let key = TokenCache::key("token");
        cache.insert(key, verified(10));
        assert!(cache.get(&key, Timestamp::from_micros(9)).is_some());
        assert!(cache.get(&key, Timestamp::from_micros(10)).is_none());
        assert_eq!(len(&cache), 0);
    }

    #[test]
    fn it_never_grows_past_its_bound_and_drops_the_oldest() {
        let cache = TokenCache::with_entries(TOKEN_CACHE_SHARDS * 2);
        let same_shard = |n: u8| {
            let mut key = [0; 32];
            key[1] = n;
            key
        };
        for n in 0..100 {
            cache.insert(same_shard(n), verified(10));
            cache.insert(same_shard(n), verified(10));
        }
        let kept: Vec<_> =
            (0..100).filter(|n| cache.get(&same_shard(*n), Timestamp::EPOCH).is_some()).collect();
        assert_eq!(kept, [98, 99]);
        for n in 0..10_000 {
            cache.insert(TokenCache::key(&n.to_string()), verified(10));
        }
        assert!(len(&cache) <= TOKEN_CACHE_SHARDS * 2);
        assert!(cache.shards.iter().all(|s| s.lock().unwrap().order.len() <= 2));
    }
}
