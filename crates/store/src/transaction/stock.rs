//! Counters: takes that fit are deltas, everything else is a read.

use std::collections::BTreeMap;

use linli_contract::limits::{MAX_INTEGER, MAX_STOCK_NAME_BYTES};

use super::{Fault, Transaction};
use crate::key::{self, Key, Value};
use crate::stock::Level;

/// What the names of the platform's own counters in a component's space begin with; see [`super::meter`]. A component
/// is refused such a name.
pub(super) const RESERVED: char = '\0';

/// A counter as this call has it.
pub(super) struct Counter {
    /// Level in the snapshot; none when absent.
    base: Option<Level>,
    version: u64,
    /// Net change by takes and gives since `base`, or since `set`.
    pub(super) delta: i64,
    /// Opened, resized or closed by this call: `Some(None)` when closed.
    pub(super) set: Option<Option<Level>>,
    /// Whether its level was looked at, so that it must not have changed at commit.
    observed: bool,
}

impl Counter {
    pub(super) fn level(&self) -> Option<Level> {
        let from = self.set.unwrap_or(self.base);
        from.map(|level| Level { available: level.available + self.delta, ..level })
    }

    pub(super) fn unchanged(&self) -> bool {
        self.delta == 0 && self.set.is_none()
    }

    /// As a delta when its level was never looked at, else as a row.
    pub(super) fn settle(
        self,
        key: Key,
        deltas: &mut BTreeMap<Key, i64>,
        rows: &mut BTreeMap<Key, Option<Value>>,
    ) {
        if self.unchanged() {
            return;
        }
        if self.set.is_some() {
            rows.insert(key, self.level().map(Level::encode));
        } else {
            deltas.insert(key, self.delta);
        }
    }
}

impl Transaction {
    /// See `wit/stock.wit`.
    ///
    /// # Errors
    /// When it exists, or the bounds are wrong.
    pub fn stock_open(&mut self, name: &str, ceiling: i64) -> Result<(), Fault> {
        self.count_write()?;
        bounded(ceiling, 0)?;
        let counter = self.observed(name)?;
        if counter.level().is_some() {
            return Err(Fault::Stock("the counter exists"));
        }
        counter.delta = 0;
        counter.set = Some(Some(Level { available: ceiling, ceiling }));
        Ok(())
    }

    /// Whether so many were there; then they are taken.
    ///
    /// # Errors
    /// When there is no such counter.
    pub fn stock_take(&mut self, name: &str, n: i64) -> Result<bool, Fault> {
        self.count_write()?;
        bounded(n, 1)?;
        let counter = self.counter(name)?;
        let level = counter.level().ok_or(Fault::Stock("no such counter"))?;
        if level.available >= n {
            counter.delta -= n;
            return Ok(true);
        }
        self.observed(name)?;
        Ok(false)
    }

    /// Gives back.
    ///
    /// # Errors
    /// When there is no such counter, or it would rise above its ceiling.
    pub fn stock_give(&mut self, name: &str, n: i64) -> Result<(), Fault> {
        self.count_write()?;
        bounded(n, 1)?;
        let counter = self.counter(name)?;
        let level = counter.level().ok_or(Fault::Stock("no such counter"))?;
        if level.available + n > level.ceiling {
            return Err(Fault::Stock("above the ceiling"));
        }
        counter.delta += n;
        Ok(())
    }

    /// Sets the ceiling, keeping what is taken; false when more is taken than would be left.
    ///
    /// # Errors
    /// When there is no such counter.
    pub fn stock_resize(&mut self, name: &str, ceiling: i64) -> Result<bool, Fault> {
        self.count_write()?;
        bounded(ceiling, 0)?;
        let counter = self.observed(name)?;
        let level = counter.level().ok_or(Fault::Stock("no such counter"))?;
        let taken = level.ceiling - level.available;
        if taken > ceiling {
            return Ok(false);
        }
        counter.delta = 0;
        counter.set = Some(Some(Level { available: ceiling - taken, ceiling }));
        Ok(true)
    }

    /// The level now; counts as a read.
    ///
    /// # Errors
    /// When the store fails.
    pub fn stock_level(&mut self, name: &str) -> Result<Option<Level>, Fault> {
        Ok(self.observed(name)?.level())
    }

    /// Removes it; whether there was one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn stock_close(&mut self, name: &str) -> Result<bool, Fault> {
        self.count_write()?;
        let counter = self.observed(name)?;
        let was = counter.level().is_some();
        if was {
            counter.delta = 0;
            counter.set = Some(None);
        }
        Ok(was)
    }

    /// The component's own counter.
    fn counter(&mut self, name: &str) -> Result<&mut Counter, Fault> {
        let key = self.named(name)?;
        self.counter_at(&key)
    }

    /// The component's own counter, remembered as read.
    fn observed(&mut self, name: &str) -> Result<&mut Counter, Fault> {
        let key = self.named(name)?;
        self.observed_at(&key)
    }

    fn named(&self, name: &str) -> Result<Key, Fault> {
        if !(1..=MAX_STOCK_NAME_BYTES).contains(&name.len()) {
            return Err(Fault::Limit("MAX_STOCK_NAME_BYTES"));
        }
        if name.starts_with(RESERVED) {
            return Err(Fault::Stock("the name is the platform's"));
        }
        Ok(key::stock(self.layout.space, name))
    }

    pub(super) fn counter_at(&mut self, key: &Key) -> Result<&mut Counter, Fault> {
        if !self.stock.contains_key(key) {
            self.count_read()?;
            let found = self.snapshot.get(key)?;
            let base = found.as_ref().map(|row| Level::decode(&row.value)).transpose()?;
            let version = found.map_or(0, |row| row.version);
            self.stock.insert(key.clone(), Counter { base, version, delta: 0, set: None, observed: false });
        }
        self.stock.get_mut(key).ok_or(Fault::Stock("no such counter"))
    }

    pub(super) fn observed_at(&mut self, key: &Key) -> Result<&mut Counter, Fault> {
        let counter = self.counter_at(key)?;
        let read = (!counter.observed).then_some((key.clone(), counter.version));
        counter.observed = true;
        self.reads.keys.extend(read);
        self.counter_at(key)
    }
}

fn bounded(n: i64, least: i64) -> Result<(), Fault> {
    if (least..=MAX_INTEGER).contains(&n) { Ok(()) } else { Err(Fault::BadAmount) }
}
