//! What the platform counts of a component in its community: bytes it stores, money it charges in a day.
//!
//! Both are stock counters in the component's space, under names no component can use. So they are durable with the
//! commit that uses them, exact when many use them at once, and a use that fits conflicts with nobody.

use std::ops::ControlFlow;

use linli_contract::Timestamp;

use super::stock::RESERVED;
use super::{Fault, Mode, Transaction};
use crate::key::{self, Key, Kind, Space};
use crate::read::{Read, StoreError};
use crate::stock::Level;

const STORAGE: &str = "\0storage";
const MONEY: &str = "\0money:";

impl Transaction {
    /// Counts what the component stores (its documents, and the timers and events that wait for it), and refuses with
    /// [`Fault::StorageFull`] what would go beyond so many bytes in this partition.
    #[must_use]
    pub fn metered(mut self, storage_bytes: i64) -> Self {
        self.storage = Some(storage_bytes);
        self
    }

    /// Counts an amount against what may be charged on the day of `now`, if it still fits.
    ///
    /// # Errors
    /// When the store fails, or the call does not write.
    pub fn spend(&mut self, amount: i64, most: i64) -> Result<bool, Fault> {
        if self.mode != Mode::Write {
            return Err(Fault::ReadOnly);
        }
        let key = key::stock(self.layout.space, &money_of(self.now));
        if self.counter_at(&key)?.level().is_none() {
            self.forget_days_before(&key)?;
        }
        let fits = self.use_up(&key, amount, most)?;
        if fits {
            self.spent += amount;
        }
        Ok(fits)
    }

    /// Takes back what was counted for a component at `then`, if that is still the day.
    ///
    /// # Errors
    /// When the store fails.
    pub fn unspend(&mut self, component: Space, then: Timestamp, amount: i64) -> Result<(), Fault> {
        if then.shanghai_date() != self.now.shanghai_date() {
            return Ok(());
        }
        let back = self.give_back(&key::stock(component, &money_of(then)), amount)?;
        self.spent -= back;
        Ok(())
    }

    /// What was charged through this call, less what it gave back of the same day.
    pub fn spent(&self) -> i64 {
        self.spent
    }

    /// Counts what a row stores, for a component that is metered: more, or less.
    pub(super) fn stored(&mut self, bytes: i64) -> Result<(), Fault> {
        let Some(most) = self.storage else { return Ok(()) };
        let key = storage_counter(self.layout.space);
        match bytes {
            0 => Ok(()),
            more @ 1.. => self.use_up(&key, more, most)?.then_some(()).ok_or(Fault::StorageFull),
            less => self.give_back(&key, -less).map(|_| ()),
        }
    }

    /// Takes from a counter of so much in all, which is there from its first use on, and follows when `most` changes.
    fn use_up(&mut self, key: &Key, n: i64, most: i64) -> Result<bool, Fault> {
        let level = self.counter_at(key)?.level();
        let taken = level.map_or(0, |level| level.ceiling - level.available);
        if taken.saturating_add(n) > most {
            // A refusal stands on what it saw.
            self.observed_at(key)?;
            return Ok(false);
        }
        if level.is_none_or(|level| level.ceiling != most) {
            let counter = self.observed_at(key)?;
            counter.delta = 0;
            counter.set = Some(Some(Level { available: most - taken, ceiling: most }));
        }
        self.counter_at(key)?.delta -= n;
        Ok(true)
    }

    /// Gives back to a counter what was taken, as far as so much was; how much that is.
    fn give_back(&mut self, key: &Key, n: i64) -> Result<i64, Fault> {
        let counter = self.counter_at(key)?;
        let Some(level) = counter.level() else { return Ok(0) };
        let back = n.min(level.ceiling - level.available);
        counter.delta += back;
        if back < n {
            self.observed_at(key)?;
        }
        Ok(back)
    }

    /// Deletes the counters of earlier days: once a day, by whoever makes that of the day.
    fn forget_days_before(&mut self, today: &Key) -> Result<(), Fault> {
        let first = key::stock(self.layout.space, MONEY);
        let mut gone: Vec<Key> = Vec::new();
        self.snapshot.range(&first, today, false, &mut |key, _, _| {
            gone.push(key.into());
            ControlFlow::Continue(())
        })?;
        for key in gone {
            self.write(key, None)?;
        }
        Ok(())
    }
}

fn money_of(at: Timestamp) -> String {
    let (year, month, day) = at.shanghai_date();
    format!("{MONEY}{year:04}-{month:02}-{day:02}")
}

/// Bytes a metered component stores in a partition, as counted.
///
/// # Errors
/// When the store fails.
pub fn stored_bytes(read: &dyn Read, component: Space) -> Result<i64, StoreError> {
    let Some(row) = read.get(&storage_counter(component))? else { return Ok(0) };
    let level = Level::decode(&row.value)?;
    Ok(level.ceiling - level.available)
}

/// The counter of what a metered component stores: whoever deletes documents past its transactions gives back there.
pub fn storage_counter(component: Space) -> Key {
    key::stock(component, STORAGE)
}

/// Whether a row is one of the platform's own counters in a component's space.
pub fn is_platform_counter(key: &[u8]) -> bool {
    key.first() == Some(&(Kind::Stock as u8)) && key.get(5) == Some(&(RESERVED as u8))
}
