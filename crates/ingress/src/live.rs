//! What is being served: the platform's live components, and the routes to them.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use linli_contract::{Area, Community, Descriptor, Grant, Timestamp};
use linli_gateway::{Gateway, Routes, RoutesError, Tokens, openapi, reference_page};
use linli_host::{Clock, HostLimits, LoadError, Platform, Service, Trust};
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
        let front = Front::of(descriptors(&platform), &tokens)?;
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
        let mut descriptors = descriptors(&self.platform);
        descriptors.retain(|descriptor| descriptor.name != service.descriptor().name);
        descriptors.push(service.descriptor().clone());
        let front = Front::of(descriptors, &self.tokens)?;
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
        self.show(Front::of(descriptors(&self.platform), &self.tokens)?);
        Ok(())
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

fn descriptors(platform: &Platform) -> Vec<Arc<Descriptor>> {
    platform.services().iter().map(|service| service.descriptor().clone()).collect()
}

impl Front {
    fn of(mut descriptors: Vec<Arc<Descriptor>>, tokens: &Arc<Tokens>) -> Result<Self, LiveError> {
        descriptors.sort_by(|a, b| a.name.cmp(&b.name));
        let routes = Routes::build(&descriptors).map_err(LiveError::Routes)?;
        let document = openapi(&descriptors, "");
        Ok(Self {
            openapi: document.to_string().into(),
            reference: reference_page(&document).into(),
            gateway: Arc::new(Gateway::new(routes, tokens.clone())),
        })
    }
}
