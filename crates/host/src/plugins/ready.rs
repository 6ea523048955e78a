//! Versions made ready to run: from their file, with what they are granted, in their place in the store.
//!
//! Two versions of a plugin work on the same documents, so each keeps the other's indexes; and a version goes live only
//! when the indexes it brings hold what was stored before it came.

use std::sync::Arc;
use std::time::Duration;

use linli_contract::{ComponentName, Grant, PluginVersion};
use linli_store::{CommitError, Fault, Layout, Mode, Partition, Range, ScanError, StoreError, Transaction};

use super::record::{Plugin, Version, VersionStatus};
use super::{NotNow, PluginError, Rolled};
use crate::platform::{Platform, Shared};
use crate::service::Service;

/// Documents whose index entries are filled in one commit: it shares its community's time with residents' commands.
const FILL_PAGE: u32 = 200;
/// Tries of one such commit. Others write the same documents, but seldom all the time.
const FILL_TRIES: u32 = 50;
/// Wait between two looks at whether the calls that began before have ended.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl Platform {
    /// Makes an approved version ready to run, from its file and in its place in the store: what [`Platform::roll_out`]
    /// needs to have been done.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn make_plugin_ready(
        self: &Arc<Self>,
        name: &ComponentName,
        version: &PluginVersion,
    ) -> Result<Arc<Service>, PluginError> {
        let plugin = self.plugin(name).ok_or(NotNow::UnknownPlugin)?;
        let known = plugin.versions.get(version).ok_or(NotNow::UnknownVersion)?;
        if known.status != VersionStatus::Approved {
            return Err(NotNow::NotApproved.into());
        }
        if let Some(ready) = self.shared.live.ready_version(name, version) {
            return Ok(ready);
        }
        let service = self.prepare_known(&plugin, known, None).await?;
        self.shared.index_together(name, &service).await?;
        // What is live already, and is only made ready again at a start, had its indexes filled before it went live.
        if !plugin.needs(version) {
            self.shared.fill_indexes(&service).await?;
        }
        self.shared.live.make_ready(name, version, service.clone());
        Ok(service)
    }

    /// The same version with what the plugin is granted now. Calls that run end with what they began with.
    pub(super) async fn make_ready_again(
        self: &Arc<Self>,
        plugin: &Plugin,
        version: &PluginVersion,
    ) -> Result<(), PluginError> {
        let known = plugin.versions.get(version).ok_or(NotNow::UnknownVersion)?;
        let before = self.shared.live.ready_version(&plugin.name, version);
        let service = self.prepare_known(plugin, known, before.as_deref()).await?;
        self.shared.index_together(&plugin.name, &service).await?;
        self.shared.live.make_ready(&plugin.name, version, service);
        Ok(())
    }

    async fn prepare_known(
        self: &Arc<Self>,
        plugin: &Plugin,
        known: &Version,
        before: Option<&Service>,
    ) -> Result<Arc<Service>, PluginError> {
        let wasm = self.shared.plugins.read_file(&known.digest).await?;
        let grant = Grant {
            provider: plugin.provider.clone(),
            permissions: known.permissions.clone(),
            limits: plugin.limits.clone(),
        };
        let mut rolled =
            Rolled::new(known.version.clone(), self.shared.metrics.of_version(&plugin.name, &known.version));
        if let Some(before) = before.and_then(Service::rolled) {
            rolled.following(before);
        }
        Ok(self.prepare_version(&wasm, Arc::new(grant), rolled).await?)
    }

    /// Makes live again what was live when the process ended. One plugin that cannot be is not live, and the others
    /// are: what could not be, with why.
    pub async fn restore_plugins(self: &Arc<Self>) -> Vec<(ComponentName, PluginVersion, PluginError)> {
        let mut failed = Vec::new();
        for plugin in self.plugins() {
            for version in plugin.needed() {
                if let Err(error) = self.make_plugin_ready(&plugin.name, &version).await {
                    failed.push((plugin.name.clone(), version, error));
                }
            }
            self.shared.place_plugin(&plugin.name);
            if let (true, Err(error)) = (plugin.is_to_be_cleared(), self.shared.clear(&plugin.name).await) {
                tracing::error!(plugin = plugin.name.as_str(), %error, "a retired plugin could not be cleared");
            }
        }
        failed
    }
}

impl Shared {
    /// Has all ready versions of a plugin keep the indexes of all, this one included. When this returns, no call runs
    /// that does not.
    async fn index_together(&self, name: &ComponentName, service: &Arc<Service>) -> Result<(), StoreError> {
        let names = self.store.spaces()?;
        let mut versions = self.live.ready();
        versions.retain(|ready| ready.descriptor().name == *name);
        let mut changed = Vec::new();
        for version in versions.iter().chain([service]) {
            let before = version.layout();
            let after = Layout::clone(&before).with_all_indexes(&names);
            let after = after.map_err(|_| StoreError::Damaged("name of a space"))?;
            if after != *before {
                version.set_layout(after);
                changed.push(version);
            }
        }
        for version in changed {
            finished(version).await;
        }
        Ok(())
    }

    /// Gives every document of a plugin the index entries it lacks, community by community.
    async fn fill_indexes(&self, service: &Service) -> Result<(), StoreError> {
        for partition in self.store.partitions()? {
            if partition == Partition::Platform {
                continue;
            }
            for collection in &service.descriptor().collections {
                if collection.indexes.is_empty() {
                    continue;
                }
                let mut cursor = None;
                while let Some(next) =
                    self.fill_page(service, partition, &collection.name, cursor.as_deref()).await?
                {
                    cursor = Some(next);
                }
            }
        }
        Ok(())
    }

    /// One page, and where the next one starts.
    async fn fill_page(
        &self,
        service: &Service,
        partition: Partition,
        collection: &str,
        cursor: Option<&str>,
    ) -> Result<Option<String>, StoreError> {
        for _ in 0..FILL_TRIES {
            let snapshot = self.store.pending(partition)?;
            let now = self.clock.now();
            let mut transaction =
                Transaction::begin(partition, service.layout(), snapshot, now, Mode::Write)?.unbounded();
            let page = transaction.scan(collection, None, &Range::default(), FILL_PAGE, cursor);
            let page = page.map_err(|error| match error {
                ScanError::Fault(fault) => failed(fault),
                ScanError::CursorInvalid => StoreError::Damaged("cursor"),
            })?;
            let mut filled = false;
            for (id, _) in &page.documents {
                filled |= transaction.fill_indexes(collection, id).map_err(failed)?;
            }
            if !filled {
                return Ok(page.next);
            }
            match self.store.commit(transaction.into_commit(None, false, vec![])) {
                Ok(pending) => {
                    pending.durable.await?;
                    return Ok(page.next);
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Overloaded)
    }
}

/// Waits until the calls of a version that have begun are over; each has a limit of its own.
pub(super) async fn finished(service: &Service) {
    let running = service.in_flight.turn();
    while running.any() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The host does not misuse its own transaction, so only the store can fail.
fn failed(fault: Fault) -> StoreError {
    match fault {
        Fault::Store(error) => error,
        _ => StoreError::Damaged("plugin's document"),
    }
}
