//! Who calls, and for whom: what is fixed when a request arrives.

use std::sync::{Arc, OnceLock};

use linli_contract::{Caller, Community, ComponentName, Identity, OperationKind, Timestamp};
use linli_store::StoreError;

use crate::component::Component;
use crate::directory::{Directory, Person};
use crate::providers::Registry;
use crate::scope::{Scope, Surroundings};

/// What is fixed when a request arrives.
pub struct Arrival {
    /// When.
    pub now: Timestamp,
    /// The providers as they are at that moment.
    pub registry: Arc<Registry>,
    /// Whom the call is about.
    subject: Option<Arc<Person>>,
    /// The relative who acts for the subject.
    acted_by: Option<Arc<Person>>,
}

/// Why a caller gets no further.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotArrived {
    /// The token's provider is registered, and may not trade at present, or no more.
    #[error("the caller's provider may not trade")]
    ProviderSuspended,
    /// The token's subject is not in the directory.
    #[error("the caller is not in the directory")]
    UnknownSubject,
    /// No binding in force lets the caller act for this person here.
    #[error("the caller may not act for this person")]
    NotBound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Arrival {
    /// Looks the caller up, and whom the caller acts for in this component.
    ///
    /// # Errors
    /// See [`NotArrived`].
    pub fn new(
        directory: &Directory,
        registry: Arc<Registry>,
        component: &ComponentName,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Self, NotArrived> {
        if identity.provider.as_deref().is_some_and(|provider| registry.bars(provider, now)) {
            return Err(NotArrived::ProviderSuspended);
        }
        let known = |id: &str| -> Result<Arc<Person>, NotArrived> {
            directory.by_id(id)?.ok_or(NotArrived::UnknownSubject)
        };
        let caller = identity.subject.as_deref().map(known).transpose()?;
        let (subject, acted_by) = match &identity.acting_for {
            None => (caller, None),
            Some(elder) => {
                let relative = caller.ok_or(NotArrived::NotBound)?;
                let bound = directory.bound(elder, &relative.record.id, component.as_str(), now)?;
                bound.ok_or(NotArrived::NotBound)?;
                let elder = directory.by_id(elder)?.ok_or(NotArrived::NotBound)?;
                (Some(elder), Some(relative))
            }
        };
        Ok(Self { now, registry, subject, acted_by })
    }

    /// The caller as the component sees it.
    pub fn caller(&self, component: &Component, identity: &Identity) -> Caller {
        let reference = |person: &Arc<Person>| component.refs().seal(person.row);
        Caller {
            subject: self.subject.as_ref().map(reference),
            acted_by: self.acted_by.as_ref().map(reference),
            roles: identity.roles.clone(),
            area: identity.area.clone(),
            provider: identity.provider.clone(),
        }
    }

    /// The scope of the call, without an idempotency key and a request id.
    pub fn scope(
        self,
        surroundings: Arc<dyn Surroundings>,
        component: Arc<Component>,
        community: Community,
        kind: OperationKind,
        operation: String,
        caller: Caller,
    ) -> Scope {
        Scope {
            surroundings,
            component,
            community,
            caller,
            subject: self.subject,
            acted_by: self.acted_by,
            kind,
            operation,
            registry: self.registry,
            idempotency: None,
            request_id: String::new(),
            now: self.now,
            seed: OnceLock::new(),
        }
    }
}
