//! What a plugin is where this host is not: one version, and what it may.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use linli_calls::SystemClock;
use linli_contract::{ComponentName, Grant, PluginVersion};
use linli_store::Store;

use super::files::Files;
use super::{PluginError, Plugins, VersionStatus};
use crate::load_error::PlatformError;

/// A plugin's stable version, to be run elsewhere.
#[derive(Debug, Clone)]
pub struct ApprovedPlugin {
    /// What it is called in paths.
    pub name: ComponentName,
    /// Which.
    pub version: PluginVersion,
    /// What was approved, and what it may use.
    pub grant: Grant,
    /// Its component.
    pub wasm: Vec<u8>,
}

/// Why plugins cannot be had from a data directory.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The registry cannot be read.
    #[error(transparent)]
    Registry(#[from] PlatformError),
    /// A file cannot be read.
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

/// The stable versions of the wanted plugins that are approved and answer callers: read beside a server that runs, from a
/// store that may be open for reading alone. What is suspended, retired or unknown is left out. Blocks.
///
/// # Errors
/// The store fails, or a file is damaged.
pub fn approved_plugins(
    store: Arc<dyn Store>,
    directory: &Path,
    wanted: &BTreeSet<ComponentName>,
) -> Result<Vec<ApprovedPlugin>, ExportError> {
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    // Without the directory: opening it would remove what a running server is about to finish.
    let plugins = Plugins::open(store, Arc::new(SystemClock), None)?;
    let files = Files::at(directory);
    let mut approved = Vec::new();
    for plugin in plugins.all() {
        let answers = plugin.suspended.is_none() && plugin.retired_at.is_none();
        let stable = plugin.stable.as_ref().and_then(|stable| plugin.versions.get(&stable.version));
        let Some(version) = stable.filter(|version| version.status == VersionStatus::Approved) else {
            continue;
        };
        if answers && wanted.contains(&plugin.name) {
            approved.push(ApprovedPlugin {
                name: plugin.name.clone(),
                version: version.version.clone(),
                grant: plugin.grant_of(version),
                wasm: files.read(&version.digest).map_err(PluginError::from)?,
            });
        }
    }
    Ok(approved)
}
