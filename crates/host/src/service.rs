//! A live component.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use linli_calls::{Allowed, Component, Origin};
use linli_contract::limits::MAX_REPLY_BYTES;
use linli_store::Layout;

use crate::admission::Admission;
use crate::in_flight::InFlight;
use crate::kept::KeptAnswers;
use crate::limits::{CallBudget, HostLimits};
use crate::metrics::ComponentMetrics;
use crate::plugins::Rolled;
use crate::pool::Pool;
use crate::rails::{Bounds, Breaker, PluginRails};

/// A component that is live: described, linked, and placed in the store. Lives until it is unloaded or replaced, and
/// until its last call has ended. What its imports see of it is its [`Component`].
pub struct Service {
    component: Arc<Component>,
    digest: Arc<str>,
    /// Of what is one of several versions.
    rolled: Option<Rolled>,
    layout: RwLock<Arc<Layout>>,
    outbound: Allowed,
    /// None for core functions.
    rails: Option<Arc<PluginRails>>,
    pub(crate) breaker: Breaker,
    pub(crate) in_flight: InFlight,
    pub(crate) admission: Admission,
    pub(crate) pool: Pool,
    pub(crate) kept: KeptAnswers,
    pub(crate) metrics: Arc<ComponentMetrics>,
}

impl Deref for Service {
    type Target = Component;

    fn deref(&self) -> &Component {
        &self.component
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.descriptor().name.as_str();
        f.debug_struct("Service").field("name", &name).field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// The parts of a service.
pub(crate) struct Parts {
    pub(crate) component: Arc<Component>,
    pub(crate) digest: String,
    pub(crate) rolled: Option<Rolled>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) rails: Option<Arc<PluginRails>>,
    pub(crate) breaker: Breaker,
    pub(crate) admission: Admission,
    pub(crate) pool: Pool,
    pub(crate) kept: KeptAnswers,
    pub(crate) metrics: Arc<ComponentMetrics>,
}

impl Service {
    pub(crate) fn new(parts: Parts, outbound: Option<&BTreeMap<Origin, u32>>) -> Self {
        let component = parts.component;
        Self {
            outbound: Allowed::new(outbound, component.granted(), component.trust()),
            digest: parts.digest.into(),
            rolled: parts.rolled,
            in_flight: InFlight::default(),
            layout: RwLock::new(parts.layout),
            rails: parts.rails,
            breaker: parts.breaker,
            admission: parts.admission,
            pool: parts.pool,
            kept: parts.kept,
            metrics: parts.metrics,
            component,
        }
    }

    /// What its imports see of it.
    pub(crate) fn component(&self) -> &Arc<Component> {
        &self.component
    }

    /// SHA-256 of the component's file, in hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The same, to be kept.
    pub fn shared_digest(&self) -> &Arc<str> {
        &self.digest
    }

    /// What it has as one of several versions of a plugin.
    pub(crate) fn rolled(&self) -> Option<&Rolled> {
        self.rolled.as_ref()
    }

    /// Its component's counters, and those of its version.
    pub(crate) fn all_metrics(&self) -> impl Iterator<Item = &ComponentMetrics> {
        let of_version = self.rolled.as_ref().map(|rolled| &*rolled.metrics);
        std::iter::once(&*self.metrics).chain(of_version)
    }

    /// Whoever writes by it keeps it until the commit is decided: see [`crate::filling`].
    pub(crate) fn layout(&self) -> Arc<Layout> {
        self.layout.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has calls that begin from now on run with another layout; the one before.
    pub(crate) fn replace_layout(&self, layout: Layout) -> Arc<Layout> {
        let mut current = self.layout.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, Arc::new(layout))
    }

    /// Where it may call.
    pub(crate) fn outbound(&self) -> &Allowed {
        &self.outbound
    }

    /// What bounds it while it runs; none for core functions.
    pub(crate) fn rails(&self) -> Option<&Arc<PluginRails>> {
        self.rails.as_ref()
    }

    /// What a run of it may use.
    pub(crate) fn bounds(&self, budget: CallBudget, host: &HostLimits) -> Bounds {
        match &self.rails {
            Some(rails) => rails.bounds(budget, host),
            None => Bounds { budget, memory: host.instance_memory, reply: MAX_REPLY_BYTES },
        }
    }
}
