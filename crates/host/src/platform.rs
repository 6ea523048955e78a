//! The platform: what lives as long as the process.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linli_calls::{
    CONSENTS, Clock, Component as CalledComponent, Consents, DIRECTORY, Directory, MasterKey, OutboundGrants,
    PROVIDERS, Providers, Signatures, Trust, check_purposes, hex, settings,
};
use linli_contract::{ComponentName, Descriptor, Grant, Provider};
use linli_store::{Layout, Store, StoreError};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::admission::Admission;
use crate::bindings::ExportsPre;
use crate::cache::CompiledCache;
use crate::call::{CallError, CallRequest, Called};
use crate::deliveries::Schedule;
use crate::guest::Guest;
use crate::imports::{self, wasi};
use crate::kept::KeptAnswers;
use crate::lanes::Lanes;
use crate::limits::HostLimits;
use crate::live::Live;
use crate::load_error::{LoadError, PlatformError};
use crate::metrics::{Metrics, MetricsSnapshot, PluginSnapshot};
use crate::outbound::{Outbound, Outside};
use crate::plugins::{self, Plugins, Rolled};
use crate::pool::{Commons, Pool};
use crate::rails::{self, Breaker, Rails, UsageBook};
use crate::retention::Retention;
use crate::running::Running;
use crate::service::{Parts, Service};
use crate::shared::Shared;

/// What a platform is made with.
pub struct PlatformConfig {
    /// Bounds.
    pub limits: HostLimits,
    /// Where compiled components are kept, and mapped into memory from; none: they are compiled at every start, and
    /// are in memory whole.
    pub cache_dir: Option<PathBuf>,
    /// Where the files of uploaded plugins are kept; none: nobody can upload any.
    pub plugin_dir: Option<PathBuf>,
    /// Configured values, by component and name.
    pub settings: BTreeMap<String, BTreeMap<String, Json>>,
    /// Where components may call.
    pub outbound: OutboundGrants,
    /// Who answers in place of the outside; none: the outside itself.
    pub outside: Option<Arc<dyn Outside>>,
    /// What is signed how.
    pub signatures: Signatures,
    /// Where `now` comes from.
    pub clock: Arc<dyn Clock>,
    /// Whether the fuel of calls is counted: slower, for rehearsals and tests.
    pub count_fuel: bool,
}

impl PlatformConfig {
    /// Default bounds, nothing kept on disk, nothing configured, nothing granted.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (settings, outbound, signatures) = (BTreeMap::new(), OutboundGrants::new(), Signatures::new());
        let limits = HostLimits::default();
        Self {
            limits,
            cache_dir: None,
            plugin_dir: None,
            settings,
            outbound,
            outside: None,
            signatures,
            clock,
            count_fuel: false,
        }
    }
}

/// Names that stand for the platform's own things in the store.
const RESERVED: [&str; 8] = [
    ComponentName::PLATFORM,
    DIRECTORY,
    PROVIDERS,
    plugins::COMPONENT,
    CONSENTS,
    rails::USAGE,
    // What functions on Spin know of each other: see `spin/spin-store`.
    "compositions",
    "retention",
];

/// A set of live components over one store. Lives as long as the process.
pub struct Platform {
    pub(crate) shared: Arc<Shared>,
    engine: Engine,
    linker: Linker<Guest>,
    commons: Commons,
    cache: Option<Arc<CompiledCache>>,
    /// One compilation at a time, so that uploads do not take all cores.
    compiling: tokio::sync::Mutex<()>,
    settings: BTreeMap<String, BTreeMap<String, Json>>,
    outbound: OutboundGrants,
    signatures: Signatures,
    master: MasterKey,
}

impl Platform {
    /// # Errors
    /// See [`PlatformError`].
    pub fn new(
        config: PlatformConfig,
        store: Arc<dyn Store>,
        master: MasterKey,
    ) -> Result<Arc<Self>, PlatformError> {
        let failed = |error: wasmtime::Error| PlatformError::Engine(format!("{error:#}"));
        let engine = crate::engine::build(&config.limits, config.count_fuel).map_err(failed)?;
        let mut linker = Linker::new(&engine);
        imports::add_to_linker(&mut linker).map_err(failed)?;
        let cache = config.cache_dir.as_deref().map(|dir| CompiledCache::open(dir, &master, &engine));
        let cache = cache.transpose()?.map(Arc::new);
        let directory = Directory::open(store.clone(), config.clock.clone(), config.limits.directory_cache)?;
        let providers = Providers::open(store.clone(), config.clock.clone(), config.limits.providers)?;
        let consents = Consents::open(store.clone(), config.clock.clone())?;
        let usage = UsageBook::open(store.clone(), config.clock.clone())?;
        let plugins = Plugins::open(store.clone(), config.clock.clone(), config.plugin_dir.as_deref())?;
        let commons = Commons::new(config.limits, config.count_fuel);
        let limits = commons.limits.clone();
        // Whoever has a turn of a component waits here for one of the platform's, so the queue is as long as there are
        // such turns: bounded by the components, not here.
        let admission = Admission::new(limits.concurrency, u32::MAX, limits.max_wait);
        let shared = Arc::new(Shared {
            store,
            directory,
            providers,
            consents,
            rails: Rails::default(),
            usage,
            plugins,
            clock: config.clock,
            limits,
            live: Live::default(),
            metrics: Metrics::default(),
            lanes: Lanes::default(),
            running: Running::default(),
            admission,
            outbound: Outbound::new(config.outside),
            schedule: Schedule::default(),
            retention: Retention::default(),
            draining: AtomicBool::new(false),
        });
        let compiling = tokio::sync::Mutex::new(());
        let (settings, outbound, signatures) = (config.settings, config.outbound, config.signatures);
        Ok(Arc::new(Self {
            shared,
            engine,
            linker,
            commons,
            cache,
            compiling,
            settings,
            outbound,
            signatures,
            master,
        }))
    }

    /// Compiles a component (or takes it from the cache), asks what it is, checks that, and makes it live in the place
    /// of one of the same name. Calls that run in the old one end there.
    ///
    /// # Errors
    /// See [`LoadError`]; what was live before stays live.
    pub async fn load(self: &Arc<Self>, wasm: &[u8], trust: Trust) -> Result<Arc<Service>, LoadError> {
        let service = self.prepare(wasm, trust).await?;
        self.go_live(service.clone());
        Ok(service)
    }

    /// Does what [`Platform::load`] does but for making the component live: for servers that check more of it first.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn prepare(self: &Arc<Self>, wasm: &[u8], trust: Trust) -> Result<Arc<Service>, LoadError> {
        // A plugin nobody reviewed stands for itself, and has nothing.
        let nothing = |name: &ComponentName| Arc::new(Grant::nothing(&format!("plugin/{name}")));
        self.prepare_granted(wasm, |name| (trust == Trust::Plugin).then(|| nothing(name)), None).await
    }

    /// Does what [`Platform::prepare`] does for a plugin that was reviewed.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn prepare_plugin(
        self: &Arc<Self>,
        wasm: &[u8],
        grant: Arc<Grant>,
    ) -> Result<Arc<Service>, LoadError> {
        self.prepare_granted(wasm, |_| Some(grant), None).await
    }

    /// Does what [`Platform::prepare_plugin`] does for a version that may be live beside another.
    pub(crate) async fn prepare_version(
        self: &Arc<Self>,
        wasm: &[u8],
        grant: Arc<Grant>,
        rolled: Rolled,
    ) -> Result<Arc<Service>, LoadError> {
        self.prepare_granted(wasm, |_| Some(grant), Some(rolled)).await
    }

    async fn prepare_granted(
        self: &Arc<Self>,
        wasm: &[u8],
        grant: impl FnOnce(&ComponentName) -> Option<Arc<Grant>>,
        rolled: Option<Rolled>,
    ) -> Result<Arc<Service>, LoadError> {
        let (digest, pool) = self.compiled(wasm).await?;
        let descriptor = Arc::new(pool.describe().await?);
        if RESERVED.contains(&descriptor.name.as_str()) {
            return Err(LoadError::Reserved(descriptor.name.to_string()));
        }
        descriptor.validate().map_err(LoadError::Descriptor)?;
        let grant = grant(&descriptor.name);
        let configured = self.settings.get(descriptor.name.as_str());
        self.settle(digest, pool, descriptor, (grant, rolled), configured).await
    }

    /// A component that was compiled and linked, and the digest of its file.
    pub(crate) async fn compiled(&self, wasm: &[u8]) -> Result<(String, Pool), LoadError> {
        let digest = hex(&Sha256::digest(wasm));
        let component = self.compile(wasm, &digest).await?;
        let pool = self.link(&component)?;
        Ok((digest, pool))
    }

    /// Makes a service of a component whose descriptor is in order.
    pub(crate) async fn settle(
        &self,
        digest: String,
        mut pool: Pool,
        descriptor: Arc<Descriptor>,
        (grant, rolled): (Option<Arc<Grant>>, Option<Rolled>),
        configured: Option<&BTreeMap<String, Json>>,
    ) -> Result<Arc<Service>, LoadError> {
        if grant.is_none() {
            pool.keep_warm();
        }
        let settings = settings(&descriptor, configured)?;
        let signatures = self.signatures.get(descriptor.name.as_str());
        check_purposes(&descriptor, signatures)?;
        let layout = self.layout(descriptor.clone()).await?;
        let rails = match &grant {
            Some(grant) => Some(self.rails(&descriptor.name, &layout, grant).await?),
            None => None,
        };
        let limits = &self.shared.limits;
        let (turns, waiting) = (limits.per_component_concurrency, limits.per_component_waiting);
        let metrics = self.shared.metrics.of(&descriptor.name);
        let outbound = self.outbound.get(descriptor.name.as_str());
        let component =
            CalledComponent::new(descriptor, grant, layout.space, settings, signatures, &self.master);
        let parts = Parts {
            component: Arc::new(component),
            digest,
            rolled,
            layout: Arc::new(layout),
            rails,
            breaker: Breaker::new(limits.breaker.clone()),
            admission: Admission::new(turns, waiting, limits.max_wait),
            pool,
            kept: KeptAnswers::new(limits),
            metrics,
        };
        Ok(Arc::new(Service::new(parts, outbound)))
    }

    /// Makes live what [`Platform::prepare`] made, in the place of one of the same name. Calls that run in that one end
    /// there.
    pub fn go_live(&self, service: Arc<Service>) {
        if let (Some(rails), Some(grant)) = (service.rails(), service.grant()) {
            rails.set_limits(grant.limits.clone());
        }
        self.shared.live.insert(service);
    }

    /// The live components, by name; of a plugin the stable version, or else the one on trial.
    pub fn services(&self) -> Vec<Arc<Service>> {
        self.shared.live.all()
    }

    /// Takes a component off; calls that run in it end there. What it stored stays.
    pub fn unload(&self, name: &str) {
        self.shared.live.remove(name);
    }

    /// Runs one operation, end to end: what was answered is durable.
    ///
    /// # Errors
    /// See [`CallError`]. A problem is an answer, not an error.
    pub async fn call(&self, call: CallRequest) -> Result<Called, CallError> {
        self.shared.call(call).await
    }

    /// Runs one operation of this version, as [`Platform::call`] does of the one that the caller gets: for servers that
    /// chose it already. It need not be live any more, so that who is on the way when it is replaced arrives.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_version(&self, service: &Arc<Service>, call: CallRequest) -> Result<Called, CallError> {
        self.shared.call_of(service, call).await
    }

    /// Residents, workers and kin bindings.
    pub fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    /// What is registered of a provider at this moment.
    pub fn provider(&self, id: &str) -> Option<Provider> {
        self.shared.providers.current().get(id).cloned()
    }

    /// The public keys of everything live that signs, as a JWK set (RFC 7517), with `component` and `purpose` beside
    /// each key. What is signed: see `wit/keys.wit`.
    pub fn public_keys(&self) -> Json {
        let keys: Vec<Json> =
            self.shared.live.versions().iter().flat_map(|service| service.public_keys()).collect();
        serde_json::json!({ "keys": keys })
    }

    /// The numbers of this moment.
    pub fn metrics(&self) -> MetricsSnapshot {
        let now = self.shared.clock.now();
        let plugin = |service: &Arc<Service>| {
            let rails = service.rails()?;
            Some(PluginSnapshot {
                name: service.descriptor().name.to_string(),
                version: service.descriptor().version.clone(),
                circuit: service.breaker.circuit(now),
                storage_bytes: rails.storage_bytes(),
            })
        };
        let mut plugins: Vec<_> = self.shared.live.versions().iter().filter_map(plugin).collect();
        plugins.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        MetricsSnapshot { plugins, ..self.shared.metrics.snapshot() }
    }

    /// Refuses new calls from now on; those that run go on.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
        self.shared.schedule.poke();
    }

    async fn compile(&self, wasm: &[u8], digest: &str) -> Result<Component, LoadError> {
        let most = self.shared.limits.component_bytes;
        if wasm.len() > most {
            return Err(LoadError::TooLarge(most));
        }
        let _turn = self.compiling.lock().await;
        let (engine, cache) = (self.engine.clone(), self.cache.clone());
        let (wasm, digest) = (wasm.to_vec(), digest.to_owned());
        let compiling = tokio::task::spawn_blocking(move || -> wasmtime::Result<Component> {
            if let Some(component) = cache.as_ref().and_then(|cache| cache.load(&engine, &digest)) {
                return Ok(component);
            }
            let component = Component::from_binary(&engine, &wasm)?;
            Ok(match cache {
                Some(cache) => cache.keep(&engine, component, &digest),
                None => component,
            })
        });
        let failed = |error: wasmtime::Error| LoadError::Compile(format!("{error:#}"));
        compiling.await.map_err(|error| LoadError::Compile(error.to_string()))?.map_err(failed)
    }

    fn link(&self, component: &Component) -> Result<Pool, LoadError> {
        let world = |error: wasmtime::Error| LoadError::World(format!("{error:#}"));
        let mut linker = self.linker.clone();
        wasi::add_to_linker(&mut linker, &self.engine, component).map_err(|error| {
            match error.downcast_ref::<wasi::Forbidden>() {
                Some(forbidden) => LoadError::Import(forbidden.0.clone()),
                None => world(error),
            }
        })?;
        let pre = linker.instantiate_pre(component).map_err(world)?;
        let exports = ExportsPre::new(pre).map_err(world)?;
        Ok(Pool::new(&self.engine, exports, self.commons.clone()))
    }

    async fn layout(&self, descriptor: Arc<linli_contract::Descriptor>) -> Result<Layout, LoadError> {
        let shared = self.shared.clone();
        let opening = tokio::task::spawn_blocking(move || shared.place(&descriptor));
        Ok(opening.await.map_err(|_| StoreError::Closed)??)
    }
}
