//! What calls, deliveries and imports need of the platform.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use linli_calls::{Clock, Component, Consents, Directory, MoneyLimits, Providers, Surroundings};
use linli_contract::{Community, ComponentName};
use linli_store::Store;

use crate::admission::Admission;
use crate::deliveries::Schedule;
use crate::lanes::Lanes;
use crate::limits::HostLimits;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::plugins::Plugins;
use crate::rails::{Rails, UsageBook};
use crate::retention::Retention;
use crate::running::Running;

/// Lives as long as the platform.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Directory,
    pub(crate) providers: Providers,
    pub(crate) consents: Consents,
    pub(crate) rails: Rails,
    pub(crate) usage: UsageBook,
    pub(crate) plugins: Plugins,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Arc<HostLimits>,
    pub(crate) live: Live,
    pub(crate) metrics: Metrics,
    pub(crate) lanes: Lanes,
    pub(crate) running: Running,
    pub(crate) admission: Admission,
    pub(crate) outbound: Outbound,
    pub(crate) schedule: Schedule,
    pub(crate) retention: Retention,
    pub(crate) draining: AtomicBool,
}

impl Surroundings for Shared {
    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn consents(&self) -> &Consents {
        &self.consents
    }

    fn subscribers(&self, community: Community, publisher: &str, event: &str) -> Vec<Arc<Component>> {
        let subscribers = self.live.subscribers(community, publisher, event);
        subscribers.into_iter().map(|service| service.component().clone()).collect()
    }

    fn money_limits(&self, plugin: &ComponentName) -> Option<MoneyLimits> {
        let limits = self.rails.get(plugin)?.limits();
        Some(MoneyLimits { per_call: limits.money_per_call, per_day: limits.money_per_day })
    }
}
