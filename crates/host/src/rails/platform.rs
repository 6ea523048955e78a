//! Plugins' rails on the platform: made, changed, and what was used of them.

use std::sync::Arc;

use linli_contract::{ComponentName, Grant, PluginLimits};
use linli_store::{Layout, StoreError};

use super::{PluginRails, PluginUsage};
use crate::load_error::LoadError;
use crate::platform::Platform;

impl Platform {
    /// Changes what a plugin may use, all its versions together, from the next call on. It holds until a version goes
    /// live with other limits in its grant, or the platform ends; false when no such plugin was prepared.
    pub fn limit_plugin(&self, plugin: &ComponentName, limits: PluginLimits) -> bool {
        let rails = self.shared.rails.get(plugin);
        rails.map(|rails| rails.set_limits(limits)).is_some()
    }

    /// What a plugin has used, by day and community, up to this moment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(&self, plugin: &ComponentName) -> Result<PluginUsage, StoreError> {
        self.keep_usage().await?;
        self.shared.usage.of(plugin)
    }

    /// Makes durable what plugins have used up to this moment; before the process ends, say. Otherwise
    /// [`Platform::run_deliveries`] does it about once a minute.
    ///
    /// # Errors
    /// When the store fails; nothing is lost from memory then.
    pub async fn keep_usage(&self) -> Result<(), StoreError> {
        self.shared.usage.keep(&self.shared.rails).await
    }

    /// The rails of a plugin; for one that was not known before, with what the store holds of its today.
    pub(crate) async fn rails(
        &self,
        name: &ComponentName,
        layout: &Layout,
        grant: &Grant,
    ) -> Result<Arc<PluginRails>, LoadError> {
        let shared = &self.shared;
        if let Some(known) = shared.rails.get(name) {
            return Ok(known);
        }
        let (reading, plugin) = (shared.clone(), name.clone());
        let kept = tokio::task::spawn_blocking(move || reading.usage.today(&plugin));
        let kept = kept.await.map_err(|_| StoreError::Closed)??;
        Ok(shared.rails.of(name, layout.space, &grant.limits, &shared.limits, kept))
    }
}
