//! One run of a call: its transaction, and everything it has used up so far.

use std::sync::Arc;

use linli_contract::limits::{MAX_HOST_CALL_BYTES, MAX_LOG_LINES, MAX_RECORDS_WRITTEN};
use linli_contract::{Timestamp, base32};
use linli_store::audit::Access;
use linli_store::{Fault, Transaction};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

use crate::consents::Ask;
use crate::hex::hex;
use crate::looked::Looked;
use crate::scope::Scope;

/// One run of a call: a command that conflicts has several.
pub struct Run {
    /// What it shares with the other runs.
    pub scope: Arc<Scope>,
    /// What it read and wants written.
    pub transaction: Transaction,
    /// Whose data was looked at.
    pub accesses: Vec<Access>,
    /// What of the call was looked at, for the answer to be given again.
    pub looked: Looked,
    ids: Option<ChaCha20Rng>,
    random: Option<ChaCha20Rng>,
    /// What was denied for want of the subject's own consent.
    pub unconsented: Vec<Ask>,
    /// Fen taken from people so far.
    pub charged: i64,
    /// Requests sent to the outside.
    pub sends: u32,
    crossed: usize,
    lines: u32,
}

/// Streams of the seed: ids do not depend on how much randomness a component draws in between.
const ID_STREAM: u64 = 1;
const RANDOM_STREAM: u64 = 2;

impl Run {
    /// Nothing done yet.
    pub fn new(scope: Arc<Scope>, transaction: Transaction) -> Self {
        let accesses = Vec::new();
        let (ids, random) = (None, None);
        let (looked, unconsented) = (Looked::default(), Vec::new());
        let (charged, sends, crossed, lines) = (0, 0, 0, 0);
        Self {
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
        }
    }

    /// `now`, shown to the guest as it is: no other call has the same.
    pub fn now(&mut self) -> Timestamp {
        self.looked.own = true;
        self.transaction.now()
    }

    /// Whether `now` is at or after a moment; that is all the guest gets to know of it.
    pub fn has_passed(&mut self, moment: Timestamp) -> bool {
        let passed = self.transaction.now() >= moment;
        self.looked.compared(moment, passed);
        passed
    }

    /// The last whole multiple of so many seconds that has passed.
    pub fn now_rounded(&mut self, seconds: i64) -> Timestamp {
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
    pub fn cross(&mut self, bytes: usize) -> Result<(), Fault> {
        self.crossed = self.crossed.saturating_add(bytes);
        if self.crossed > MAX_HOST_CALL_BYTES { Err(Fault::Limit("MAX_HOST_CALL_BYTES")) } else { Ok(()) }
    }

    /// 26 characters: ten of `now` in milliseconds, sixteen of the seed.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new_id(&mut self) -> Result<String, getrandom::Error> {
        self.looked.own = true;
        if self.ids.is_none() {
            self.ids = Some(stream(&self.scope, ID_STREAM)?);
        }
        let mut random = [0; 10];
        if let Some(ids) = &mut self.ids {
            ids.fill_bytes(&mut random);
        }
        let id = id(self.transaction.now(), random);
        self.transaction.drew(&id);
        Ok(id)
    }

    /// So many bytes of the seed, the same in every run.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random(&mut self, length: usize) -> Result<Vec<u8>, getrandom::Error> {
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
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn outbound_key(&self) -> Result<String, getrandom::Error> {
        let scope = &self.scope;
        let mut digest = Sha256::new();
        match &scope.idempotency {
            Some(idempotency) => digest.update(idempotency.key),
            None => digest.update(scope.seed()?),
        }
        digest.update(scope.community.code().to_be_bytes());
        digest.update(scope.component.descriptor().name.as_str());
        digest.update(self.sends.to_be_bytes());
        Ok(hex(&digest.finalize()[..16]))
    }

    /// Whether one more line may be logged.
    pub fn may_log(&mut self) -> bool {
        // A line tells of its own call.
        self.looked.own = true;
        self.lines = self.lines.saturating_add(1);
        self.lines <= MAX_LOG_LINES
    }

    /// Lines that were dropped.
    pub fn lines_dropped(&self) -> u32 {
        self.lines.saturating_sub(MAX_LOG_LINES)
    }

    /// Remembers what the subject would have to agree to: attributes for one purpose are asked for together.
    pub fn ask_for(&mut self, ask: Ask) {
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
    pub fn looked(&mut self, access: Access) -> Result<(), Fault> {
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

fn stream(scope: &Scope, number: u64) -> Result<ChaCha20Rng, getrandom::Error> {
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
    base32::encode(&bits.to_be_bytes())
}

/// When an id was made, to the millisecond: the inverse of [`id`]. None for what is no id of a call's.
pub fn made_at(id: &str) -> Option<Timestamp> {
    let millis = id.get(..10)?.bytes().try_fold(0_i64, |millis, byte| {
        let digit = base32::DIGITS.iter().position(|known| *known == byte)?;
        Some(millis << 5 | i64::try_from(digit).ok()?)
    })?;
    Some(Timestamp::from_micros(millis.checked_mul(1_000)?))
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
}
