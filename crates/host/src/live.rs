//! What is live: core functions by name, and plugins with the versions each of their callers gets.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use linli_contract::limits::BASIS_POINTS;
use linli_contract::{Community, ComponentName, Identity, PluginVersion, Rollout, caller_place};

use crate::service::Service;

/// The components that are live, by name.
#[derive(Default)]
pub(crate) struct Live(RwLock<Table>);

#[derive(Default)]
struct Table {
    /// One version each, for everybody.
    whole: BTreeMap<ComponentName, Arc<Service>>,
    /// Rolled out version by version.
    plugins: BTreeMap<ComponentName, Arc<Placement>>,
    /// Versions of plugins that are ready to run, placed or not.
    ready: BTreeMap<(ComponentName, PluginVersion), Arc<Service>>,
    /// Versions that were ready, while calls may run in them.
    left: Vec<Weak<Service>>,
}

/// For whom the versions of one plugin are live.
#[derive(Debug, Clone, Default)]
pub(crate) struct Placement {
    /// For whoever does not get the candidate.
    pub(crate) stable: Option<Placed>,
    /// On trial beside it.
    pub(crate) candidate: Option<Placed>,
    /// Answers nobody for now: an operator said so.
    pub(crate) suspended: bool,
}

/// A version, and for whom it is live.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) service: Arc<Service>,
    pub(crate) rollout: Rollout,
}

/// Callers without an id get a version when everybody does.
const NOBODY: u32 = BASIS_POINTS - 1;

impl Placement {
    /// The version this caller gets; none when the plugin is not live for it.
    pub(crate) fn choose(
        &self,
        name: &ComponentName,
        community: Community,
        caller: Option<&str>,
    ) -> Option<&Arc<Service>> {
        let place = caller.map_or(NOBODY, |caller| caller_place(name, caller));
        let included = |placed: &&Placed| placed.rollout.includes(community, place);
        let chosen = self.candidate.as_ref().filter(included).or(self.stable.as_ref().filter(included));
        chosen.map(|placed| &placed.service)
    }

    /// Who hears of an event there: the stable version, unless only the candidate wants it.
    fn subscriber(&self, community: Community, publisher: &str, event: &str) -> Option<&Arc<Service>> {
        let wants = |placed: &&Placed| {
            placed.rollout.covers(community) && placed.service.subscribes(publisher, event)
        };
        let found = self.stable.as_ref().filter(wants).or(self.candidate.as_ref().filter(wants));
        found.map(|placed| &placed.service)
    }

    /// Who takes a delivery that is there already, timers included: the same, and whoever is left when the plugin is
    /// live no longer where it is from.
    fn receiver(&self, publisher: &str, event: &str) -> Option<&Arc<Service>> {
        let (stable, candidate) = (self.stable.as_ref(), self.candidate.as_ref());
        let only_candidate = candidate.filter(|candidate| {
            candidate.service.subscribes(publisher, event)
                && !stable.is_some_and(|stable| stable.service.subscribes(publisher, event))
        });
        only_candidate.or(stable).or(candidate).map(|placed| &placed.service)
    }

    fn main(&self) -> Option<&Arc<Service>> {
        self.stable.as_ref().or(self.candidate.as_ref()).map(|placed| &placed.service)
    }

    fn versions(&self) -> impl Iterator<Item = &Placed> {
        self.stable.iter().chain(&self.candidate)
    }
}

/// By what a caller is told from others: the same at every call.
pub(crate) fn caller_of(identity: &Identity) -> Option<&str> {
    identity.subject.as_deref().or(identity.provider.as_deref())
}

impl Live {
    /// What a caller gets under this name.
    pub(crate) fn choose(
        &self,
        name: &ComponentName,
        community: Community,
        identity: &Identity,
    ) -> Option<Arc<Service>> {
        let table = self.read();
        if let Some(service) = table.whole.get(name) {
            return Some(service.clone());
        }
        table.plugins.get(name)?.choose(name, community, caller_of(identity)).cloned()
    }

    /// What takes a delivery.
    pub(crate) fn receiver(&self, subscriber: &str, publisher: &str, event: &str) -> Option<Arc<Service>> {
        let name: ComponentName = subscriber.parse().ok()?;
        let table = self.read();
        if let Some(service) = table.whole.get(&name) {
            return Some(service.clone());
        }
        table.plugins.get(&name)?.receiver(publisher, event).cloned()
    }

    /// For whom a plugin's versions are live; none when no version of it was ever placed.
    pub(crate) fn placement(&self, name: &ComponentName) -> Option<Arc<Placement>> {
        self.read().plugins.get(name).cloned()
    }

    /// One service for each name, in their order: of a plugin the stable version, or else its candidate.
    pub(crate) fn all(&self) -> Vec<Arc<Service>> {
        let table = self.read();
        let mut all: Vec<_> = table.whole.values().cloned().collect();
        all.extend(table.plugins.values().filter_map(|placement| placement.main().cloned()));
        all.sort_by(|a, b| a.descriptor().name.cmp(&b.descriptor().name));
        all
    }

    /// Everything that answers somebody, candidates included.
    pub(crate) fn versions(&self) -> Vec<Arc<Service>> {
        let table = self.read();
        let placed = table.plugins.values().flat_map(|p| p.versions()).map(|placed| placed.service.clone());
        table.whole.values().cloned().chain(placed).collect()
    }

    /// Everything under this name that runs or may run: whatever writes its documents.
    pub(crate) fn under(&self, name: &ComponentName) -> Vec<Arc<Service>> {
        let table = self.read();
        let versions = table.ready.iter().filter(|((of, _), _)| of == name).map(|(_, service)| service);
        table.whole.get(name).into_iter().chain(versions).cloned().collect()
    }

    /// The version of a plugin that most callers get.
    pub(crate) fn main_of(&self, name: &ComponentName) -> Option<Arc<Service>> {
        self.read().plugins.get(name)?.main().cloned()
    }

    /// What has one version for everybody.
    pub(crate) fn whole(&self) -> Vec<Arc<Service>> {
        self.read().whole.values().cloned().collect()
    }

    pub(crate) fn insert(&self, service: Arc<Service>) {
        self.write().whole.insert(service.descriptor().name.clone(), service);
    }

    pub(crate) fn remove(&self, name: &str) {
        if let Ok(name) = name.parse() {
            self.write().whole.remove(&name);
        }
    }

    /// The versions of plugins that are ready to run.
    pub(crate) fn ready(&self) -> Vec<Arc<Service>> {
        self.read().ready.values().cloned().collect()
    }

    pub(crate) fn ready_version(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
    ) -> Option<Arc<Service>> {
        self.read().ready.get(&(name.clone(), version.clone())).cloned()
    }

    pub(crate) fn make_ready(&self, name: &ComponentName, version: &PluginVersion, service: Arc<Service>) {
        self.write().ready.insert((name.clone(), version.clone()), service);
    }

    /// Changes at once for whom a plugin's versions are live, and forgets the versions that are not to be kept. Calls
    /// that run end in the version they began in.
    pub(crate) fn place(
        &self,
        name: &ComponentName,
        placement: Option<Placement>,
        keep: impl Fn(&PluginVersion) -> bool,
    ) {
        let mut table = self.write();
        let gone = table.ready.extract_if(.., |(of, version), _| of == name && !keep(version));
        let gone: Vec<_> = gone.map(|(_, service)| Arc::downgrade(&service)).collect();
        table.left.retain(|service| service.strong_count() > 0);
        table.left.extend(gone);
        match placement {
            Some(placement) => drop(table.plugins.insert(name.clone(), Arc::new(placement))),
            None => drop(table.plugins.remove(name)),
        }
    }

    /// The versions of a plugin in which calls may run still, though no new ones begin.
    pub(crate) fn leaving(&self, name: &ComponentName) -> Vec<Arc<Service>> {
        let table = self.read();
        let left = table.left.iter().filter_map(Weak::upgrade);
        left.filter(|service| service.descriptor().name == *name).collect()
    }

    /// Who wants an event of this community, in the order of their names.
    pub(crate) fn subscribers(
        &self,
        community: Community,
        publisher: &str,
        event: &str,
    ) -> Vec<Arc<Service>> {
        let table = self.read();
        let wants = |service: &&Arc<Service>| service.subscribes(publisher, event);
        let mut all: Vec<_> = table.whole.values().filter(wants).cloned().collect();
        let plugins = table.plugins.values();
        all.extend(plugins.filter_map(|p| p.subscriber(community, publisher, event).cloned()));
        all.sort_by(|a, b| a.descriptor().name.cmp(&b.descriptor().name));
        all
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Table> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
