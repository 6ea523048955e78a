//! What a resident, or a relative for them, sees and does with their consents.

use std::sync::Arc;

use linli_calls::{Ask, Consent, ConsentAct as Act, Person};
use linli_contract::{ComponentName, Identity, Text, Timestamp};
use linli_store::StoreError;
use serde::Serialize;

use crate::platform::Platform;
use crate::service::Service;
use crate::shared::Shared;

/// Why a consent is not shown, given or withdrawn.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConsentError {
    /// The caller is nobody of the directory.
    #[error("the caller is not in the directory")]
    UnknownSubject,
    /// No binding in force lets the caller act for this person with this plugin.
    #[error("the caller may not act for this person")]
    NotBound,
    /// No plugin of that name is live, and none has a consent of this person.
    #[error("no such plugin")]
    UnknownPlugin,
    /// The plugin does not ask for just this, or no longer: the person has not seen what it does ask for.
    #[error("the plugin asks for something else")]
    NotAsked,
    /// The store failed; nothing has changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A plugin, as a resident sees it among the consents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentState {
    /// The plugin's name.
    pub plugin: ComponentName,
    /// What it is called.
    pub title: Text,
    /// Whose it is: the provider's registered name, else its id.
    pub provider: String,
    /// What it asks for now.
    pub asks: Vec<AskState>,
    /// What the resident has agreed to.
    pub agreed: Vec<Ask>,
    /// When that was last given.
    pub given_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// Something a plugin asks for, and whether it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskState {
    /// To be sent back as it is, to agree to it.
    #[serde(flatten)]
    pub ask: Ask,
    /// The same in plain words.
    pub words: Text,
    /// Whether all of it is agreed to.
    pub agreed: bool,
}

/// The one whose consents they are, and who acts.
struct Parties {
    person: Arc<Person>,
    /// The relative, when somebody acts for the person.
    relative: Option<Arc<Person>>,
}

impl Parties {
    fn act<'a>(&'a self, operation: &'static str, request_id: &'a str) -> Act<'a> {
        let id = |person: &'a Arc<Person>| person.record.id.as_str();
        Act {
            actor: self.relative.as_ref().map_or_else(|| id(&self.person), id),
            acted_for: self.relative.as_ref().map(|_| id(&self.person)),
            operation,
            request_id,
        }
    }
}

impl Platform {
    /// The plugins that are live and ask for anything personal, and those the caller ever agreed to, by name. For a
    /// relative: those the binding is for.
    ///
    /// # Errors
    /// See [`ConsentError`].
    pub fn consents(&self, caller: &Identity) -> Result<Vec<ConsentState>, ConsentError> {
        let shared = &self.shared;
        let parties = shared.parties(caller)?;
        let given = shared.consents.of(&parties.person.record.id)?;
        let live = shared.live.versions().into_iter().filter(|service| !asks(service).is_empty());
        let live = live.map(|service| service.descriptor().name.clone());
        let mut names: Vec<ComponentName> = live.chain(given.iter().map(|c| c.plugin.clone())).collect();
        names.sort();
        names.dedup();
        let known = names.len();
        let mut states = Vec::new();
        for name in names {
            if shared.may(&parties, &name)? {
                let consent = given.iter().find(|consent| consent.plugin == name);
                states.extend(shared.consent_state(&name, consent));
            }
        }
        if parties.relative.is_some() && known > 0 && states.is_empty() {
            return Err(ConsentError::NotBound);
        }
        Ok(states)
    }

    /// Agrees to what the plugin asks for. `agreed` is what the person was shown: as much of the asks as they agree to,
    /// which takes the place of what was agreed to before.
    ///
    /// # Errors
    /// See [`ConsentError`].
    pub async fn give_consent(
        &self,
        caller: &Identity,
        plugin: &ComponentName,
        agreed: Vec<Ask>,
        request_id: &str,
    ) -> Result<(), ConsentError> {
        let shared = &self.shared;
        let parties = shared.parties(caller)?;
        let services = shared.live_of(plugin);
        let service = services.first().ok_or(ConsentError::UnknownPlugin)?;
        if !shared.may(&parties, plugin)? {
            return Err(ConsentError::NotBound);
        }
        let asked: Vec<Ask> = services.iter().flat_map(|service| asks(service)).collect();
        if agreed.is_empty()
            || !agreed.iter().all(|ask| !ask.attributes.is_empty() && ask.is_covered_by(&asked))
        {
            return Err(ConsentError::NotAsked);
        }
        let (title, provider) = (service.descriptor().title.clone(), service.provider().to_owned());
        let give = |_, now| {
            Some(Consent {
                plugin: plugin.clone(),
                provider: provider.clone(),
                title: title.clone(),
                agreed: agreed.clone(),
                given_at: now,
                withdrawn_at: None,
            })
        };
        let act = parties.act("give", request_id);
        Ok(shared.consents.change(&parties.person.record.id, plugin, &act, give).await?)
    }

    /// Withdraws what was agreed to, at once: when this returns, no look that begins sees anything, not even in a call
    /// that runs already. Twice is once.
    ///
    /// # Errors
    /// See [`ConsentError`].
    pub async fn withdraw_consent(
        &self,
        caller: &Identity,
        plugin: &ComponentName,
        request_id: &str,
    ) -> Result<(), ConsentError> {
        let shared = &self.shared;
        let parties = shared.parties(caller)?;
        let person = &parties.person.record.id;
        if shared.live_of(plugin).is_empty() && shared.consents.get(person, plugin)?.is_none() {
            return Err(ConsentError::UnknownPlugin);
        }
        if !shared.may(&parties, plugin)? {
            return Err(ConsentError::NotBound);
        }
        let withdraw = |known: Option<Consent>, now| {
            let known = known.filter(|consent| consent.withdrawn_at.is_none())?;
            Some(Consent { agreed: vec![], withdrawn_at: Some(now), ..known })
        };
        let act = parties.act("withdraw", request_id);
        Ok(shared.consents.change(person, plugin, &act, withdraw).await?)
    }
}

impl Shared {
    fn parties(&self, caller: &Identity) -> Result<Parties, ConsentError> {
        let known = |id: &str| -> Result<Option<Arc<Person>>, StoreError> { self.directory.by_id(id) };
        let subject = caller.subject.as_deref().ok_or(ConsentError::UnknownSubject)?;
        let subject = known(subject)?.ok_or(ConsentError::UnknownSubject)?;
        match &caller.acting_for {
            None => Ok(Parties { person: subject, relative: None }),
            Some(elder) => {
                let person = known(elder)?.ok_or(ConsentError::NotBound)?;
                Ok(Parties { person, relative: Some(subject) })
            }
        }
    }

    /// Whether the one who acts may, with this plugin, now.
    fn may(&self, parties: &Parties, plugin: &ComponentName) -> Result<bool, ConsentError> {
        let Some(relative) = &parties.relative else { return Ok(true) };
        let (elder, relative) = (&parties.person.record.id, &relative.record.id);
        let bound = self.directory.binding(elder, relative, plugin.as_str(), self.clock.now());
        Ok(bound.map_err(|_| StoreError::Damaged("binding"))?.is_some())
    }

    /// The live versions of a plugin.
    fn live_of(&self, plugin: &ComponentName) -> Vec<Arc<Service>> {
        let services = self.live.versions().into_iter();
        services.filter(|s| s.grant().is_some() && s.descriptor().name == *plugin).collect()
    }

    /// None when nothing of the plugin is left that could be shown.
    fn consent_state(&self, plugin: &ComponentName, consent: Option<&Consent>) -> Option<ConsentState> {
        let services = self.live_of(plugin);
        let service = services.first();
        let provider = service.map(|s| s.provider()).or(consent.map(|c| c.provider.as_str()))?;
        let title = service.map(|s| s.descriptor().title.clone()).or(consent.map(|c| c.title.clone()))?;
        let agreed = consent.filter(|consent| consent.provider == provider);
        let agreed = agreed.map_or_else(Vec::new, |consent| consent.agreed.clone());
        let mut wanted: Vec<Ask> = Vec::new();
        for ask in services.iter().flat_map(|service| asks(service)) {
            if !wanted.contains(&ask) {
                wanted.push(ask);
            }
        }
        let state = |ask: Ask| AskState {
            words: linli_contract::Permission::People {
                attributes: ask.attributes.clone(),
                purpose: ask.purpose.clone(),
            }
            .in_words(),
            agreed: ask.is_covered_by(&agreed),
            ask,
        };
        let registry = self.providers.current();
        let provider = registry.get(provider).map_or(provider, |registered| registered.name.as_str());
        Some(ConsentState {
            plugin: plugin.clone(),
            title,
            provider: provider.to_owned(),
            asks: wanted.into_iter().map(state).collect(),
            agreed,
            given_at: consent.map(|consent| consent.given_at),
            withdrawn_at: consent.and_then(|consent| consent.withdrawn_at),
        })
    }
}

/// What a plugin asks residents for, of what it was granted; nothing for core functions.
fn asks(service: &Service) -> Vec<Ask> {
    if service.grant().is_none() {
        return vec![];
    }
    service.granted().filter_map(Ask::of).collect()
}
