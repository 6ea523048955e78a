//! What plugins have used: counted in memory, added to the platform's partition about once a minute and when asked, so
//! that a crash loses a minute of it at most. (What is bounded exactly, storage and money, is counted elsewhere: in the
//! commits themselves.)
//!
//! One document for a plugin, day and community. Where several processes share a store each adds its own share, and the
//! CPU time of a day is bounded per process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use linli_calls::{Clock, book, by_id, store_failed};
use linli_contract::{ComponentName, Descriptor, Text};
use linli_store::{
    Bound, CommitError, Fault, IndexValue, Layout, Mode, Partition, Range, ScanError, Space, Store,
    StoreError, Transaction, stored_bytes,
};
use serde::{Deserialize, Serialize};

use super::{Day, Place, PluginRails, Rails};

/// Name of the book in the store.
pub(crate) const COMPONENT: &str = "usage";
const DAYS: &str = "days";
/// Seconds between two rounds of keeping.
const KEEP_SECONDS: i64 = 60;
/// Documents changed in one commit: keeps it short.
const BATCH: usize = 200;
/// Documents read at a time.
const PAGE: u32 = 1_000;
/// Days a document is kept: a quarter's bill can be checked when the next quarter has begun.
const KEPT_DAYS: i64 = 184;
/// Commits that may run into each other: the directory's imports share the partition, but not these rows.
const TRIES: u32 = 5;

/// What is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Spent {
    pub(crate) calls: u64,
    /// Calls and deliveries that ended by the plugin's own fault.
    pub(crate) errors: u64,
    pub(crate) cpu_micros: u64,
    /// Fen that callers were charged, less what was given back on the same day.
    pub(crate) money: i64,
    /// As last looked at; not a sum.
    pub(crate) storage_bytes: u64,
}

impl Spent {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            errors: self.errors.saturating_add(other.errors),
            cpu_micros: self.cpu_micros.saturating_add(other.cpu_micros),
            money: self.money.saturating_add(other.money),
            storage_bytes: self.storage_bytes.max(other.storage_bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            errors: self.errors.saturating_sub(other.errors),
            cpu_micros: self.cpu_micros.saturating_sub(other.cpu_micros),
            money: self.money.saturating_sub(other.money),
            storage_bytes: 0,
        }
    }
}

/// What a plugin has used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PluginUsage {
    /// By day and community, the oldest day first.
    pub days: Vec<DayOfUsage>,
}

/// What a plugin has used in one community on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayOfUsage {
    /// `YYYY-MM-DD`, of the calendar in Asia/Shanghai.
    pub day: String,
    /// A 12-digit code; none for what is counted of communities beyond the bound, all together.
    pub community: Option<String>,
    /// Calls that were let in.
    pub calls: u64,
    /// Calls and deliveries that ended by the plugin's own fault.
    pub errors: u64,
    /// CPU time in microseconds, of the plugin and of the host functions it called.
    pub cpu_micros: u64,
    /// Fen that callers were charged, less what was given back on the same day.
    pub money: i64,
    /// Bytes it stored when that was last looked at on that day.
    pub storage_bytes: u64,
}

/// The book of all plugins.
pub(crate) struct UsageBook {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    layout: Arc<Layout>,
    /// One round at a time, so that nothing is added twice.
    keeping: tokio::sync::Mutex<Option<Day>>,
    /// When the next round is due, in microseconds.
    due: AtomicI64,
}

impl UsageBook {
    pub(crate) fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        let due = AtomicI64::new(clock.now().plus_seconds(KEEP_SECONDS).micros());
        Ok(Self { store, clock, layout, keeping: tokio::sync::Mutex::new(None), due })
    }

    /// What is kept of a plugin's today.
    pub(crate) fn today(&self, plugin: &ComponentName) -> Result<Vec<(Day, Place, Spent)>, StoreError> {
        let today = Day::of(self.clock.now());
        let days = self.read(plugin, Some(today))?;
        Ok(days.into_iter().filter(|(day, ..)| *day == today).collect())
    }

    /// Keeps what came since the last time, when that is long enough ago.
    pub(crate) async fn keep_when_due(&self, rails: &Rails) {
        let now = self.clock.now();
        let due = self.due.load(Ordering::Relaxed);
        let next = now.plus_seconds(KEEP_SECONDS).micros();
        let mine = due <= now.micros()
            && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine && let Err(error) = self.keep(rails).await {
            tracing::warn!(%error, "what plugins used is kept later");
        }
    }

    /// Keeps what came since the last time.
    pub(crate) async fn keep(&self, rails: &Rails) -> Result<(), StoreError> {
        let mut tidied = self.keeping.lock().await;
        let now = self.clock.now();
        let today = Day::of(now);
        for plugin in rails.all() {
            for batch in plugin.fresh().chunks(BATCH) {
                let kept = self.add(&plugin, batch).await?;
                for (day, place, spent) in kept {
                    plugin.keep(day, place, spent, today);
                }
            }
            if *tidied != Some(today) {
                self.forget(&plugin.name, Day::days_before(now, KEPT_DAYS)).await?;
            }
        }
        *tidied = Some(today);
        Ok(())
    }

    /// Everything that is kept of a plugin.
    pub(crate) fn of(&self, plugin: &ComponentName) -> Result<PluginUsage, StoreError> {
        let days = self.read(plugin, None)?.into_iter().map(|(day, place, spent)| DayOfUsage {
            day: day.to_string(),
            community: place.map(|community| community.to_string()),
            calls: spent.calls,
            errors: spent.errors,
            cpu_micros: spent.cpu_micros,
            money: spent.money,
            storage_bytes: spent.storage_bytes,
        });
        Ok(PluginUsage { days: days.collect() })
    }

    /// Adds to the documents, in one commit; what was added, with what is stored now.
    async fn add(
        &self,
        plugin: &PluginRails,
        batch: &[(Day, Place, Spent)],
    ) -> Result<Vec<(Day, Place, Spent)>, StoreError> {
        let stored = batch.iter().map(|(day, place, spent)| {
            let storage_bytes = self.stored(plugin.space, *place)?;
            Ok((*day, *place, Spent { storage_bytes, ..*spent }))
        });
        let batch: Vec<_> = stored.collect::<Result<_, StoreError>>()?;
        for _ in 0..TRIES {
            let mut transaction = self.begin(Mode::Write)?;
            for (day, place, spent) in &batch {
                let id = id(&plugin.name, *day, *place);
                let known = transaction.get(DAYS, &id).map_err(failed)?;
                let known = known.as_deref().map(decode).transpose()?.unwrap_or_default();
                let sum = Spent { storage_bytes: spent.storage_bytes, ..known.plus(*spent) };
                let content = serde_json::to_string(&sum).map_err(|_| StoreError::Damaged("usage"))?;
                transaction.put(DAYS, &id, &content).map_err(failed)?;
            }
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => {
                    pending.durable.await?;
                    return Ok(batch);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Overloaded)
    }

    fn stored(&self, plugin: Space, place: Place) -> Result<u64, StoreError> {
        let Some(community) = place else { return Ok(0) };
        let snapshot = self.store.snapshot(Partition::Community(community))?;
        Ok(u64::try_from(stored_bytes(&*snapshot, plugin)?).unwrap_or(0))
    }

    /// Deletes what is from before a day.
    async fn forget(&self, plugin: &ComponentName, before: Day) -> Result<(), StoreError> {
        let mut transaction = self.begin(Mode::Write)?;
        let range = Range { upper: bound(format!("{plugin}~{before}"), false), ..from(plugin) };
        let old = transaction.scan(DAYS, None, &range, PAGE, None).map_err(scan)?;
        if old.documents.is_empty() {
            return Ok(());
        }
        for (id, _) in &old.documents {
            transaction.delete(DAYS, id).map_err(failed)?;
        }
        match self.store.commit(transaction.into_commit(None, false, vec![])) {
            Ok(pending) => pending.durable.await,
            // The next day is soon enough.
            Err(CommitError::Conflict) => Ok(()),
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    /// The documents of a plugin, from a day on.
    fn read(
        &self,
        plugin: &ComponentName,
        since: Option<Day>,
    ) -> Result<Vec<(Day, Place, Spent)>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        let mut range = from(plugin);
        if let Some(since) = since {
            range.lower = bound(format!("{plugin}~{since}"), true);
        }
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = transaction.scan(DAYS, None, &range, PAGE, cursor.as_deref()).map_err(scan)?;
            for (id, content) in &page.documents {
                let (day, place) = parse(id).ok_or(StoreError::Damaged("usage"))?;
                found.push((day, place, decode(content)?));
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let snapshot = self.store.pending(Partition::Platform)?;
        let layout = self.layout.clone();
        Ok(Transaction::begin(Partition::Platform, layout, snapshot, self.clock.now(), mode)?.unbounded())
    }
}

/// `~` stands in no name, and sorts after all that does.
fn from(plugin: &ComponentName) -> Range {
    Range {
        lower: bound(format!("{plugin}~"), true),
        upper: bound(format!("{plugin}~~"), false),
        ..Range::default()
    }
}

fn bound(id: String, inclusive: bool) -> Option<Bound> {
    Some(Bound { value: IndexValue::Text(id), inclusive })
}

/// What stands in an id for the communities beyond the bound.
const OTHERS: &str = "others";

fn id(plugin: &ComponentName, day: Day, place: Place) -> String {
    let place = place.map_or_else(|| OTHERS.to_owned(), |community| community.to_string());
    format!("{plugin}~{day}~{place}")
}

fn parse(id: &str) -> Option<(Day, Place)> {
    let mut parts = id.split('~').skip(1);
    let (day, place) = (parts.next()?.parse().ok()?, parts.next()?);
    Some((day, if place == OTHERS { None } else { Some(place.parse().ok()?) }))
}

fn decode(content: &str) -> Result<Spent, StoreError> {
    serde_json::from_str(content).map_err(|_| StoreError::Damaged("usage"))
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "usage")
}

fn scan(error: ScanError) -> StoreError {
    match error {
        ScanError::Fault(fault) => failed(fault),
        ScanError::CursorInvalid => StoreError::Damaged("usage"),
    }
}

/// The book as if it were a component: that is what gives it its place in the store.
fn descriptor() -> Descriptor {
    book(COMPONENT, Text::new("插件用量", "Usage of plugins"), vec![by_id(DAYS)])
}
