//! The registry of providers, in the platform's own partition and, whole, in memory: every call asks it.
//!
//! Components tell it what to register (`wit/registry.wit`): a delivery in their community's commit, which the
//! dispatcher applies here in a commit of the platform's partition. A call keeps the registry as it was when the
//! request arrived, so its reruns see the same.
//!
//! One process reads and writes it, or, where several share a store, each reads it again when the partition has changed
//! ([`Providers::reload`]).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use linli_contract::{Descriptor, Provider, Text, Timestamp};
use linli_store::{
    CommitError, Delivery, Fault, Layout, Mode, Partition, Range, ScanError, Store, StoreError, Transaction,
};
use serde::{Deserialize, Serialize};

use crate::book::{book, by_id, store_failed};
use crate::clock::Clock;

/// Name of the registry in the store.
pub const COMPONENT: &str = "providers";
const PROVIDERS: &str = "providers";
/// Documents read at a time when the registry is loaded.
const PAGE: u32 = 1_000;
/// Commits that may run into each other before one gives up: the directory's imports and other communities' providers
/// share the partition, but not these rows.
const TRIES: u32 = 5;

/// A provider, and which put it is from.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Registered {
    #[serde(flatten)]
    provider: Provider,
    /// `now` of the call that put it.
    put_at: Timestamp,
    /// Id of its delivery, which sorts in the order of one community's commits.
    put_id: String,
}

impl Registered {
    /// The later one wins.
    fn stamp(&self) -> (Timestamp, &str) {
        (self.put_at, &self.put_id)
    }
}

/// The registry at one moment.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    providers: HashMap<String, Arc<Registered>>,
    /// Number of its last change since the start of the process.
    pub change: u64,
}

impl Registry {
    /// What is registered of a provider.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.providers.get(id).map(|registered| &registered.provider)
    }

    /// Whether it is known and may not trade; somebody nobody registered is nobody's business here.
    pub fn bars(&self, id: &str, now: Timestamp) -> bool {
        self.get(id).is_some_and(|provider| !provider.may_trade(now))
    }
}

/// Why a put is not applied; it is tried again, and given up in the end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PutError {
    /// The content of the delivery is not a provider.
    #[error("not a provider")]
    Malformed,
    /// As many as may be are registered.
    #[error("the registry is full")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The registry, kept up to date.
pub struct Providers {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    layout: Arc<Layout>,
    capacity: usize,
    current: RwLock<Arc<Registry>>,
}

impl Providers {
    /// Loads all that is registered.
    ///
    /// # Errors
    /// When the store fails, or a record is damaged.
    pub fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>, capacity: usize) -> Result<Self, StoreError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        let providers = Self { store, clock, layout, capacity, current: RwLock::default() };
        *providers.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(providers.load()?);
        Ok(providers)
    }

    /// Reads all of it again: for hosts whose processes share a store, when they hear of a commit.
    ///
    /// # Errors
    /// When the store fails, or a record is damaged.
    pub fn reload(&self) -> Result<(), StoreError> {
        let loaded = self.load()?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let change = current.change + 1;
        *current = Arc::new(Registry { change, ..loaded });
        Ok(())
    }

    /// The registry as it is now.
    pub fn current(&self) -> Arc<Registry> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Applies what a component put, durably, unless a later one was applied before. Doing it twice is doing it once.
    ///
    /// # Errors
    /// See [`PutError`].
    pub async fn apply(&self, delivery: &Delivery) -> Result<(), PutError> {
        let provider: Provider = serde_json::from_str(&delivery.content).map_err(|_| PutError::Malformed)?;
        provider.check().map_err(|_| PutError::Malformed)?;
        let put = Registered { provider, put_at: delivery.published_at, put_id: delivery.id.clone() };
        for _ in 0..TRIES {
            let mut transaction = self.begin(Mode::Write)?;
            let known = transaction.get(PROVIDERS, &put.provider.id).map_err(failed)?;
            let known: Option<Registered> = known.as_deref().map(decode).transpose()?;
            match &known {
                Some(known) if known.stamp() > put.stamp() => return Ok(()),
                None if self.current().providers.len() >= self.capacity => return Err(PutError::Full),
                _ => {}
            }
            // Written even when it is there already: it may not be durable yet, and what follows it is then.
            let content = serde_json::to_string(&put).map_err(|_| StoreError::Damaged("provider"))?;
            transaction.put(PROVIDERS, &put.provider.id, &content).map_err(failed)?;
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => {
                    pending.durable.await?;
                    self.remember(put);
                    return Ok(());
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Overloaded.into())
    }

    /// Two that were committed one after the other may come here in any order.
    fn remember(&self, put: Registered) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newer = current.providers.get(&put.provider.id).is_none_or(|known| known.stamp() < put.stamp());
        if newer {
            // Copied only while a call still looks at it as it was.
            let registry = Arc::make_mut(&mut current);
            registry.change += 1;
            registry.providers.insert(put.provider.id.clone(), Arc::new(put));
        }
    }

    fn load(&self) -> Result<Registry, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        let mut registry = Registry::default();
        let mut cursor = None;
        loop {
            let page = transaction.scan(PROVIDERS, None, &Range::default(), PAGE, cursor.as_deref());
            let page = page.map_err(|error| match error {
                ScanError::Fault(fault) => failed(fault),
                ScanError::CursorInvalid => StoreError::Damaged("provider"),
            })?;
            for (id, content) in &page.documents {
                registry.providers.insert(id.clone(), Arc::new(decode(content)?));
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(registry),
            }
        }
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let snapshot = self.store.pending(Partition::Platform)?;
        let layout = self.layout.clone();
        Ok(Transaction::begin(Partition::Platform, layout, snapshot, self.clock.now(), mode)?.unbounded())
    }
}

fn decode(content: &str) -> Result<Registered, StoreError> {
    serde_json::from_str(content).map_err(|_| StoreError::Damaged("provider"))
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "provider")
}

/// The registry as if it were a component: that is what gives it its place in the store.
fn descriptor() -> Descriptor {
    book(COMPONENT, Text::new("服务商登记", "Registry of providers"), vec![by_id(PROVIDERS)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use linli_contract::Standing;
    use linli_store::Oracle;

    fn put(at: i64, id: &str, commission: u32) -> Delivery {
        let provider = Provider {
            id: "kitchen".into(),
            name: "食堂".into(),
            credit_code: "91330106673959654P".into(),
            category: "canteen".into(),
            commission,
            public_key: None,
            standing: Standing::Active,
            licensed_until: Timestamp::from_micros(1_000),
        };
        Delivery {
            id: id.into(),
            publisher: "provider-onboarding".into(),
            name: Delivery::PROVIDER_PUT.into(),
            content: serde_json::to_string(&provider).unwrap(),
            published_at: Timestamp::from_micros(at),
            subscriber: "platform".into(),
            attempts: 0,
        }
    }

    fn opened(store: &Arc<Oracle>, capacity: usize) -> Providers {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(50)));
        Providers::open(store.clone(), clock, capacity).unwrap()
    }

    fn commission(providers: &Providers) -> Option<u32> {
        providers.current().get("kitchen").map(|provider| provider.commission)
    }

    #[test]
    fn a_put_that_comes_late_or_twice_changes_nothing() {
        let store = Arc::new(Oracle::new());
        let providers = opened(&store, 10);
        let before = providers.current();
        for (at, id, expected) in
            [(20, "b", 20), (10, "z", 20), (20, "a", 20), (20, "b", 20), (20, "c", 21), (30, "a", 30)]
        {
            let n = if (at, id) == (20, "c") { 21 } else { u32::try_from(at).unwrap() };
            pollster::block_on(providers.apply(&put(at, id, n))).unwrap();
            assert_eq!(commission(&providers), Some(expected), "{at} {id}");
            assert_eq!(commission(&opened(&store, 10)), Some(expected), "as stored: {at} {id}");
        }
        assert!(before.get("kitchen").is_none(), "a call that began before sees what it saw");
    }

    #[test]
    fn a_full_registry_and_what_is_no_provider_are_errors() {
        let store = Arc::new(Oracle::new());
        let full = pollster::block_on(opened(&store, 0).apply(&put(1, "a", 1)));
        assert!(matches!(full, Err(PutError::Full)));
        let garbled = Delivery { content: "{}".into(), ..put(1, "a", 1) };
        assert!(matches!(pollster::block_on(opened(&store, 1).apply(&garbled)), Err(PutError::Malformed)));
        assert!(matches!(
            pollster::block_on(opened(&store, 1).apply(&put(1, "a", 10_001))),
            Err(PutError::Malformed)
        ));
    }
}
