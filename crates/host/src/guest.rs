//! What stands behind an instance: its growth, its meter, the people it has open, and the run it is in.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use linli_contract::limits::{MAX_HOST_CALL_BYTES, MAX_LOG_LINES, MAX_RECORDS_WRITTEN};
use linli_contract::{Caller, Community, Idempotency, OperationKind, Timestamp};
use linli_store::audit::Access;
use linli_store::{Fault, Transaction};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use wasmtime::ResourceLimiter;

use crate::cache::hex;
use crate::consents::Ask;
use crate::directory::Person;
use crate::kept::Looked;
use crate::meter::Meter;
use crate::providers::Registry;
use crate::service::Service;
use crate::shared::Shared;

/// The data of a wasmtime store.
pub(crate) struct Guest {
    pub(crate) growth: Growth,
    pub(crate) meter: Arc<Meter>,
    /// People the guest holds a handle to, by the handle's number. Numbers are never used twice.
    pub(crate) people: HashMap<u32, Arc<Person>>,
    pub(crate) next_handle: u32,
    /// None outside a call: `describe`, and the start of an instance, may use no import of the platform.
    run: Option<Box<Run>>,
}

/// What a component did that its contract forbids; ends the call with a trap.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("misuse: {0}")]
pub(crate) struct Misuse(pub(crate) &'static str);

impl Guest {
    pub(crate) fn new(growth: Growth, meter: Arc<Meter>) -> Self {
        Self { growth, meter, people: HashMap::new(), next_handle: 1, run: None }
    }

    pub(crate) fn enter(&mut self, run: Box<Run>) {
        self.run = Some(run);
    }

    /// Ends the call: what it did, and nothing of it is left.
    pub(crate) fn leave(&mut self) -> Option<Box<Run>> {
        self.run.take()
    }

    /// The run the guest is in.
    ///
    /// # Errors
    /// Outside a call.
    pub(crate) fn run(&mut self) -> Result<&mut Run, Misuse> {
        self.run.as_deref_mut().ok_or(Misuse("an import of the platform outside a call"))
    }
}

/// What stays the same in all runs of one call.
pub(crate) struct Scope {
    pub(crate) shared: Arc<Shared>,
    pub(crate) service: Arc<Service>,
    pub(crate) community: Community,
    /// As the component sees it.
    pub(crate) caller: Caller,
    /// Whom the call is about.
    pub(crate) subject: Option<Arc<Person>>,
    /// The relative who acts for the subject.
    pub(crate) acted_by: Option<Arc<Person>>,
    pub(crate) kind: OperationKind,
    /// Name of the operation, or `react:` and the event's.
    pub(crate) operation: String,
    /// The providers as they were when the request arrived.
    pub(crate) registry: Arc<Registry>,
    /// The caller's key.
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) request_id: String,
    /// When the request arrived.
    pub(crate) now: Timestamp,
    /// Drawn when first asked for, then the same in every run.
    pub(crate) seed: OnceLock<[u8; 32]>,
}

impl Scope {
    fn seed(&self) -> Result<[u8; 32], getrandom::Error> {
        if let Some(seed) = self.seed.get() {
            return Ok(*seed);
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(*self.seed.get_or_init(|| seed))
    }
}

/// One run of a call: a command that conflicts has several.
pub(crate) struct Run {
    pub(crate) scope: Arc<Scope>,
    pub(crate) transaction: Transaction,
    /// Whose data was looked at.
    pub(crate) accesses: Vec<Access>,
    /// What of the call was looked at, for the answer to be given again.
    pub(crate) looked: Looked,
    ids: Option<ChaCha20Rng>,
    random: Option<ChaCha20Rng>,
    /// What was denied for want of the subject's own consent.
    pub(crate) unconsented: Vec<Ask>,
    /// Fen taken from people so far.
    pub(crate) charged: i64,
    /// Requests sent to the outside.
    pub(crate) sends: u32,
    crossed: usize,
    lines: u32,
}

/// Streams of the seed: ids do not depend on how much randomness a component draws in between.
const ID_STREAM: u64 = 1;
const RANDOM_STREAM: u64 = 2;
/// Crockford's base32 in lower case: sorts like the bits it stands for.
const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Run {
    pub(crate) fn new(scope: Arc<Scope>, transaction: Transaction) -> Box<Self> {
        let accesses = Vec::new();
        let (ids, random) = (None, None);
        let (looked, unconsented) = (Looked::new(), Vec::new());
        let (charged, sends, crossed, lines) = (0, 0, 0, 0);
        Box::new(Self {
            scope,
            transaction,
            accesses,
            looked,
            ids,
            random,
            unconsented,
            charged,
            sends,
            crossed,
            lines,
        })
    }

    /// `now`, shown to the guest as it is: no other call has the same.
    pub(crate) fn now(&mut self) -> Timestamp {
        self.looked.own = true;
        self.transaction.now()
    }

    /// Whether `now` is at or after a moment; that is all the guest gets to know of it.
    pub(crate) fn has_passed(&mut self, moment: Timestamp) -> bool {
        let passed = self.transaction.now() >= moment;
        self.looked.compared(moment, passed);
        passed
    }

    /// The last whole multiple of so many seconds that has passed.
    pub(crate) fn now_rounded(&mut self, seconds: i64) -> Timestamp {
        let grain = seconds.saturating_mul(1_000_000);
        let micros = self.transaction.now().micros();
        let rounded = Timestamp::from_micros(micros - micros.rem_euclid(grain));
        self.looked.compared(rounded, true);
        self.looked.compared(rounded.plus_micros(grain), false);
        rounded
    }

    /// Counts bytes that cross between guest and host, either way.
    ///
    /// # Errors
    /// Over the limit of one call.
    pub(crate) fn cross(&mut self, bytes: usize) -> Result<(), Fault> {
        self.crossed = self.crossed.saturating_add(bytes);
        if self.crossed > MAX_HOST_CALL_BYTES { Err(Fault::Limit("MAX_HOST_CALL_BYTES")) } else { Ok(()) }
    }

    /// 26 characters: ten of `now` in milliseconds, sixteen of the seed.
    pub(crate) fn new_id(&mut self) -> wasmtime::Result<String> {
        self.looked.own = true;
        if self.ids.is_none() {
            self.ids = Some(stream(&self.scope, ID_STREAM)?);
        }
        let mut random = [0; 10];
        if let Some(ids) = &mut self.ids {
            ids.fill_bytes(&mut random);
        }
        Ok(id(self.transaction.now(), random))
    }

    pub(crate) fn random(&mut self, length: usize) -> wasmtime::Result<Vec<u8>> {
        self.looked.own = true;
        if self.random.is_none() {
            self.random = Some(stream(&self.scope, RANDOM_STREAM)?);
        }
        let mut bytes = vec![0; length];
        if let Some(random) = &mut self.random {
            random.fill_bytes(&mut bytes);
        }
        Ok(bytes)
    }

    /// What the n-th request to the outside carries as its `Idempotency-Key`: the same when the caller sends the task
    /// again under the same key, whatever became of it the first time.
    pub(crate) fn outbound_key(&self) -> wasmtime::Result<String> {
        let scope = &self.scope;
        let mut digest = Sha256::new();
        match &scope.idempotency {
            Some(idempotency) => digest.update(idempotency.key),
            None => digest.update(scope.seed()?),
        }
        digest.update(scope.community.code().to_be_bytes());
        digest.update(scope.service.descriptor().name.as_str());
        digest.update(self.sends.to_be_bytes());
        Ok(hex(&digest.finalize()[..16]))
    }

    /// Whether one more line may be logged.
    pub(crate) fn may_log(&mut self) -> bool {
        // A line tells of its own call.
        self.looked.own = true;
        self.lines = self.lines.saturating_add(1);
        self.lines <= MAX_LOG_LINES
    }

    /// Lines that were dropped.
    pub(crate) fn lines_dropped(&self) -> u32 {
        self.lines.saturating_sub(MAX_LOG_LINES)
    }

    /// Remembers what the subject would have to agree to: attributes for one purpose are asked for together.
    pub(crate) fn ask_for(&mut self, ask: Ask) {
        match self.unconsented.iter_mut().find(|known| known.purpose == ask.purpose) {
            Some(known) => {
                let new = ask.attributes.into_iter().filter(|a| !known.attributes.contains(a));
                known.attributes.extend(new.collect::<Vec<_>>());
            }
            None => self.unconsented.push(ask),
        }
    }

    /// Remembers a look at a person's data for the access log.
    ///
    /// # Errors
    /// More looks than rows a call may write.
    pub(crate) fn looked(&mut self, access: Access) -> Result<(), Fault> {
        if self.accesses.contains(&access) {
            return Ok(());
        }
        if self.accesses.len() >= MAX_RECORDS_WRITTEN as usize {
            return Err(Fault::Limit("MAX_RECORDS_WRITTEN"));
        }
        self.accesses.push(access);
        Ok(())
    }
}

fn stream(scope: &Scope, number: u64) -> wasmtime::Result<ChaCha20Rng> {
    let mut stream = ChaCha20Rng::from_seed(scope.seed()?);
    stream.set_stream(number);
    Ok(stream)
}

fn id(now: Timestamp, random: [u8; 10]) -> String {
    let millis = u128::try_from(now.micros() / 1_000).unwrap_or(0);
    let mut bits = millis;
    for byte in random {
        bits = bits << 8 | u128::from(byte);
    }
    // 50 bits of time are there until the year 37,000, so 130 bits would be needed; the two highest are zero till then.
    (0..26).rev().map(|place| CROCKFORD[(bits >> (5 * place)) as usize & 31] as char).collect()
}

/// When an id was made, to the millisecond: the inverse of [`id`]. None for what is no id of a call's.
pub(crate) fn made_at(id: &str) -> Option<Timestamp> {
    let millis = id.get(..10)?.bytes().try_fold(0_i64, |millis, byte| {
        let digit = CROCKFORD.iter().position(|known| *known == byte)?;
        Some(millis << 5 | i64::try_from(digit).ok()?)
    })?;
    Some(Timestamp::from_micros(millis.checked_mul(1_000)?))
}

/// Counts what an instance has grown to, all its memories and tables together.
pub(crate) struct Growth {
    pub(crate) memory: usize,
    memory_limit: usize,
    elements: usize,
    elements_limit: usize,
}

/// The instance wants more memory than it may have.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the instance wants more memory than it may have")]
pub(crate) struct OverMemory;

impl Growth {
    pub(crate) fn new(memory_limit: usize, elements_limit: usize) -> Self {
        Self { memory: 0, memory_limit, elements: 0, elements_limit }
    }
}

impl ResourceLimiter for Growth {
    /// Ends the call instead of answering -1: guests abort on that anyway, and so the log says why.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        if self.memory > self.memory_limit { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.elements = self.elements.saturating_add(desired.saturating_sub(current));
        if self.elements > self.elements_limit { Err(OverMemory.into()) } else { Ok(true) }
    }

    fn instances(&self) -> usize {
        crate::limits::MAX_CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        crate::limits::MAX_TABLES as usize
    }

    fn memories(&self) -> usize {
        crate::limits::MAX_MEMORIES as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let at = |micros| Timestamp::from_micros(micros);
        let early = id(at(1_777_599_000_000_000), [0xFF; 10]);
        let late = id(at(1_777_599_000_001_000), [0; 10]);
        assert_eq!(early.len(), 26);
        assert!(early < late);
        assert_eq!(early[..10], id(at(1_777_599_000_000_999), [3; 10])[..10]);
        assert_eq!(made_at(&late), Some(at(1_777_599_000_001_000)));
        assert!(made_at("").is_none() && made_at("UPPERCASE!").is_none());
    }

    #[test]
    fn memories_count_together() {
        let mut growth = Growth::new(100, 10);
        assert!(growth.memory_growing(0, 60, None).is_ok());
        assert!(growth.memory_growing(0, 40, None).is_ok());
        let error = growth.memory_growing(40, 41, None).unwrap_err();
        assert!(error.is::<OverMemory>());
    }
}
