//! A live component.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use linli_contract::limits::MAX_REPLY_BYTES;
use linli_contract::{Descriptor, Grant, OperationKind, Permission};
use linli_store::Layout;
use serde_json::Value as Json;

use crate::admission::Admission;
use crate::in_flight::InFlight;
use crate::kept::KeptAnswers;
use crate::keys::{PurposeKeys, SignatureAlgorithm, UnknownPurpose};
use crate::limits::{CallBudget, HostLimits};
use crate::metrics::ComponentMetrics;
use crate::outbound::{Allowed, Origin};
use crate::plugins::Rolled;
use crate::pool::Pool;
use crate::rails::{Bounds, Breaker, PluginRails};
use crate::refs::RefCipher;
use crate::secrets::MasterKey;

/// How far a component is trusted; the contract is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Ours: instances are kept warm, every declared permission is granted.
    Core,
    /// Uploaded: a fresh instance for each call, and of what it declares only what it was granted.
    Plugin,
}

/// A component that is live: described, linked, and placed in the store. Lives until it is unloaded or replaced, and
/// until its last call has ended.
pub struct Service {
    descriptor: Arc<Descriptor>,
    digest: Arc<str>,
    trust: Trust,
    /// None for core functions, which have all they declare.
    grant: Option<Arc<Grant>>,
    /// Of what is one of several versions.
    rolled: Option<Rolled>,
    layout: RwLock<Arc<Layout>>,
    operations: HashMap<String, OperationKind>,
    settings: HashMap<String, String>,
    keys: HashMap<String, PurposeKeys>,
    provider: String,
    refs: RefCipher,
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

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.descriptor.name.as_str();
        f.debug_struct("Service").field("name", &name).field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// A configured value that cannot be used, by its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The component does not start without it.
    #[error("setting `{0}` has no default and must be configured")]
    Missing(String),
    /// The component declares no such setting.
    #[error("setting `{0}` is not one of the component's")]
    Unknown(String),
}

/// The parts of a service that are not in its descriptor.
pub(crate) struct Parts {
    pub(crate) descriptor: Arc<Descriptor>,
    pub(crate) digest: String,
    pub(crate) grant: Option<Arc<Grant>>,
    pub(crate) rolled: Option<Rolled>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) settings: HashMap<String, String>,
    pub(crate) rails: Option<Arc<PluginRails>>,
    pub(crate) breaker: Breaker,
    pub(crate) admission: Admission,
    pub(crate) pool: Pool,
    pub(crate) kept: KeptAnswers,
    pub(crate) metrics: Arc<ComponentMetrics>,
}

impl Service {
    pub(crate) fn new(
        parts: Parts,
        outbound: Option<&BTreeMap<Origin, u32>>,
        signatures: Option<&BTreeMap<String, Vec<SignatureAlgorithm>>>,
        master: &MasterKey,
    ) -> Self {
        let name = parts.descriptor.name.as_str();
        let (trust, provider, refs) = match &parts.grant {
            None => (Trust::Core, RefCipher::CORE.to_owned(), RefCipher::new(master, RefCipher::CORE)),
            Some(grant) => {
                // A slash stands in no provider's id, so that none can call itself what core functions are called.
                let refs = RefCipher::new(master, &format!("provider/{}", grant.provider));
                (Trust::Plugin, grant.provider.clone(), refs)
            }
        };
        let operations = parts.descriptor.operations.iter().map(|o| (o.name.clone(), o.kind)).collect();
        let mut service = Self {
            operations,
            provider,
            refs,
            keys: HashMap::new(),
            outbound: Allowed::new(None, std::iter::empty(), trust),
            descriptor: parts.descriptor.clone(),
            digest: parts.digest.into(),
            trust,
            grant: parts.grant,
            rolled: parts.rolled,
            in_flight: InFlight::default(),
            layout: RwLock::new(parts.layout),
            settings: parts.settings,
            rails: parts.rails,
            breaker: parts.breaker,
            admission: parts.admission,
            pool: parts.pool,
            kept: parts.kept,
            metrics: parts.metrics,
        };
        let purposes = service.granted().filter_map(|permission| match permission {
            Permission::Sign(purpose) => Some(purpose.clone()),
            _ => None,
        });
        let allowed = Allowed::new(outbound, service.granted(), trust);
        let keys = |purpose: String| {
            let algorithms = signatures.and_then(|configured| configured.get(&purpose));
            let keys = PurposeKeys::new(master, name, &purpose, algorithms.map_or(&[], Vec::as_slice));
            (purpose, keys)
        };
        service.keys = purposes.map(keys).collect();
        service.outbound = allowed;
        service
    }

    /// What the component says it is.
    pub fn descriptor(&self) -> &Arc<Descriptor> {
        &self.descriptor
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

    /// How far it is trusted.
    pub fn trust(&self) -> Trust {
        self.trust
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

    pub(crate) fn operation(&self, name: &str) -> Option<OperationKind> {
        self.operations.get(name).copied()
    }

    /// JSON of a declared setting, configured or its default. It may be a secret.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// None without the permission.
    pub(crate) fn signing_key(&self, purpose: &str) -> Option<&PurposeKeys> {
        self.keys.get(purpose)
    }

    pub(crate) fn public_keys(&self) -> impl Iterator<Item = Json> {
        let ordered: BTreeMap<_, _> = self.keys.iter().collect();
        ordered.into_values().flat_map(PurposeKeys::public).collect::<Vec<_>>().into_iter()
    }

    /// Whose references it sees.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    pub(crate) fn refs(&self) -> &RefCipher {
        &self.refs
    }

    /// Where it may call.
    pub(crate) fn outbound(&self) -> &Allowed {
        &self.outbound
    }

    /// The permissions it has, of those it asked for.
    pub(crate) fn granted(&self) -> impl Iterator<Item = &Permission> {
        let granted =
            |wanted: &&Permission| self.grant.as_ref().is_none_or(|grant| grant.permissions.contains(wanted));
        self.descriptor.permissions.iter().filter(granted)
    }

    /// What it was granted; none for core functions, which have all they declare.
    pub fn grant(&self) -> Option<&Arc<Grant>> {
        self.grant.as_ref()
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

    /// Floor of a declared account: zero when a negative one was not granted. None for other accounts.
    pub(crate) fn account_floor(&self, book: &str, name: &str) -> Option<i64> {
        let declared = self.descriptor.accounts.iter().find(|a| a.book == book && a.name == name)?;
        let issues = self.granted().any(|permission| matches!(permission, Permission::Issue(b) if b == book));
        Some(if issues { declared.floor } else { 0 })
    }
}

/// The settings of a component: configured, else default.
///
/// # Errors
/// See [`SettingError`].
pub(crate) fn settings(
    descriptor: &Descriptor,
    configured: Option<&BTreeMap<String, Json>>,
) -> Result<HashMap<String, String>, SettingError> {
    let empty = BTreeMap::new();
    let configured = configured.unwrap_or(&empty);
    if let Some(name) = configured.keys().find(|name| !descriptor.settings.iter().any(|s| s.name == **name)) {
        return Err(SettingError::Unknown(name.clone()));
    }
    let value = |setting: &linli_contract::Setting| {
        let value = configured.get(&setting.name).map(Json::to_string).or_else(|| setting.default.clone());
        Ok((setting.name.clone(), value.ok_or_else(|| SettingError::Missing(setting.name.clone()))?))
    };
    descriptor.settings.iter().map(value).collect()
}

/// Whether the component signs for every purpose that is configured.
///
/// # Errors
/// The first for which it does not.
pub(crate) fn check_purposes(
    descriptor: &Descriptor,
    configured: Option<&BTreeMap<String, Vec<SignatureAlgorithm>>>,
) -> Result<(), UnknownPurpose> {
    let signs = |purpose: &str| {
        descriptor.permissions.iter().any(|p| matches!(p, Permission::Sign(granted) if granted == purpose))
    };
    let unknown = configured.and_then(|purposes| purposes.keys().find(|purpose| !signs(purpose)));
    unknown.map_or(Ok(()), |purpose| Err(UnknownPurpose(purpose.clone())))
}
