//! Keys: where everything of a partition lies, in one ordered space.
//!
//! `kind (1) | space (4, big-endian) | rest`, so that all of one sort, and all of one collection, lie together.

use std::sync::Arc;

use linli_contract::{Community, Idempotency, Timestamp};

use crate::encoding;

/// An encoded key, cheap to share.
pub type Key = Arc<[u8]>;
/// A stored value, cheap to share.
pub type Value = Arc<[u8]>;

/// The unit of serialization, placement and export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// What belongs to no community: the directory, providers, plugins.
    Platform,
    /// One community.
    Community(Community),
}

impl Partition {
    /// The number a database keeps it under: 0 for the platform, else the 12-digit code.
    pub fn id(self) -> i64 {
        match self {
            Self::Platform => 0,
            // Twelve decimal digits fit in 40 bits.
            Self::Community(community) => community.code() as i64,
        }
    }

    /// The community, unless it is the platform's own.
    pub fn community(self) -> Option<Community> {
        match self {
            Self::Platform => None,
            Self::Community(community) => Some(community),
        }
    }

    /// The inverse of [`Partition::id`]; none for numbers that are no partition.
    pub fn from_id(id: i64) -> Option<Self> {
        if id == 0 {
            return Some(Self::Platform);
        }
        Community::from_code(u64::try_from(id).ok()?).ok().map(Self::Community)
    }
}

/// A name (of a component, a collection, an index) interned by the store: the same number for the same name, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space(pub u32);

/// The first byte of a key. Numbers are part of the format and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Sequence number, time and audit digest of the last commit; one row.
    Head = 0x01,
    /// A document.
    Record = 0x10,
    /// An entry of an index; its value is empty.
    Index = 0x11,
    /// An index that is being filled; in the platform's partition.
    Filling = 0x12,
    /// A stock counter.
    Stock = 0x20,
    /// A ledger account.
    Account = 0x30,
    /// An entry of a ledger account.
    Entry = 0x31,
    /// A hold.
    Hold = 0x33,
    /// An event or timer waiting for a subscriber.
    Queue = 0x40,
    /// A delivery that was given up.
    Dead = 0x42,
    /// An answer kept for an idempotency key.
    Idempotency = 0x50,
    /// An entry of the audit log, chained by digest.
    Audit = 0x60,
    /// Who looked at a person's data: the same facts as in the audit log, by person.
    Access = 0x61,
}

impl Kind {
    /// The half-open stretch of all keys of this kind.
    pub fn stretch(self) -> (Key, Key) {
        (Arc::from([self as u8].as_slice()), Arc::from([self as u8 + 1].as_slice()))
    }
}

fn build(kind: Kind, space: Option<Space>, parts: &[&[u8]]) -> Key {
    let mut key = Vec::with_capacity(5 + parts.iter().map(|p| p.len()).sum::<usize>());
    key.push(kind as u8);
    if let Some(space) = space {
        key.extend_from_slice(&space.0.to_be_bytes());
    }
    for part in parts {
        key.extend_from_slice(part);
    }
    key.into()
}

/// The row that holds a partition's [`Head`](crate::Head); its version is the number of the last commit.
pub fn head() -> Key {
    build(Kind::Head, None, &[])
}

pub(crate) fn record(collection: Space, id: &str) -> Key {
    build(Kind::Record, Some(collection), &[id.as_bytes()])
}

/// `values` as made by [`encoding::encode`].
pub(crate) fn index(index: Space, values: &[u8], id: &str) -> Key {
    build(Kind::Index, Some(index), &[values, id.as_bytes()])
}

/// The mark of an index that is being filled, by the name it is interned under.
pub(crate) fn filling(name: &str) -> Key {
    build(Kind::Filling, None, &[name.as_bytes()])
}

/// Where the keys of a space begin, after which ids or index values follow.
pub(crate) fn prefix(kind: Kind, space: Space, more: &[u8]) -> Vec<u8> {
    build(kind, Some(space), &[more]).to_vec()
}

pub(crate) fn stock(component: Space, name: &str) -> Key {
    build(Kind::Stock, Some(component), &[name.as_bytes()])
}

/// `book 00 00 owner`: book and owner are texts without control characters.
pub(crate) fn account(book: &str, owner: &str) -> Key {
    build(Kind::Account, None, &[&encoding::text(book), owner.as_bytes()])
}

/// Entries of one account by time, then by commit and place in it.
pub(crate) fn entries(book: &str, owner: &str) -> Vec<u8> {
    build(Kind::Entry, None, &[&encoding::text(book), &encoding::text(owner)]).to_vec()
}

pub(crate) fn entry(book: &str, owner: &str, at: Timestamp, seq: u64, place: u16) -> Key {
    let mut key = entries(book, owner);
    key.extend_from_slice(&at.micros().to_be_bytes());
    key.extend_from_slice(&seq.to_be_bytes());
    key.extend_from_slice(&place.to_be_bytes());
    key.into()
}

pub(crate) fn hold(id: &str) -> Key {
    build(Kind::Hold, None, &[id.as_bytes()])
}

/// Deliveries in the order they are due.
pub(crate) fn queue(due: Timestamp, id: &str, subscriber: Space) -> Key {
    build(Kind::Queue, None, &[&due.micros().to_be_bytes(), id.as_bytes(), &subscriber.0.to_be_bytes()])
}

/// The stretch of deliveries due at or before `until`.
pub(crate) fn queue_until(until: Timestamp) -> (Key, Key) {
    let end = build(Kind::Queue, None, &[&(until.micros().saturating_add(1)).to_be_bytes()]);
    (Kind::Queue.stretch().0, end)
}

/// When the delivery of a queue key is due; none for other keys.
pub fn queue_due(key: &[u8]) -> Option<Timestamp> {
    if key.first() != Some(&(Kind::Queue as u8)) {
        return None;
    }
    let micros = key.get(1..9)?.try_into().ok()?;
    Some(Timestamp::from_micros(i64::from_be_bytes(micros)))
}

pub(crate) fn dead(id: &str, subscriber: Space) -> Key {
    build(Kind::Dead, None, &[id.as_bytes(), &subscriber.0.to_be_bytes()])
}

pub(crate) fn idempotency(day: u16, idempotency: &Idempotency) -> Key {
    build(Kind::Idempotency, None, &[&day.to_be_bytes(), &idempotency.key])
}

/// The stretch of answers kept for the days before `day`.
pub(crate) fn idempotency_before(day: u16) -> (Key, Key) {
    (Kind::Idempotency.stretch().0, build(Kind::Idempotency, None, &[&day.to_be_bytes()]))
}

pub(crate) fn audit(seq: u64, place: u16) -> Key {
    build(Kind::Audit, None, &[&seq.to_be_bytes(), &place.to_be_bytes()])
}

/// Accesses to one person's data, oldest first.
pub(crate) fn accesses(person: &str) -> Vec<u8> {
    build(Kind::Access, None, &[&encoding::text(person)]).to_vec()
}

pub(crate) fn access(person: &str, seq: u64, place: u16) -> Key {
    let mut key = accesses(person);
    key.extend_from_slice(&seq.to_be_bytes());
    key.extend_from_slice(&place.to_be_bytes());
    key.into()
}

/// The first key after all keys that start with `prefix`.
pub(crate) fn after(prefix: &[u8]) -> Key {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 0xFF {
            end.push(last + 1);
            break;
        }
    }
    end.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_numbers_and_back() {
        let community = Partition::Community("330105001001".parse().unwrap());
        assert_eq!(community.id(), 330_105_001_001);
        for partition in [Partition::Platform, community] {
            assert_eq!(Partition::from_id(partition.id()), Some(partition));
        }
        assert_eq!(Partition::from_id(-1), None);
        assert_eq!(Partition::from_id(7), None);
    }

    #[test]
    fn queue_keys_sort_by_due_time() {
        let at = |m| queue(Timestamp::from_micros(m), "x", Space(1));
        assert!(at(1) < at(255) && at(255) < at(256) && at(256) < at(i64::MAX / 4));
        assert_eq!(queue_due(&at(256)), Some(Timestamp::from_micros(256)));
        let (start, end) = queue_until(Timestamp::from_micros(256));
        assert!(start <= at(256) && at(256) < end && end <= at(257));
    }

    #[test]
    fn after_is_the_end_of_a_prefix() {
        assert_eq!(&*after(&[1, 2]), &[1, 3]);
        assert_eq!(&*after(&[1, 0xFF, 0xFF]), &[2]);
    }
}
