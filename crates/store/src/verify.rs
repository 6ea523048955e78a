//! Every invariant that can be checked at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use serde_json::Value as Json;

use crate::audit::{self, AuditRow};
use crate::filling::Filling;
use crate::key::{self, Key, Kind, Partition, Space};
use crate::layout::Layout;
use crate::ledger::{AccountState, Entry, Hold, HoldStatus};
use crate::read::{Read, StoreError};
use crate::stock::Level;
use crate::store::Store;
use crate::transaction::Delivery;

/// Something that should not be so. Names places, never contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub partition: Partition,
    /// Which promise is broken.
    pub rule: &'static str,
    /// What was found, precisely enough to look for it.
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "partition {}: {}: {}", self.partition.id(), self.rule, self.detail)
    }
}

/// Checks a whole store, partition by partition; what was found, nothing when all is well.
///
/// # Errors
/// When the store cannot be read.
pub fn verify(store: &dyn Store) -> Result<Vec<Finding>, StoreError> {
    let names = store.spaces()?;
    let layouts = Layout::from_names(&names).map_err(|_| StoreError::Damaged("name of a space"))?;
    // What is filled by the next start of its component is no broken promise: nobody reads it before.
    let filling = Filling::all(&*store.snapshot(Partition::Platform)?)?;
    let is_filling = |name: &str| filling.iter().any(|filling| filling.index == name);
    let unfilled: BTreeSet<Space> =
        names.iter().filter(|(_, name)| is_filling(name)).map(|(space, _)| *space).collect();
    let mut findings = Vec::new();
    for partition in store.partitions()? {
        let snapshot = store.snapshot(partition)?;
        let mut check = Check { partition, read: &*snapshot, findings: &mut findings };
        check.sequence()?;
        check.indexes(&layouts, &unfilled)?;
        check.stock()?;
        check.ledger()?;
        check.queue()?;
        check.audit()?;
    }
    Ok(findings)
}

struct Check<'a> {
    partition: Partition,
    read: &'a dyn Read,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn found(&mut self, rule: &'static str, detail: String) {
        self.findings.push(Finding { partition: self.partition, rule, detail });
    }

    fn each(&self, kind: Kind, mut visit: impl FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        let (start, end) = kind.stretch();
        self.read.range(&start, &end, false, &mut |key, _, value| {
            visit(key, value);
            ControlFlow::Continue(())
        })
    }

    /// No row is newer than the head.
    fn sequence(&mut self) -> Result<(), StoreError> {
        let head = self.read.head()?;
        let mut newest = 0;
        self.read.range(&[0], &[0xFF], false, &mut |_, version, _| {
            newest = newest.max(version);
            ControlFlow::Continue(())
        })?;
        if newest > head.seq {
            self.found("head", format!("a row has version {newest}, the last commit is {}", head.seq));
        }
        Ok(())
    }

    /// Each index holds exactly what its documents say.
    fn indexes(&mut self, layouts: &[Layout], unfilled: &BTreeSet<Space>) -> Result<(), StoreError> {
        let mut expected: BTreeSet<Key> = BTreeSet::new();
        let mut broken = Vec::new();
        for layout in layouts {
            for collection in &layout.collections {
                let prefix = key::prefix(Kind::Record, collection.space, &[]);
                let place = format!("{}/{}", layout.component, collection.name);
                self.read.range(&prefix, &key::after(&prefix), false, &mut |key, _, value| {
                    let id = std::str::from_utf8(&key[prefix.len()..]);
                    let (Ok(id), Ok(document)) = (id, serde_json::from_slice::<Json>(value)) else {
                        broken.push(format!("{place} has a document that does not read"));
                        return ControlFlow::Continue(());
                    };
                    for index in &collection.indexes {
                        expected.extend(
                            index.values(&document).map(|values| key::index(index.space, &values, id)),
                        );
                    }
                    ControlFlow::Continue(())
                })?;
            }
        }
        let mut extra = 0_u64;
        self.each(Kind::Index, |key, _| {
            if !expected.remove(key) {
                extra += 1;
            }
        })?;
        for detail in broken {
            self.found("documents", detail);
        }
        if extra > 0 {
            self.found(
                "indexes",
                format!("{extra} entries point to no document, or to one with other values"),
            );
        }
        expected.retain(|key| {
            !unfilled.iter().any(|space| key.starts_with(&key::prefix(Kind::Index, *space, &[])))
        });
        if !expected.is_empty() {
            self.found("indexes", format!("{} documents are missing from an index", expected.len()));
        }
        Ok(())
    }

    fn stock(&mut self) -> Result<(), StoreError> {
        let mut wrong = Vec::new();
        self.each(Kind::Stock, |key, value| {
            let name = String::from_utf8_lossy(key.get(5..).unwrap_or_default()).into_owned();
            match Level::decode(value) {
                Ok(level) if (0..=level.ceiling).contains(&level.available) => {}
                Ok(level) => wrong.push(format!("{name}: {} of {}", level.available, level.ceiling)),
                Err(_) => wrong.push(format!("{name}: does not read")),
            }
        })?;
        wrong.into_iter().for_each(|detail| self.found("stock bounds", detail));
        Ok(())
    }

    /// Books and postings sum to zero; balances are the sums of entries; what is held is the sum of open holds.
    fn ledger(&mut self) -> Result<(), StoreError> {
        let mut accounts: BTreeMap<Key, AccountState> = BTreeMap::new();
        let mut unread = 0;
        self.each(Kind::Account, |key, value| match AccountState::decode(value) {
            Ok(state) => {
                accounts.insert(key.into(), state);
            }
            Err(_) => unread += 1,
        })?;
        let mut postings: BTreeMap<String, i64> = BTreeMap::new();
        let mut sums: BTreeMap<Vec<u8>, (i64, i64)> = BTreeMap::new();
        self.each(Kind::Entry, |key, value| match serde_json::from_slice::<Entry>(value) {
            Ok(entry) => {
                *postings.entry(entry.posting).or_default() += entry.amount;
                // Time, number and place are the last 18 bytes of the key.
                let of = sums.entry(key[..key.len().saturating_sub(18)].to_vec()).or_default();
                *of = (of.0 + entry.amount, entry.balance);
            }
            Err(_) => unread += 1,
        })?;
        let mut held: BTreeMap<Key, i64> = BTreeMap::new();
        let mut overpaid = Vec::new();
        self.each(Kind::Hold, |_, value| match Hold::decode(value) {
            Ok(hold) => {
                if hold.status == HoldStatus::Open {
                    *held.entry(hold.payer.key()).or_default() += hold.maximum;
                }
                let most = if hold.status == HoldStatus::Captured { hold.captured } else { 0 };
                if !(0..=most).contains(&hold.refunded) {
                    overpaid.push(hold.id);
                }
            }
            Err(_) => unread += 1,
        })?;
        for hold in overpaid {
            self.found("ledger refunds", format!("more than was captured was given back of {hold}"));
        }
        if unread > 0 {
            self.found("ledger", format!("{unread} rows do not read"));
        }
        let mut books: BTreeMap<String, i64> = BTreeMap::new();
        for (key, state) in &accounts {
            *books.entry(state.account.book.clone()).or_default() += state.balance;
            let entries = key::entries(&state.account.book, &state.account.owner);
            let (sum, last) = sums.remove(&entries).unwrap_or_default();
            if sum != state.balance || last != state.balance {
                self.found(
                    "ledger balances",
                    format!("an account of {} differs from its entries", state.account.book),
                );
            }
            if held.remove(key).unwrap_or_default() != state.held {
                self.found(
                    "ledger holds",
                    format!("an account of {} differs from its holds", state.account.book),
                );
            }
        }
        if !sums.is_empty() || !held.is_empty() {
            self.found("ledger", format!("{} entries and {} holds have no account", sums.len(), held.len()));
        }
        for (book, sum) in books.iter().filter(|(_, sum)| **sum != 0) {
            self.found("ledger sums", format!("the book {book} sums to {sum}"));
        }
        for (posting, sum) in postings.iter().filter(|(_, sum)| **sum != 0) {
            self.found("ledger postings", format!("posting {posting} sums to {sum}"));
        }
        Ok(())
    }

    fn queue(&mut self) -> Result<(), StoreError> {
        for kind in [Kind::Queue, Kind::Dead] {
            let mut unread = 0;
            self.each(kind, |_, value| {
                unread += u64::from(serde_json::from_slice::<Delivery>(value).is_err())
            })?;
            if unread > 0 {
                self.found("deliveries", format!("{unread} do not read"));
            }
        }
        Ok(())
    }

    /// The digests chain up to the head.
    fn audit(&mut self) -> Result<(), StoreError> {
        let mut digest = [0; 32];
        let mut broken = None;
        let mut rows = 0_u64;
        self.each(Kind::Audit, |_, value| {
            rows += 1;
            match AuditRow::decode(value) {
                Ok(row) if audit::chain(&digest, &row.json) == row.digest => digest = row.digest,
                _ => broken = broken.or(Some(rows)),
            }
        })?;
        if let Some(row) = broken {
            self.found("audit log", format!("row {row} does not follow from the one before it"));
        } else if digest != self.read.head()?.audit {
            self.found("audit log", "it ends before the last commit".to_owned());
        }
        Ok(())
    }
}
