//! A partition in memory: its last commit, what is pending, what was written lately.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use linli_contract::Timestamp;
use linli_store::{
    Current, Decided, Head, Key, RangeRead, Read, ReadSet, StoreError, Unchanged, Versioned, Visit,
};

use crate::readers::{Lease, Readers};
use crate::recent::{Changed, Content, Recent};
use crate::view::{PendingRow, PendingRows, Rows, overlaid};

/// The state of one partition. Whoever decides or pins holds its lock.
pub(crate) struct Partition {
    pub(crate) id: i64,
    used: AtomicU64,
    last: Last,
    state: Mutex<State>,
}

/// The last accepted commit, for whoever only asks whether there was another one: no lock, so that a query never waits
/// for a commit that is being decided.
struct Last {
    seq: AtomicU64,
    at: AtomicI64,
}

impl Last {
    /// Stands for the number while it is not known.
    const UNKNOWN: u64 = u64::MAX;

    fn new() -> Self {
        Self { seq: AtomicU64::new(Self::UNKNOWN), at: AtomicI64::new(0) }
    }

    /// The time first: whoever reads this number reads that time, or a later one.
    fn publish(&self, head: Option<Head>) {
        if let Some(head) = head {
            self.at.store(head.at.micros(), Ordering::Relaxed);
        }
        self.seq.store(head.map_or(Self::UNKNOWN, |head| head.seq), Ordering::Release);
    }
}

/// The state, locked; what it says of the last commit is published when it is let go.
pub(crate) struct Locked<'p> {
    last: &'p Last,
    state: MutexGuard<'p, State>,
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.last.publish(self.state.head);
    }
}

/// What is known of a partition beyond the database.
#[derive(Default)]
pub(crate) struct State {
    /// The last accepted commit; read from the database when not known.
    head: Option<Head>,
    /// Numbers below it were given to commits that were lost, and are not given again. See [`State::lose`].
    floor: u64,
    pending: Arc<PendingRows>,
    recent: Recent,
}

impl Partition {
    pub(crate) fn lock(&self) -> Locked<'_> {
        // Changes under this lock are map operations, which do not fail half-way, so a poisoned one is as good.
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Locked { last: &self.last, state }
    }

    /// The last accepted commit, if it is `seq`.
    pub(crate) fn last_if(&self, seq: u64) -> Option<Unchanged> {
        let last = self.last.seq.load(Ordering::Acquire);
        let at = || Timestamp::from_micros(self.last.at.load(Ordering::Relaxed));
        (last == seq && last != Last::UNKNOWN).then(|| Unchanged { until: last, at: at() })
    }
}

impl State {
    /// The last accepted commit.
    pub(crate) fn head(&mut self, below: &dyn Read) -> Result<Head, StoreError> {
        if let Some(head) = self.head {
            return Ok(head);
        }
        let durable = below.head()?;
        let head = Head { seq: durable.seq.max(self.floor), ..durable };
        self.head = Some(head);
        self.recent = Recent::after(head.seq);
        Ok(head)
    }

    pub(crate) fn pending(&self) -> Arc<PendingRows> {
        self.pending.clone()
    }

    /// Whether no commit after `base` wrote what was read: by what is remembered alone, so no when that does not reach
    /// back. A row that is gone counts as written: it may have come and gone, and its coming may be all that is durable.
    pub(crate) fn stands(&self, base: u64, reads: &ReadSet) -> bool {
        let recent = &self.recent;
        reads.keys.iter().all(|(key, _)| recent.key_changed(key, base) == Changed::No)
            && reads.ranges.iter().all(|r| recent.range_changed(&r.start, &r.end, base) == Changed::No)
    }

    /// Takes in a commit decided on this state.
    pub(crate) fn accept(&mut self, decided: &Decided) {
        let version = decided.head.seq;
        self.recent.add(version, decided.rows.iter());
        // A snapshot that still looks at the map keeps the one it has.
        let pending = Arc::make_mut(&mut self.pending);
        for (key, value) in &decided.rows {
            pending.insert(key.clone(), PendingRow { version, value: value.clone() });
        }
        self.head = Some(decided.head);
    }

    /// Commits up to `seq` are in the database now, for every reader that begins from here on.
    pub(crate) fn settle(&mut self, seq: u64) {
        if seq >= self.floor {
            self.floor = 0;
        }
        match Arc::get_mut(&mut self.pending) {
            Some(pending) => pending.retain(|_, row| row.version > seq),
            None => {
                let newer = self.pending.iter().filter(|(_, row)| row.version > seq);
                self.pending = Arc::new(newer.map(|(key, row)| (key.clone(), row.clone())).collect());
            }
        }
    }

    /// Everything pending is lost, and everything else is read again.
    ///
    /// Calls may still run that saw the lost commits through a pending snapshot. If their numbers were given again,
    /// such a call could stand on "the last commit" and be accepted without a look at what it read. So the state goes
    /// on above them: the call's base is then not the last commit, nor after the horizon, and what it read is compared
    /// row by row with what is there, in which no row has a lost number.
    pub(crate) fn lose(&mut self) {
        if let Some(head) = self.head.filter(|_| !self.pending.is_empty()) {
            self.floor = head.seq + 1;
        }
        *self = Self { floor: self.floor, ..Self::default() };
    }

    /// Whether the database knows all of it.
    fn is_forgettable(&self) -> bool {
        self.pending.is_empty() && self.floor == 0
    }
}

/// A connection taken when first needed, since most commits need none.
pub(crate) struct Below<'a> {
    readers: &'a Arc<Readers>,
    partition: i64,
    lease: OnceCell<Lease>,
}

impl<'a> Below<'a> {
    pub(crate) fn new(readers: &'a Arc<Readers>, partition: i64) -> Self {
        Self { readers, partition, lease: OnceCell::new() }
    }

    fn read<T>(&self, read: impl FnOnce(Rows<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let lease = match self.lease.get() {
            Some(lease) => lease,
            None => {
                let lease = self.readers.wait()?;
                self.lease.get_or_init(|| lease)
            }
        };
        lease.read(|connection| read(Rows { connection, partition: self.partition }))
    }
}

impl Read for Below<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.read(|rows| rows.get(key))
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.read(|rows| rows.range(start, end, descending, visit))
    }
}

/// The newest state: the database, what is pending over it, and what is remembered of both.
///
/// It is one consistent state for as long as the partition's lock is held. Rows leave `pending` only under that lock,
/// and only after the transaction that wrote them is visible; and the transaction of `below` begins, at the first
/// read, under the same lock. So what is not pending then is in the database for this reader, if it exists at all; and
/// what is both pending and in the database counts as pending, which is never older.
pub(crate) struct Newest<'a> {
    pub(crate) state: &'a State,
    pub(crate) head: Head,
    pub(crate) below: &'a Below<'a>,
}

impl Read for Newest<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        if let Some(write) = self.state.recent.get(key) {
            match &write.content {
                Content::Deleted => return Ok(None),
                Content::Small(value) => {
                    return Ok(Some(Versioned { version: write.version, value: value.clone() }));
                }
                Content::Large => {}
            }
        }
        match self.state.pending.get(key) {
            Some(PendingRow { version, value }) => {
                Ok(value.clone().map(|value| Versioned { version: *version, value }))
            }
            None => self.below.get(key),
        }
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        overlaid(&self.state.pending, self.below, (start, end), descending, visit)
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl Current for Newest<'_> {
    fn key_changed(&self, key: &Key, version: u64, base: u64) -> Result<bool, StoreError> {
        match self.state.recent.key_changed(key, base) {
            Changed::Yes => Ok(true),
            Changed::No => Ok(false),
            Changed::Unknown => Ok(self.get(key)?.map_or(0, |row| row.version) != version),
        }
    }

    fn range_changed(&self, range: &RangeRead, base: u64) -> Result<bool, StoreError> {
        match self.state.recent.range_changed(&range.start, &range.end, base) {
            Changed::Yes => Ok(true),
            Changed::No => Ok(false),
            Changed::Unknown => range_differs(self, range),
        }
    }
}

/// The rule that needs no memory: count and highest version.
fn range_differs(read: &dyn Read, range: &RangeRead) -> Result<bool, StoreError> {
    let (mut count, mut highest) = (0, 0);
    read.range(&range.start, &range.end, false, &mut |_, version, _| {
        count += 1;
        highest = highest.max(version);
        std::ops::ControlFlow::Continue(())
    })?;
    Ok((count, highest) != (range.count, range.highest))
}

/// The partitions that are in memory.
pub(crate) struct Partitions {
    limit: usize,
    clock: AtomicU64,
    all: RwLock<HashMap<i64, Arc<Partition>>>,
}

impl Partitions {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, clock: AtomicU64::new(0), all: RwLock::default() }
    }

    /// The one state of a partition. Whoever holds it keeps it from being forgotten, so that there are never two.
    pub(crate) fn get(&self, id: i64) -> Arc<Partition> {
        let now = self.clock.fetch_add(1, Ordering::Relaxed);
        let known = |all: &HashMap<i64, Arc<Partition>>| {
            let partition = all.get(&id)?;
            partition.used.store(now, Ordering::Relaxed);
            Some(partition.clone())
        };
        if let Some(partition) = known(&self.all()) {
            return partition;
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(partition) = known(&all) {
            return partition;
        }
        if all.len() >= self.limit {
            forget_idle(&mut all);
        }
        let used = AtomicU64::new(now);
        let partition = Arc::new(Partition { id, used, last: Last::new(), state: Mutex::default() });
        all.insert(id, partition.clone());
        partition
    }

    /// Every state is lost; see [`State::lose`]. No commit may be on its way meanwhile.
    pub(crate) fn lose(&self) {
        for partition in self.all().values() {
            partition.lock().lose();
        }
    }

    pub(crate) fn resident(&self) -> usize {
        self.all().len()
    }

    fn all(&self) -> RwLockReadGuard<'_, HashMap<i64, Arc<Partition>>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the longer unused half of the partitions that nobody holds and that have nothing of their own: sorting
/// them all is paid once per so many new ones.
fn forget_idle(all: &mut HashMap<i64, Arc<Partition>>) {
    let idle =
        |partition: &Arc<Partition>| Arc::strong_count(partition) == 1 && partition.lock().is_forgettable();
    let mut unused: Vec<(u64, i64)> = all
        .values()
        .filter(|partition| idle(partition))
        .map(|partition| (partition.used.load(Ordering::Relaxed), partition.id))
        .collect();
    unused.sort_unstable();
    for (_, id) in unused.iter().take(unused.len().div_ceil(2)) {
        all.remove(id);
    }
}
