//! Answers of queries that are given again, without running the guest, for as long as they stand.
//!
//! What a query answers depends on the component, the operation, the community, the input, what it looked at of the
//! call (who calls, how `now` compares with some moments, the registry of providers), and what it read in the store. All
//! of that is remembered with the answer; where all of it is the same, a fresh run would answer the same, so there is
//! no need for one. Whether the store has it as it was, the store knows ([`Store::unchanged`]).
//!
//! Never kept: what looked at something no other call shares, such as `now` itself, randomness, people (each look at
//! them is logged) or the log; see [`Looked`]. Not to be mixed up with the answers that commands leave under their
//! idempotency keys: those are rows of the store.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use linli_calls::Looked;
use linli_contract::{Answer, Caller, Community, Timestamp};
use linli_store::{Partition, ReadSet, Store};

use crate::limits::HostLimits;

/// Parts of the memory, each behind its own lock, which is held for a look or an insertion: more than there are cores.
const SHARDS: usize = 16;
/// Bytes a key or range of the read set takes besides those of its keys: the pair and the shared slice's own numbers.
const READ_OVERHEAD: usize = 64;

/// A query as it was asked; who asks is apart, since most answers do not depend on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a str,
    pub(crate) community: Community,
    pub(crate) input: &'a str,
}

/// What must be as it was for a kept answer to stand, at the moment of another call.
pub(crate) struct Present<'a> {
    pub(crate) store: &'a dyn Store,
    /// When that call arrived.
    pub(crate) now: Timestamp,
    /// Number of the registry's last change.
    pub(crate) registry: u64,
}

/// What an answer was made of.
pub(crate) struct Grounds {
    pub(crate) looked: Looked,
    pub(crate) registry: u64,
    /// The commit whose snapshot was read.
    pub(crate) base: u64,
    pub(crate) reads: ReadSet,
}

struct Kept {
    operation: Box<str>,
    community: Community,
    input: Box<str>,
    /// None when the guest did not look.
    caller: Option<Caller>,
    answer: Answer,
    grounds: Grounds,
    /// The last commit up to which the reads are known to stand.
    until: AtomicU64,
    /// Given since the last sweep.
    used: AtomicBool,
    bytes: usize,
}

#[derive(Default)]
struct Shard {
    /// By a hash of the question; what has the same hash takes the other's place.
    answers: HashMap<u64, Arc<Kept>>,
    bytes: usize,
}

/// The kept answers of one component; gone with it.
pub(crate) struct KeptAnswers {
    shards: Box<[RwLock<Shard>]>,
    hasher: RandomState,
    shard_answers: usize,
    shard_bytes: usize,
    max_reads: usize,
}

impl KeptAnswers {
    pub(crate) fn new(limits: &HostLimits) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            hasher: RandomState::new(),
            shard_answers: limits.kept_answers.div_ceil(SHARDS),
            shard_bytes: limits.kept_answer_bytes / SHARDS,
            max_reads: limits.kept_answer_reads,
        }
    }

    /// An answer that a fresh run on the present durable state would give again. `caller` is asked for only when no
    /// answer for everybody stands.
    pub(crate) fn find<'c>(
        &self,
        asked: Asked<'_>,
        present: &Present<'_>,
        caller: impl FnOnce() -> &'c Caller,
    ) -> Option<Answer> {
        if self.shard_answers == 0 {
            return None;
        }
        self.find_for(asked, present, None).or_else(|| self.find_for(asked, present, Some(caller())))
    }

    fn find_for(&self, asked: Asked<'_>, present: &Present<'_>, caller: Option<&Caller>) -> Option<Answer> {
        let hash = self.hash(asked, caller);
        let kept = {
            let shard = self.shard(hash).read().unwrap_or_else(PoisonError::into_inner);
            shard.answers.get(&hash)?.clone()
        };
        if !kept.answers(asked, caller) || !kept.stands(present) {
            return None;
        }
        if !kept.used.load(Ordering::Relaxed) {
            kept.used.store(true, Ordering::Relaxed);
        }
        Some(kept.answer.clone())
    }

    /// Keeps an answer, unless something forbids it.
    pub(crate) fn keep(&self, asked: Asked<'_>, caller: &Caller, grounds: Grounds, answer: &Answer) {
        let reads = grounds.reads.keys.len() + grounds.reads.ranges.len();
        if grounds.looked.own || reads > self.max_reads || self.shard_answers == 0 {
            return;
        }
        let caller = grounds.looked.caller.then_some(caller);
        let bytes = size_of::<Kept>()
            + asked.operation.len()
            + asked.input.len()
            + answer_bytes(answer)
            + read_bytes(&grounds.reads);
        if bytes > self.shard_bytes {
            return;
        }
        let hash = self.hash(asked, caller);
        let kept = Kept {
            operation: asked.operation.into(),
            community: asked.community,
            input: asked.input.into(),
            caller: caller.cloned(),
            answer: answer.clone(),
            until: AtomicU64::new(grounds.base),
            grounds,
            used: AtomicBool::new(false),
            bytes,
        };
        let mut shard = self.shard(hash).write().unwrap_or_else(PoisonError::into_inner);
        shard.make_room(bytes, self.shard_answers, self.shard_bytes);
        shard.insert(hash, Arc::new(kept));
    }

    fn hash(&self, asked: Asked<'_>, caller: Option<&Caller>) -> u64 {
        // Callers who are the same people in other roles take each other's place: rare, and no harm.
        let people = caller.map(|caller| (&caller.subject, &caller.acted_by));
        self.hasher.hash_one((asked.operation, asked.community.code(), asked.input, people))
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard> {
        // The low bits choose the bucket in the map.
        &self.shards[(hash >> 32) as usize % SHARDS]
    }
}

impl Kept {
    fn answers(&self, asked: Asked<'_>, caller: Option<&Caller>) -> bool {
        *self.operation == *asked.operation
            && self.community == asked.community
            && *self.input == *asked.input
            && self.caller.as_ref() == caller
    }

    fn stands(&self, present: &Present<'_>) -> bool {
        let Grounds { looked, registry, reads, .. } = &self.grounds;
        if (looked.registry && *registry != present.registry) || !looked.holds(present.now, present.now) {
            return false;
        }
        let until = self.until.load(Ordering::Relaxed);
        let partition = Partition::Community(self.community);
        let Some(unchanged) = present.store.unchanged(partition, until, reads) else { return false };
        // Through commits that are remembered no longer, only what was seen to stand since can be told to stand.
        self.until.fetch_max(unchanged.until, Ordering::Relaxed);
        // A run's `now` is never before the partition's last durable commit: somewhere between these two.
        looked.holds(present.now, present.now.max(unchanged.at))
    }
}

impl Shard {
    /// Forgets what was not given since the last time, and everything when that is not enough.
    fn make_room(&mut self, bytes: usize, max_answers: usize, max_bytes: usize) {
        let fits = |shard: &Self| shard.answers.len() < max_answers && shard.bytes + bytes <= max_bytes;
        if fits(self) {
            return;
        }
        self.answers.retain(|_, kept| kept.used.swap(false, Ordering::Relaxed));
        self.bytes = self.answers.values().map(|kept| kept.bytes).sum();
        if !fits(self) {
            *self = Self::default();
        }
    }

    fn insert(&mut self, hash: u64, kept: Arc<Kept>) {
        self.bytes += kept.bytes;
        if let Some(replaced) = self.answers.insert(hash, kept) {
            self.bytes -= replaced.bytes;
        }
    }
}

fn answer_bytes(answer: &Answer) -> usize {
    match answer {
        Answer::Reply(reply) => reply.content.len() + reply.next.as_ref().map_or(0, String::len),
        Answer::Problem(problem) => {
            let optional = problem.pointer.as_ref().map_or(0, |pointer| pointer.len())
                + problem.data.as_ref().map_or(0, |data| data.len());
            problem.code.len() + problem.detail.zh.len() + problem.detail.en.len() + optional
        }
    }
}

fn read_bytes(reads: &ReadSet) -> usize {
    let keys: usize = reads.keys.iter().map(|(key, _)| READ_OVERHEAD + key.len()).sum();
    let ranges = reads.ranges.iter().map(|range| 2 * READ_OVERHEAD + range.start.len() + range.end.len());
    keys + ranges.sum::<usize>()
}
