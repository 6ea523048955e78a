//! Versions made ready to run: from their file, with what they are granted, in their place in the store.
//!
//! Two versions of a plugin work on the same documents, so each keeps the other's indexes; and a version is ready only
//! when the indexes it brings hold what was stored before it came: see `filling.rs`.

use std::sync::Arc;
use std::time::Duration;

use linli_contract::{ComponentName, PluginVersion};

use super::record::{Plugin, Version, VersionStatus};
use super::{NotNow, PluginError, Rolled};
use crate::platform::Platform;
use crate::service::Service;

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
        self.shared.live.make_ready(name, version, service.clone());
        Ok(service)
    }

    /// The version of a plugin that most callers get now: the next one may have to run beside it.
    pub fn live_version(&self, name: &ComponentName) -> Option<Arc<Service>> {
        self.shared.live.main_of(name)
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
        let grant = plugin.grant_of(known);
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

/// Waits until the calls of a version that have begun are over; each has a limit of its own.
pub(super) async fn finished(service: &Service) {
    let running = service.in_flight.turn();
    while running.any() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
