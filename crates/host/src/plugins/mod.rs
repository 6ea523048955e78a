//! The registry of plugins, in the platform's own partition and in memory; their files, by digest, beside it.
//!
//! Every change is one commit of the platform's partition: the record, the version, an entry in the list of the
//! plugin's life, a line in the audit log. What is live follows the record, never the other way round, so that a start
//! finds what was there before.
//!
//! One process reads and writes it, as with providers: where several share a store, each must hear of the others'
//! commits first.

mod export;
mod files;
mod life;
mod publisher;
mod ready;
mod record;
mod retire;
mod rollout;
mod trial;
mod watch;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use linli_calls::{Clock, book, by_id, store_failed};
use linli_contract::{ComponentName, Descriptor, PluginVersion, Text, Timestamp};
use linli_store::audit::AuditEntry;
use linli_store::{
    CommitError, Fault, Layout, Mode, Partition, Range, ScanError, Store, StoreError, Transaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::load_error::LoadError;
use files::Files;
use life::Step;

pub use export::{ApprovedPlugin, ExportError, approved_plugins};
pub use files::{FileError, digest_of};
pub use life::{MAX_VERSIONS, NotNow, Upload};
pub use publisher::{PublisherKey, SignatureError};
pub use record::{Happening, LifeEvent, Plugin, Released, Suspension, Trial, Version, VersionStatus};
pub use retire::Cleared;
pub use trial::{Counts, RollbackRule};

pub(crate) use watch::{Rolled, call_failed};

/// Name of the registry in the store.
pub(crate) const COMPONENT: &str = "plugins";
const PLUGINS: &str = "plugins";
const VERSIONS: &str = "versions";
const REPORTS: &str = "reports";
const EVENTS: &str = "events";
/// Documents read at a time when the registry is loaded.
const PAGE: u32 = 1_000;
/// Commits that may run into each other before one gives up: others of the partition do not touch these rows.
const TRIES: u32 = 5;

/// Who does something to a plugin, and why.
#[derive(Debug, Clone)]
pub struct Act {
    /// `provider`, `reviewer`, `operator` or `system`.
    pub role: &'static str,
    /// Their id in the directory, or the provider's.
    pub by: Option<String>,
    /// In their words.
    pub reason: Option<String>,
    /// To find the request in the logs.
    pub request_id: String,
}

/// Why something did not happen to a plugin.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It may not.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// Its file cannot be kept, or not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The host cannot run it.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The registry, kept up to date.
pub(crate) struct Plugins {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    layout: Arc<Layout>,
    files: Option<Files>,
    current: RwLock<HashMap<ComponentName, Arc<Plugin>>>,
    /// What is live follows the records one change at a time.
    switching: Mutex<()>,
}

impl Plugins {
    /// Loads all that is registered.
    ///
    /// # Errors
    /// When the store fails, a record is damaged, or the directory cannot be used.
    pub(crate) fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        directory: Option<&Path>,
    ) -> Result<Self, crate::load_error::PlatformError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        let files = directory.map(Files::open).transpose()?;
        let (current, switching) = (RwLock::default(), Mutex::default());
        let plugins = Self { store, clock, layout, files, current, switching };
        let loaded = plugins.load()?;
        if let Some(files) = &plugins.files {
            let known = |digest: &str| {
                loaded.values().flat_map(|plugin| plugin.versions.values()).any(|v| v.digest == digest)
            };
            let removed = files.sweep(known)?;
            if removed > 0 {
                tracing::info!(removed, "files of uploads that were not finished are gone");
            }
        }
        *plugins.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(plugins)
    }

    /// A plugin as it is now.
    pub(crate) fn get(&self, name: &ComponentName) -> Option<Arc<Plugin>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// Whether it is a plugin that is not retired, so that a version of it may go live.
    pub(crate) fn may_return(&self, name: &str) -> bool {
        let plugin = name.parse().ok().and_then(|name| self.get(&name));
        plugin.is_some_and(|plugin| plugin.retired_at.is_none())
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Plugin>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let ordered: BTreeMap<_, _> = current.iter().collect();
        ordered.into_values().cloned().collect()
    }

    /// What vetting found of a version, as JSON.
    pub(crate) fn report(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
    ) -> Result<Option<String>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        transaction.get(REPORTS, &id(name, version)).map_err(failed)
    }

    /// Everything that happened to a plugin, in order.
    pub(crate) fn events(&self, plugin: &Plugin) -> Result<Vec<LifeEvent>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        let events = (0..plugin.events).map(|number| {
            let found = transaction.get(EVENTS, &event_id(&plugin.name, number)).map_err(failed)?;
            decode(&found.ok_or(StoreError::Damaged("plugin event"))?)
        });
        events.collect()
    }

    /// Where files are kept.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.files.as_ref().map(Files::directory)
    }

    pub(crate) async fn keep_file(&self, wasm: &[u8]) -> Result<String, FileError> {
        let (files, wasm) = (self.files.clone().ok_or(FileError::NoPlace)?, wasm.to_vec());
        let kept = tokio::task::spawn_blocking(move || files.keep(&wasm)).await;
        kept.map_err(std::io::Error::other)?.map(|digest| digest.hex())
    }

    pub(crate) async fn read_file(&self, digest: &str) -> Result<Vec<u8>, FileError> {
        let (files, digest) = (self.files.clone().ok_or(FileError::NoPlace)?, digest.to_owned());
        tokio::task::spawn_blocking(move || files.read(&digest)).await.map_err(std::io::Error::other)?
    }

    /// One change, durably: `decide` is given the plugin and the version as they are, and says what becomes of them. It
    /// may be asked again, after a conflict.
    pub(crate) async fn change(
        &self,
        name: &ComponentName,
        version: Option<&PluginVersion>,
        act: &Act,
        report: Option<&str>,
        decide: impl Fn(Option<Plugin>, Option<Version>, Timestamp) -> Result<Step, NotNow>,
    ) -> Result<Arc<Plugin>, PluginError> {
        for _ in 0..TRIES {
            let mut transaction = self.begin(Mode::Write)?;
            let known = read(&mut transaction, PLUGINS, name.as_str())?;
            let of = match version {
                Some(version) => read(&mut transaction, VERSIONS, &id(name, version))?,
                None => None,
            };
            let now = transaction.now();
            let mut step = decide(known, of, now)?;
            let event = LifeEvent {
                at: now,
                what: step.happened,
                version: step.of.clone(),
                role: act.role.to_owned(),
                by: act.by.clone(),
                reason: act.reason.clone(),
                rollout: step.rollout.clone(),
            };
            let number = step.plugin.events;
            step.plugin.events += 1;
            step.plugin.revision += 1;
            write(&mut transaction, PLUGINS, name.as_str(), &step.plugin)?;
            write(&mut transaction, EVENTS, &event_id(name, number), &event)?;
            if let Some(version) = &step.version {
                write(&mut transaction, VERSIONS, &id(name, &version.version), version)?;
            }
            if let (Some(report), Some(version)) = (report, version) {
                transaction.put(REPORTS, &id(name, version), report).map_err(failed)?;
            }
            match self.store.commit(transaction.into_commit(None, false, vec![audit(act, name, &event)])) {
                Ok(pending) => {
                    pending.durable.await?;
                    return Ok(self.remember(step));
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Overloaded.into())
    }

    /// Two that were committed one after the other may come here in any order.
    fn remember(&self, step: Step) -> Arc<Plugin> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let name = step.plugin.name.clone();
        let known = current.get(&name);
        let mut versions = known.map(|known| known.versions.clone()).unwrap_or_default();
        versions.extend(step.version.map(|version| (version.version.clone(), version)));
        let newest = match known {
            Some(known) if known.revision > step.plugin.revision => Plugin::clone(known),
            _ => step.plugin,
        };
        let plugin = Arc::new(Plugin { versions, ..newest });
        current.insert(name, plugin.clone());
        plugin
    }

    fn load(&self) -> Result<HashMap<ComponentName, Arc<Plugin>>, StoreError> {
        let mut versions: HashMap<ComponentName, BTreeMap<_, _>> = HashMap::new();
        for version in self.all_of::<Version>(VERSIONS)? {
            let of = versions.entry(version.plugin.clone()).or_default();
            of.insert(version.version.clone(), version);
        }
        let plugins = self.all_of::<Plugin>(PLUGINS)?.into_iter().map(|plugin| {
            let versions = versions.remove(&plugin.name).unwrap_or_default();
            (plugin.name.clone(), Arc::new(Plugin { versions, ..plugin }))
        });
        Ok(plugins.collect())
    }

    fn all_of<T: DeserializeOwned>(&self, collection: &str) -> Result<Vec<T>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = transaction.scan(collection, None, &Range::default(), PAGE, cursor.as_deref());
            let page = page.map_err(|error| match error {
                ScanError::Fault(fault) => failed(fault),
                ScanError::CursorInvalid => StoreError::Damaged("plugin"),
            })?;
            for (_, content) in &page.documents {
                all.push(decode(content)?);
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let snapshot = self.store.pending(Partition::Platform)?;
        let layout = self.layout.clone();
        Ok(Transaction::begin(Partition::Platform, layout, snapshot, self.clock.now(), mode)?.unbounded())
    }
}

fn read<T: DeserializeOwned>(
    transaction: &mut Transaction,
    collection: &str,
    id: &str,
) -> Result<Option<T>, StoreError> {
    transaction.get(collection, id).map_err(failed)?.as_deref().map(decode).transpose()
}

fn write<T: Serialize>(
    transaction: &mut Transaction,
    collection: &str,
    id: &str,
    value: &T,
) -> Result<(), StoreError> {
    let content = serde_json::to_string(value).map_err(|_| StoreError::Damaged("plugin"))?;
    transaction.put(collection, id, &content).map_err(failed)
}

fn decode<T: DeserializeOwned>(content: &str) -> Result<T, StoreError> {
    serde_json::from_str(content).map_err(|_| StoreError::Damaged("plugin"))
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "plugin")
}

/// `~` stands in no name and no version.
fn id(name: &ComponentName, version: &PluginVersion) -> String {
    format!("{name}~{version}")
}

fn event_id(name: &ComponentName, number: u32) -> String {
    format!("{name}~{number:010}")
}

fn audit(act: &Act, name: &ComponentName, event: &LifeEvent) -> AuditEntry {
    AuditEntry {
        actor: act.by.clone(),
        acted_for: None,
        component: name.to_string(),
        operation: format!("plugin:{}", event.what.as_str()),
        outcome: "ok".to_owned(),
        request_id: act.request_id.clone(),
        accesses: vec![],
    }
}

/// The registry as if it were a component: that is what gives it its place in the store.
fn descriptor() -> Descriptor {
    book(
        COMPONENT,
        Text::new("插件登记", "Registry of plugins"),
        [PLUGINS, VERSIONS, REPORTS, EVENTS].map(by_id).to_vec(),
    )
}
