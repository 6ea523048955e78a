//! The directory: residents, workers and kin bindings, in the platform's own partition.

mod mask;
mod number;
mod person;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use linli_contract::{Collection, Descriptor, Index, Text, Timestamp};
use linli_store::audit::AuditEntry;
use linli_store::{
    CommitError, Fault, IndexValue, Layout, Mode, Partition, Range, ScanError, Snapshot, Store, StoreError,
    Transaction,
};
use serde::Serialize;

use crate::book::{book, by_id, store_failed};
use crate::clock::Clock;

pub(crate) use mask::mask;
pub use number::expected_row;
pub use person::{Binding, Person, PersonRecord};

/// Name of the directory in the store.
pub const COMPONENT: &str = "directory";
const PEOPLE: &str = "people";
const BINDINGS: &str = "bindings";
/// Imports that may run into each other before one gives up: operators run one at a time.
const IMPORT_TRIES: u32 = 5;

/// Why the directory does not do what was asked. Carries no values.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DirectoryError {
    /// Records that break a rule; nothing was imported.
    #[error("{} records cannot be imported, the first: {} {}: {}", .0.len(), .0[0].kind, .0[0].place, .0[0].rule)]
    Invalid(Vec<Unfit>),
    /// The store failed; nothing was imported.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another import went on at the same time; nothing was imported.
    #[error("the directory is being changed by somebody else")]
    Busy,
}

/// A record that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// `person` or `binding`.
    pub kind: &'static str,
    /// Its place in the import, from 0.
    pub place: usize,
    /// The rule.
    pub rule: &'static str,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// People not known before.
    pub added: usize,
    /// People known before, now as imported.
    pub updated: usize,
    /// Bindings, new or replaced.
    pub bindings: usize,
}

/// Residents, workers and kin bindings. Lookups are cached in memory; an import through this value empties the cache.
pub struct Directory {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    layout: Arc<Layout>,
    cache: RwLock<Cache>,
    capacity: usize,
}

#[derive(Default)]
struct Cache {
    /// Moves on with every import: what was read before is not cached after.
    generation: u64,
    by_id: HashMap<String, Arc<Person>>,
    by_row: HashMap<u64, Arc<Person>>,
}

impl Directory {
    /// `capacity` is the number of people kept in memory: none, where other processes import, too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>, capacity: usize) -> Result<Self, StoreError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        Ok(Self { store, clock, layout, cache: RwLock::default(), capacity })
    }

    /// Adds people and bindings, or replaces those with the same id or the same pair: all or nothing, durable when it
    /// returns.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub async fn import(
        &self,
        people: &[PersonRecord],
        bindings: &[Binding],
    ) -> Result<ImportReport, DirectoryError> {
        check(people, bindings)?;
        for _ in 0..IMPORT_TRIES {
            let mut transaction = self.begin(self.store.pending(Partition::Platform)?, Mode::Write)?;
            let report = write(&mut transaction, people, bindings)?;
            let audit = AuditEntry {
                actor: None,
                acted_for: None,
                component: COMPONENT.to_owned(),
                operation: "import".to_owned(),
                outcome: "ok".to_owned(),
                request_id: String::new(),
                accesses: vec![],
            };
            match self.store.commit(transaction.into_commit(None, false, vec![audit])) {
                Ok(pending) => {
                    pending.durable.await?;
                    let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
                    *cache = Cache { generation: cache.generation + 1, ..Cache::default() };
                    return Ok(report);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(DirectoryError::Busy)
    }

    /// The person with this directory id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn person(&self, id: &str) -> Result<Option<PersonRecord>, DirectoryError> {
        Ok(self.by_id(id)?.map(|person| person.record.clone()))
    }

    /// Everybody of a community, in no order that means anything.
    ///
    /// # Errors
    /// When the store fails.
    pub fn people_of(
        &self,
        community: linli_contract::Community,
    ) -> Result<Vec<PersonRecord>, DirectoryError> {
        let mut transaction = self.begin(self.store.snapshot(Partition::Platform)?, Mode::Read)?;
        let range = Range { equals: vec![IndexValue::Text(community.to_string())], ..Range::default() };
        let mut people = Vec::new();
        let mut cursor = None;
        loop {
            let page = transaction
                .scan(PEOPLE, Some("community"), &range, 1_000, cursor.as_deref())
                .map_err(scan)?;
            for (_, content) in &page.documents {
                people.push(decode(content)?.record);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(people),
            }
        }
    }

    /// The binding that lets `relative` act for `elder` through the component at this time, if there is one. Never
    /// cached: a withdrawn binding ends at once.
    ///
    /// # Errors
    /// When the store fails.
    pub fn binding(
        &self,
        elder: &str,
        relative: &str,
        component: &str,
        now: Timestamp,
    ) -> Result<Option<Binding>, DirectoryError> {
        Ok(self.bound(elder, relative, component, now)?)
    }

    pub(crate) fn bound(
        &self,
        elder: &str,
        relative: &str,
        component: &str,
        now: Timestamp,
    ) -> Result<Option<Binding>, StoreError> {
        let mut transaction = self.begin(self.store.snapshot(Partition::Platform)?, Mode::Read)?;
        let found = match transaction.get(BINDINGS, &pair(elder, relative)) {
            Ok(found) => found,
            // A made-up id is nobody's.
            Err(Fault::BadId) => None,
            Err(fault) => return Err(failed(fault)),
        };
        let binding: Option<Binding> = found
            .map(|content| serde_json::from_str(&content).map_err(|_| StoreError::Damaged("binding")))
            .transpose()?;
        Ok(binding.filter(|binding| binding.allows(component, now)))
    }

    /// The person with this directory id, with the number of its references.
    ///
    /// # Errors
    /// When the store fails.
    pub fn by_id(&self, id: &str) -> Result<Option<Arc<Person>>, StoreError> {
        self.cached(
            |cache| cache.by_id.get(id).cloned(),
            |transaction| match transaction.get(PEOPLE, id) {
                Ok(found) => Ok(found),
                Err(Fault::BadId) => Ok(None),
                Err(fault) => Err(failed(fault)),
            },
        )
    }

    /// The person with this number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn by_row(&self, row: u64) -> Result<Option<Arc<Person>>, StoreError> {
        self.cached(
            |cache| cache.by_row.get(&row).cloned(),
            |transaction| number::with_row(transaction, row).map_err(scan),
        )
    }

    fn cached(
        &self,
        known: impl Fn(&Cache) -> Option<Arc<Person>>,
        read: impl FnOnce(&mut Transaction) -> Result<Option<String>, StoreError>,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let generation = {
            let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(person) = known(&cache) {
                return Ok(Some(person));
            }
            cache.generation
        };
        let mut transaction = self.begin(self.store.snapshot(Partition::Platform)?, Mode::Read)?;
        let Some(content) = read(&mut transaction)? else { return Ok(None) };
        let person = Arc::new(decode(&content)?);
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        if cache.generation == generation && self.capacity > 0 {
            if cache.by_id.len() >= self.capacity {
                // Emptied as a whole: simpler than choosing, and filled again in no time.
                cache.by_id.clear();
                cache.by_row.clear();
            }
            cache.by_id.insert(person.record.id.clone(), person.clone());
            cache.by_row.insert(person.row, person.clone());
        }
        Ok(Some(person))
    }

    fn begin(&self, snapshot: Box<dyn Snapshot>, mode: Mode) -> Result<Transaction, StoreError> {
        let layout = self.layout.clone();
        Ok(Transaction::begin(Partition::Platform, layout, snapshot, self.clock.now(), mode)?.unbounded())
    }
}

/// Everything that is wrong, before anything is written.
fn check(people: &[PersonRecord], bindings: &[Binding]) -> Result<(), DirectoryError> {
    let mut unfit = Vec::new();
    let mut ids = BTreeSet::new();
    for (place, person) in people.iter().enumerate() {
        let rule = person.fault().or_else(|| (!ids.insert(&person.id)).then_some("an id stands there twice"));
        unfit.extend(rule.map(|rule| Unfit { kind: "person", place, rule }));
    }
    let mut pairs = BTreeSet::new();
    for (place, binding) in bindings.iter().enumerate() {
        let twice =
            || (!pairs.insert((&binding.elder, &binding.relative))).then_some("a pair stands there twice");
        let rule = binding.fault().or_else(twice);
        unfit.extend(rule.map(|rule| Unfit { kind: "binding", place, rule }));
    }
    if unfit.is_empty() { Ok(()) } else { Err(DirectoryError::Invalid(unfit)) }
}

fn write(
    transaction: &mut Transaction,
    people: &[PersonRecord],
    bindings: &[Binding],
) -> Result<ImportReport, DirectoryError> {
    let mut report = ImportReport { bindings: bindings.len(), ..ImportReport::default() };
    for record in people {
        let row = match transaction.get(PEOPLE, &record.id).map_err(failed)? {
            Some(known) => {
                report.updated += 1;
                decode(&known)?.row
            }
            None => {
                report.added += 1;
                number::free_row(transaction, &record.id).map_err(scan)?
            }
        };
        let stored = person::Stored::from(Person { row, record: record.clone() });
        put(transaction, PEOPLE, &record.id, &stored)?;
    }
    let mut unfit = Vec::new();
    for (place, binding) in bindings.iter().enumerate() {
        for id in [&binding.elder, &binding.relative] {
            if transaction.get(PEOPLE, id).map_err(failed)?.is_none() {
                unfit.push(Unfit { kind: "binding", place, rule: "one side is not in the directory" });
            }
        }
        put(transaction, BINDINGS, &pair(&binding.elder, &binding.relative), binding)?;
    }
    if unfit.is_empty() { Ok(report) } else { Err(DirectoryError::Invalid(unfit)) }
}

fn put(
    transaction: &mut Transaction,
    collection: &str,
    id: &str,
    value: &impl Serialize,
) -> Result<(), StoreError> {
    let content = serde_json::to_string(value).map_err(|_| StoreError::Damaged("directory record"))?;
    transaction.put(collection, id, &content).map_err(failed)
}

fn decode(content: &str) -> Result<Person, StoreError> {
    let damaged = StoreError::Damaged("person");
    let stored: person::Stored = serde_json::from_str(content).map_err(|_| damaged.clone())?;
    Person::try_from(stored).map_err(|_| damaged)
}

/// `~` stands in no id.
fn pair(elder: &str, relative: &str) -> String {
    format!("{elder}~{relative}")
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "directory")
}

fn scan(error: ScanError) -> StoreError {
    match error {
        ScanError::Fault(fault) => failed(fault),
        ScanError::CursorInvalid => StoreError::Damaged("directory"),
    }
}

/// The directory as if it were a component: that is what gives it its place in the store.
fn descriptor() -> Descriptor {
    let index = |name: &str| Index { name: name.to_owned(), fields: vec![format!("/{name}")] };
    let personal = ["name", "phone", "birth_date", "citizen_number", "address"];
    let collections = vec![
        Collection {
            indexes: vec![index("row"), index("community")],
            personal: personal.map(|field| format!("/{field}")).to_vec(),
            ..by_id(PEOPLE)
        },
        by_id(BINDINGS),
    ];
    book(COMPONENT, Text::new("居民名录", "Directory of residents"), collections)
}
