//! What recent commits wrote: validates most reads, and answers most reads of hot rows, without the database.

use std::collections::BTreeMap;
use std::ops::Bound;

use linli_store::{Key, Value};

use crate::options::{MAX_RECENT_KEYS, MAX_RECENT_VALUE_BYTES};

/// The newest write of a key.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) version: u64,
    pub(crate) content: Content,
}

/// What a key has now.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Nothing.
    Deleted,
    /// This value.
    Small(Value),
    /// A value too large to be kept here.
    Large,
}

/// Whether something was written since a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Yes,
    No,
    /// Only a comparison with the rows themselves can tell.
    Unknown,
}

/// Keys of all commits after the horizon, in two generations: when the younger is full it becomes the older, and the
/// older is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    young: BTreeMap<Key, Write>,
    old: BTreeMap<Key, Write>,
    /// Every commit after it is in `young`.
    young_after: u64,
    /// Every commit after it is in `young` or `old`.
    horizon: u64,
}

impl Recent {
    /// Nothing was written after the commit `seq`, the newest there is.
    pub(crate) fn after(seq: u64) -> Self {
        Self { young_after: seq, horizon: seq, ..Self::default() }
    }

    /// Adds the commit `seq`, which must be the next one.
    pub(crate) fn add<'a>(&mut self, seq: u64, rows: impl Iterator<Item = (&'a Key, &'a Option<Value>)>) {
        if self.young.len() >= MAX_RECENT_KEYS {
            self.old = std::mem::take(&mut self.young);
            self.horizon = self.young_after;
            self.young_after = seq - 1;
        }
        for (key, value) in rows {
            let content = match value {
                None => Content::Deleted,
                Some(value) if value.len() <= MAX_RECENT_VALUE_BYTES => Content::Small(value.clone()),
                Some(_) => Content::Large,
            };
            self.young.insert(key.clone(), Write { version: seq, content });
        }
    }

    /// The newest write of a key, if it was recent.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Write> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Whether a key was written after the commit `base`.
    pub(crate) fn key_changed(&self, key: &[u8], base: u64) -> Changed {
        if base < self.horizon {
            return Changed::Unknown;
        }
        match self.get(key) {
            Some(write) if write.version > base => write.change(),
            _ => Changed::No,
        }
    }

    /// Whether any key in `start..end` was written after the commit `base`.
    pub(crate) fn range_changed(&self, start: &[u8], end: &[u8], base: u64) -> Changed {
        if base < self.horizon {
            return Changed::Unknown;
        }
        if start >= end {
            return Changed::No;
        }
        let stretch = (Bound::Included(start), Bound::Excluded(end));
        let older = self.old.range::<[u8], _>(stretch).filter(|(key, _)| !self.young.contains_key(*key));
        let writes = self.young.range::<[u8], _>(stretch).chain(older);
        let mut changed = Changed::No;
        for (_, write) in writes.filter(|(_, write)| write.version > base) {
            changed = write.change();
            if changed == Changed::Yes {
                break;
            }
        }
        changed
    }
}

impl Write {
    /// What a write after a snapshot means for who read the key in it. A value there now is newer than anything the
    /// snapshot had. What is gone now may have come and gone since: then nothing has changed.
    fn change(&self) -> Changed {
        if matches!(self.content, Content::Deleted) { Changed::Unknown } else { Changed::Yes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Key {
        n.to_be_bytes().as_slice().into()
    }

    fn add(recent: &mut Recent, seq: u64, n: u64, value: Option<&[u8]>) {
        recent.add(seq, [(&key(n), &value.map(Value::from))].into_iter());
    }

    #[test]
    fn what_was_written_since_is_known_as_changed() {
        let mut recent = Recent::after(4);
        add(&mut recent, 5, 1, Some(b"a"));
        add(&mut recent, 6, 2, None);
        assert_eq!(recent.key_changed(&key(1), 4), Changed::Yes);
        assert_eq!(recent.key_changed(&key(1), 5), Changed::No);
        assert_eq!(recent.key_changed(&key(2), 5), Changed::Unknown, "it may have come and gone");
        assert_eq!(recent.key_changed(&key(3), 3), Changed::Unknown, "before the horizon");
        assert_eq!(recent.range_changed(&key(0), &key(9), 4), Changed::Yes);
        assert_eq!(recent.range_changed(&key(0), &key(9), 5), Changed::Unknown);
        assert_eq!(recent.range_changed(&key(0), &key(9), 6), Changed::No);
        assert_eq!(recent.range_changed(&key(3), &key(9), 4), Changed::No);
        assert_eq!(recent.range_changed(&key(9), &key(0), 4), Changed::No);
    }

    #[test]
    fn what_is_forgotten_moves_the_horizon_and_nothing_else() {
        let mut recent = Recent::after(0);
        let last = 5 * MAX_RECENT_KEYS as u64;
        for seq in 1..=last {
            add(&mut recent, seq, seq, Some(b"a"));
            assert!(recent.young.len() + recent.old.len() <= 2 * MAX_RECENT_KEYS);
        }
        assert!(recent.horizon > 0);
        for seq in recent.horizon + 1..=last {
            assert_eq!(recent.get(&key(seq)).map(|write| write.version), Some(seq));
            assert_eq!(recent.key_changed(&key(seq), seq - 1), Changed::Yes);
        }
        assert_eq!(recent.key_changed(&key(1), recent.horizon), Changed::No);
        assert_eq!(recent.key_changed(&key(1), recent.horizon - 1), Changed::Unknown);
    }

    #[test]
    fn a_key_in_both_generations_has_its_newest_write() {
        let mut recent = Recent::after(0);
        add(&mut recent, 1, 1, Some(b"a"));
        for seq in 2..=MAX_RECENT_KEYS as u64 {
            add(&mut recent, seq, seq, Some(b"a"));
        }
        let next = MAX_RECENT_KEYS as u64 + 1;
        add(&mut recent, next, 1, None);
        assert!(recent.old.contains_key(&key(1)) && recent.young.contains_key(&key(1)));
        assert!(matches!(recent.get(&key(1)), Some(Write { content: Content::Deleted, .. })));
        assert_eq!(recent.range_changed(&key(1), &key(2), 0), Changed::Unknown);
    }
}
