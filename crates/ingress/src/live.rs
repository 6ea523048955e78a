//! What is being served: the platform's live components, and the routes to them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use linli_contract::{
    Area, Community, ComponentName, Descriptor, Grant, PluginLimits, PluginVersion, Rollout, Timestamp,
};
use linli_gateway::{
    Choose, Gateway, Release, Routes, RoutesError, Tokens, openapi, platform_descriptor, reference_page,
};
use linli_host::{Act, Cleared, Clock, HostLimits, LoadError, Platform, Plugin, PluginError, Service, Trust};
use linli_store::{Partition, Store, StoreError};
use linli_vetting::VettingError;

/// The platform, and the gateway made of the descriptors of its live components. Lifetime: the process's.
pub struct Live {
    platform: Arc<Platform>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: HostLimits,
    tokens: Arc<Tokens>,
    front: RwLock<Arc<Front>>,
    /// One component comes or goes at a time, so that the routes follow the platform in order.
    changing: tokio::sync::Mutex<()>,
}

/// Everything made of the live descriptors, replaced as a whole.
pub(crate) struct Front {
    pub(crate) gateway: Arc<Gateway>,
    /// Versions of plugins by digest: whoever was admitted for one finds it here.
    pub(crate) versions: HashMap<Arc<str>, Arc<Service>>,
    pub(crate) openapi: Bytes,
    pub(crate) reference: Bytes,
}

/// Why a component did not go live.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The file does not pass.
    #[error(transparent)]
    Vetting(#[from] VettingError),
    /// The host cannot run it.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It is not registered, not approved, or not to be found.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// Its operations cannot be served beside the others.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Routes(Vec<RoutesError>),
}

impl Live {
    /// Serves what the platform has live already; more comes with [`Live::load`].
    ///
    /// # Errors
    /// The components that are live cannot be served together.
    pub fn new(
        platform: Arc<Platform>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: HostLimits,
        tokens: Arc<Tokens>,
    ) -> Result<Arc<Self>, LiveError> {
        let front = Front::of(whole(&platform), &platform, &tokens)?;
        Ok(Arc::new(Self {
            platform,
            store,
            clock,
            limits,
            tokens,
            front: RwLock::new(Arc::new(front)),
            changing: tokio::sync::Mutex::new(()),
        }))
    }

    /// Checks a component file, makes it live (in place of one of the same name) and routes to it.
    ///
    /// # Errors
    /// It does not pass, cannot be run, or cannot be served; then nothing has changed.
    pub async fn load(&self, wasm: &[u8], trust: Trust) -> Result<Arc<Service>, LiveError> {
        let _changing = self.changing.lock().await;
        linli_vetting::screen(wasm, &self.limits)?;
        let service = self.platform.prepare(wasm, trust).await?;
        self.serve(service)
    }

    /// Does what [`Live::load`] does for a plugin with this grant.
    ///
    /// # Errors
    /// As [`Live::load`].
    pub async fn load_plugin(&self, wasm: &[u8], grant: Arc<Grant>) -> Result<Arc<Service>, LiveError> {
        let _changing = self.changing.lock().await;
        linli_vetting::screen(wasm, &self.limits)?;
        let service = self.platform.prepare_plugin(wasm, grant).await?;
        self.serve(service)
    }

    fn serve(&self, service: Arc<Service>) -> Result<Arc<Service>, LiveError> {
        linli_vetting::judge(service.descriptor())?;
        linli_vetting::judge_settings(service.descriptor(), |name| service.setting(name))?;
        let mut descriptors = whole(&self.platform);
        descriptors.retain(|descriptor| descriptor.name != service.descriptor().name);
        descriptors.push(service.descriptor().clone());
        let front = Front::of(descriptors, &self.platform, &self.tokens)?;
        self.platform.go_live(service.clone());
        self.show(front);
        Ok(service)
    }

    /// Takes a component out of service.
    ///
    /// # Errors
    /// None that can be expected: what is served together can be served with one less.
    pub async fn unload(&self, name: &str) -> Result<(), LiveError> {
        let _changing = self.changing.lock().await;
        self.platform.unload(name);
        self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        Ok(())
    }

    /// Makes an approved version of a plugin live for these communities and this share of their callers.
    ///
    /// It is routed to before anybody is given it, so that nobody who is finds nothing there.
    ///
    /// # Errors
    /// It may not go live, or cannot be run or served; then nothing has changed.
    pub async fn roll_out(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
        rollout: &Rollout,
        act: &Act,
    ) -> Result<Arc<Plugin>, LiveError> {
        let _changing = self.changing.lock().await;
        self.platform.make_plugin_ready(name, version).await?;
        self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        let plugin = self.platform.roll_out(name, version, rollout, act).await?;
        // What is needed no more is routed to no more, and described as it is now.
        self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        Ok(plugin)
    }

    /// Sets what a plugin may use, from its next call on.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn set_plugin_limits(
        &self,
        name: &ComponentName,
        limits: &PluginLimits,
        act: &Act,
    ) -> Result<Arc<Plugin>, LiveError> {
        let _changing = self.changing.lock().await;
        let plugin = self.platform.set_plugin_limits(name, limits, act).await?;
        self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        Ok(plugin)
    }

    /// Takes a plugin off for good, and ends what it left behind.
    ///
    /// # Errors
    /// See [`PluginError`]. What it left behind is ended at the next start then, or when it is asked for again.
    pub async fn retire_plugin(&self, name: &ComponentName, act: &Act) -> Result<Cleared, LiveError> {
        {
            let _changing = self.changing.lock().await;
            let known = self.platform.plugin(name);
            if !known.is_some_and(|plugin| plugin.is_to_be_cleared()) {
                self.platform.retire_plugin(name, act).await?;
            }
            self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        }
        Ok(self.platform.clear_plugin(name).await?)
    }

    /// Makes live again the plugins that were live when the process ended. One that cannot be is in the log, and does
    /// not keep the others waiting.
    ///
    /// # Errors
    /// What is live cannot be served together.
    pub async fn restore_plugins(&self) -> Result<(), LiveError> {
        let _changing = self.changing.lock().await;
        for (name, version, error) in self.platform.restore_plugins().await {
            tracing::error!(plugin = name.as_str(), %version, %error, "a version cannot be made live again");
        }
        self.show(Front::of(whole(&self.platform), &self.platform, &self.tokens)?);
        Ok(())
    }

    /// Bytes of a component that may be uploaded.
    pub(crate) fn component_bytes(&self) -> usize {
        self.limits.component_bytes
    }

    pub(crate) fn limits(&self) -> &HostLimits {
        &self.limits
    }

    /// The platform.
    pub fn platform(&self) -> &Arc<Platform> {
        &self.platform
    }

    /// The platform's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The communities of an area in which anything was ever written, in order, up to `most`.
    pub(crate) fn communities(&self, area: &Area, most: usize) -> Result<Vec<Community>, StoreError> {
        self.store.communities(area, most)
    }

    pub(crate) fn front(&self) -> Arc<Front> {
        self.front.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn gateway(&self) -> Arc<Gateway> {
        self.front.read().unwrap_or_else(PoisonError::into_inner).gateway.clone()
    }

    /// Whether calls can be answered: something is live, and the store gives snapshots.
    pub(crate) fn is_ready(&self) -> bool {
        !self.platform.services().is_empty()
            && matches!(self.store.snapshot(Partition::Platform), Ok(_) | Err(StoreError::Overloaded))
    }

    fn show(&self, front: Front) {
        *self.front.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(front);
    }
}

/// What has one version for everybody.
fn whole(platform: &Platform) -> Vec<Arc<Descriptor>> {
    platform.whole_services().iter().map(|service| service.descriptor().clone()).collect()
}

/// Who gets which version of a plugin, as the host has it at this moment.
struct Chooser(Arc<Platform>);

impl Choose for Chooser {
    fn choose(&self, plugin: &ComponentName, community: Community, caller: Option<&str>) -> Option<Arc<str>> {
        self.0.choose_version(plugin, community, caller)
    }
}

impl Front {
    fn of(
        mut whole: Vec<Arc<Descriptor>>,
        platform: &Arc<Platform>,
        tokens: &Arc<Tokens>,
    ) -> Result<Self, LiveError> {
        whole.sort_by(|a, b| a.name.cmp(&b.name));
        let ready = platform.ready_plugins();
        let release = |service: &Arc<Service>| Release {
            descriptor: service.descriptor().clone(),
            digest: service.shared_digest().clone(),
        };
        let releases: Vec<Release> = ready.iter().map(release).collect();
        let routes = Routes::build(&whole).and_then(|routes| routes.with_plugins(&releases));
        let routes = routes.map_err(LiveError::Routes)?;
        let live = platform.services();
        let is_plugin =
            |name: &ComponentName| releases.iter().any(|release| release.descriptor.name == *name);
        let plugins = live.iter().map(|service| service.descriptor()).filter(|d| is_plugin(&d.name)).cloned();
        let described: Vec<_> = whole.iter().cloned().chain(plugins).chain([platform_descriptor()]).collect();
        let document = openapi(&described, "");
        let gateway = Gateway::new(routes, tokens.clone()).choosing(Arc::new(Chooser(platform.clone())));
        Ok(Self {
            openapi: document.to_string().into(),
            reference: reference_page(&document).into(),
            gateway: Arc::new(gateway),
            versions: ready.into_iter().map(|service| (service.shared_digest().clone(), service)).collect(),
        })
    }
}
