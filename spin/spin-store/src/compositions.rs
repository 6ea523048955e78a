//! How the functions that share a database know of each other: who wants whose events, and whose references they see.
//!
//! Each is a composition of its own, in a process of its own, that knows only itself. So each writes down what it declares
//! when it is opened, in the platform's partition; whoever publishes something reads there who wants it. A function is known
//! to the others from its first request on, which a readiness probe is.

use std::sync::Arc;

use linli_calls::{book, by_id, store_failed};
use linli_contract::{Descriptor, Grant, Text, Timestamp};
use linli_store::{
    CommitError, Fault, Layout, Mode, Partition, Range, ScanError, Store, StoreError, Transaction,
};
use serde::{Deserialize, Serialize};

/// Name of the list in the store.
pub const COMPONENT: &str = "compositions";
/// Documents read at a time.
const PAGE: u32 = 1_000;
/// Writes that may run into each other: functions are opened one after another.
const TRIES: u32 = 5;

/// What is known of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// What it declares, as far as it concerns others.
    pub descriptor: Descriptor,
    /// What a plugin was granted; none for core functions.
    pub grant: Option<Grant>,
}

impl Composition {
    /// Of a function, without what is nobody's but its own: whoever is opened reads about all of them.
    #[must_use]
    pub fn of(function: &Descriptor, grant: Option<Grant>) -> Self {
        let descriptor = Descriptor {
            name: function.name.clone(),
            version: function.version.clone(),
            title: function.title.clone(),
            subscribes: function.subscribes.clone(),
            operations: vec![],
            collections: vec![],
            publishes: vec![],
            settings: vec![],
            accounts: vec![],
            permissions: vec![],
        };
        Self { descriptor, grant }
    }

    fn id(&self) -> &str {
        self.descriptor.name.as_str()
    }

    fn content(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|_| StoreError::Damaged("composition"))
    }
}

/// The list.
pub struct Compositions {
    store: Arc<dyn Store>,
    layout: Arc<Layout>,
}

impl Compositions {
    /// The list in this store.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        Ok(Self { store, layout })
    }

    /// Whether a function is written down just so.
    ///
    /// # Errors
    /// When the store fails.
    pub fn has(&self, composition: &Composition, now: Timestamp) -> Result<bool, StoreError> {
        let mut transaction = self.begin(now, Mode::Read)?;
        let found = transaction.get(COMPONENT, composition.id()).map_err(failed)?;
        Ok(found.is_some_and(|found| composition.content().is_ok_and(|content| content == *found)))
    }

    /// Writes a function down, unless it is there already just so.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put(&self, composition: &Composition, now: Timestamp) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            if self.has(composition, now)? {
                return Ok(());
            }
            let mut transaction = self.begin(now, Mode::Write)?;
            transaction.put(COMPONENT, composition.id(), &composition.content()?).map_err(failed)?;
            let commit = transaction.into_commit(None, false, vec![]);
            match self.store.commit(commit) {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Overloaded)
    }

    /// All of them, in the order of their names.
    ///
    /// # Errors
    /// When the store fails, or one is damaged.
    pub fn all(&self, now: Timestamp) -> Result<Vec<Composition>, StoreError> {
        let mut transaction = self.begin(now, Mode::Read)?;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = transaction.scan(COMPONENT, None, &Range::default(), PAGE, cursor.as_deref());
            let page = page.map_err(|error| match error {
                ScanError::Fault(fault) => failed(fault),
                ScanError::CursorInvalid => StoreError::Damaged("composition"),
            })?;
            for (_, content) in &page.documents {
                all.push(serde_json::from_str(content).map_err(|_| StoreError::Damaged("composition"))?);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    fn begin(&self, now: Timestamp, mode: Mode) -> Result<Transaction, StoreError> {
        let snapshot = self.store.snapshot(Partition::Platform)?;
        let layout = self.layout.clone();
        Ok(Transaction::begin(Partition::Platform, layout, snapshot, now, mode)?.unbounded())
    }
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "composition")
}

/// The list as if it were a component's: that is what gives it its place in the store.
fn descriptor() -> Descriptor {
    book(COMPONENT, Text::new("已部署的功能", "Functions deployed"), vec![by_id(COMPONENT)])
}
