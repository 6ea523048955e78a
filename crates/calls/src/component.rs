//! A component as its imports see it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use linli_contract::{Descriptor, Grant, OperationKind, Permission};
use linli_store::Space;
use serde_json::Value as Json;

use crate::keys::{PurposeKeys, SignatureAlgorithm, UnknownPurpose};
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

/// What a component declares, what it was granted, and what was derived and configured for it.
pub struct Component {
    descriptor: Arc<Descriptor>,
    /// None for core functions, which have all they declare.
    grant: Option<Arc<Grant>>,
    space: Space,
    operations: HashMap<String, OperationKind>,
    settings: HashMap<String, String>,
    keys: HashMap<String, PurposeKeys>,
    provider: String,
    refs: RefCipher,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").field("name", &self.descriptor.name.as_str()).finish_non_exhaustive()
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

impl Component {
    /// `space` is the component's own in the store, `settings` are as [`settings`] gives them, `signatures` is what is
    /// configured for its purposes.
    pub fn new(
        descriptor: Arc<Descriptor>,
        grant: Option<Arc<Grant>>,
        space: Space,
        settings: HashMap<String, String>,
        signatures: Option<&BTreeMap<String, Vec<SignatureAlgorithm>>>,
        master: &MasterKey,
    ) -> Self {
        let (provider, refs) = match &grant {
            None => (RefCipher::CORE.to_owned(), RefCipher::new(master, RefCipher::CORE)),
            // A slash stands in no provider's id, so that none can call itself what core functions are called.
            Some(grant) => {
                let refs = RefCipher::new(master, &format!("provider/{}", grant.provider));
                (grant.provider.clone(), refs)
            }
        };
        let operations = descriptor.operations.iter().map(|o| (o.name.clone(), o.kind)).collect();
        let keys = HashMap::new();
        let mut component = Self { descriptor, grant, space, operations, settings, keys, provider, refs };
        let purposes = component.granted().filter_map(|permission| match permission {
            Permission::Sign(purpose) => Some(purpose.clone()),
            _ => None,
        });
        let name = component.descriptor.name.as_str();
        let keys = |purpose: String| {
            let algorithms = signatures.and_then(|configured| configured.get(&purpose));
            let keys = PurposeKeys::new(master, name, &purpose, algorithms.map_or(&[], Vec::as_slice));
            (purpose, keys)
        };
        component.keys = purposes.map(keys).collect();
        component
    }

    /// What the component says it is.
    pub fn descriptor(&self) -> &Arc<Descriptor> {
        &self.descriptor
    }

    /// How far it is trusted.
    pub fn trust(&self) -> Trust {
        if self.grant.is_none() { Trust::Core } else { Trust::Plugin }
    }

    /// Its own space in the store.
    pub fn space(&self) -> Space {
        self.space
    }

    /// What an operation of it may do; none when it has no such operation.
    pub fn operation(&self, name: &str) -> Option<OperationKind> {
        self.operations.get(name).copied()
    }

    /// JSON of a declared setting, configured or its default. It may be a secret.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// None without the permission.
    pub fn signing_key(&self, purpose: &str) -> Option<&PurposeKeys> {
        self.keys.get(purpose)
    }

    /// The public keys of what it signs, as JWKs, with `component` and `purpose` beside each key.
    pub fn public_keys(&self) -> impl Iterator<Item = Json> {
        let ordered: BTreeMap<_, _> = self.keys.iter().collect();
        ordered.into_values().flat_map(PurposeKeys::public).collect::<Vec<_>>().into_iter()
    }

    /// Whose references it sees.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Makes and opens its person references.
    pub fn refs(&self) -> &RefCipher {
        &self.refs
    }

    /// The permissions it has, of those it asked for.
    pub fn granted(&self) -> impl Iterator<Item = &Permission> {
        let granted =
            |wanted: &&Permission| self.grant.as_ref().is_none_or(|grant| grant.permissions.contains(wanted));
        self.descriptor.permissions.iter().filter(granted)
    }

    /// What it was granted; none for core functions, which have all they declare.
    pub fn grant(&self) -> Option<&Arc<Grant>> {
        self.grant.as_ref()
    }

    /// Whether it wants to hear of an event.
    pub fn subscribes(&self, publisher: &str, event: &str) -> bool {
        self.descriptor.subscribes.iter().any(|s| s.publisher == publisher && s.name == event)
    }

    /// Floor of a declared account: zero when a negative one was not granted. None for other accounts.
    pub fn account_floor(&self, book: &str, name: &str) -> Option<i64> {
        let declared = self.descriptor.accounts.iter().find(|a| a.book == book && a.name == name)?;
        let issues = self.granted().any(|permission| matches!(permission, Permission::Issue(b) if b == book));
        Some(if issues { declared.floor } else { 0 })
    }
}

/// The settings of a component: configured, else default.
///
/// # Errors
/// See [`SettingError`].
pub fn settings(
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
pub fn check_purposes(
    descriptor: &Descriptor,
    configured: Option<&BTreeMap<String, Vec<SignatureAlgorithm>>>,
) -> Result<(), UnknownPurpose> {
    let signs = |purpose: &str| {
        descriptor.permissions.iter().any(|p| matches!(p, Permission::Sign(granted) if granted == purpose))
    };
    let unknown = configured.and_then(|purposes| purposes.keys().find(|purpose| !signs(purpose)));
    unknown.map_or(Ok(()), |purpose| Err(UnknownPurpose(purpose.clone())))
}
