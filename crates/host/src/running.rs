//! The idempotency keys whose first call still runs: the second one is told so (409) instead of waiting.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use linli_contract::{Community, Idempotency};

type Entry = (Community, [u8; 16]);

/// Keys in use. In memory only: what decides in the end is the row a commit writes.
#[derive(Default)]
pub(crate) struct Running(Mutex<HashSet<Entry>>);

/// A key that is in use until this is dropped.
pub(crate) struct InUse<'r> {
    running: &'r Running,
    entry: Entry,
}

impl Running {
    /// None while another call uses the key.
    pub(crate) fn enter(&self, community: Community, idempotency: &Idempotency) -> Option<InUse<'_>> {
        let entry = (community, idempotency.key);
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry);
        fresh.then(|| InUse { running: self, entry })
    }
}

impl Drop for InUse<'_> {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_use_until_its_call_ends() {
        let running = Running::default();
        let here = Community::from_code(330_105_001_001).unwrap();
        let there = Community::from_code(330_105_001_002).unwrap();
        let key = Idempotency { key: [1; 16], fingerprint: [0; 32] };
        let first = running.enter(here, &key);
        assert!(first.is_some());
        let other_request = Idempotency { fingerprint: [9; 32], ..key };
        assert!(running.enter(here, &other_request).is_none());
        assert!(running.enter(there, &key).is_some());
        drop(first);
        assert!(running.enter(here, &key).is_some());
    }
}
