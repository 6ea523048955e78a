//! Consents: which plugin a resident lets see what of them, and why.
//!
//! A consent is of one person to one plugin of one provider, and covers attributes for purposes, just as the person was
//! shown them. Whatever a later version asks beyond that is not covered until it is agreed to. Consents are kept in the
//! platform's partition, beside the directory, and read there at every single look: one that is withdrawn ends what is
//! running, too. A withdrawn one is kept, with its time, as evidence.

use std::sync::Arc;

use linli_contract::{Attribute, ComponentName, Descriptor, Permission, Problem, Text, Timestamp};
use linli_store::audit::AuditEntry;
use linli_store::{
    Bound, CommitError, Fault, IndexValue, Layout, Mode, Partition, Range, ScanError, Store, StoreError,
    Transaction,
};
use serde::{Deserialize, Serialize};

use crate::book::{book, by_id, store_failed};
use crate::clock::Clock;

/// Name of the consents in the store.
pub const COMPONENT: &str = "consents";
const CONSENTS: &str = "consents";
/// Documents read at a time.
const PAGE: u32 = 1_000;
/// Commits that may run into each other: one resident's taps on one button.
const TRIES: u32 = 5;

/// What a plugin asks a resident for: attributes, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Each on its own.
    pub attributes: Vec<Attribute>,
    /// As the resident is told.
    pub purpose: Text,
}

impl Ask {
    /// None when the permission is not about people.
    pub fn of(permission: &Permission) -> Option<Self> {
        match permission {
            Permission::People { attributes, purpose } => {
                Some(Self { attributes: attributes.clone(), purpose: purpose.clone() })
            }
            _ => None,
        }
    }

    fn covers(&self, attribute: Attribute, purpose: &Text) -> bool {
        self.purpose == *purpose && self.attributes.contains(&attribute)
    }

    /// Whether all of it is covered by what was agreed to.
    pub fn is_covered_by(&self, agreed: &[Self]) -> bool {
        let covered = |attribute: &Attribute| agreed.iter().any(|a| a.covers(*attribute, &self.purpose));
        self.attributes.iter().all(covered)
    }
}

/// A consent as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// To which plugin.
    pub plugin: ComponentName,
    /// Whose plugin it was then.
    pub provider: String,
    /// What the plugin was called then.
    pub title: Text,
    /// What was agreed to; nothing of it when it was withdrawn.
    pub agreed: Vec<Ask>,
    /// When it was last given.
    pub given_at: Timestamp,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<Timestamp>,
}

impl std::fmt::Debug for Consent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consent").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

/// All of them.
pub struct Consents {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    layout: Arc<Layout>,
}

/// Who does what to a consent, for the audit log.
pub struct Act<'a> {
    /// Directory id of who does it.
    pub actor: &'a str,
    /// Directory id of whom they act for.
    pub acted_for: Option<&'a str>,
    /// What is done, for the log.
    pub operation: &'static str,
    /// To find the request in the logs.
    pub request_id: &'a str,
}

impl Consents {
    /// All of them, in this store.
    ///
    /// # Errors
    /// When the store fails.
    pub fn open(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let layout = Arc::new(Layout::open(&*store, &descriptor())?);
        Ok(Self { store, clock, layout })
    }

    /// Whether a person lets this provider's plugin see the attribute, for one of these purposes, at this very moment.
    ///
    /// # Errors
    /// When the store fails.
    pub fn covers<'p>(
        &self,
        person: &str,
        plugin: &ComponentName,
        provider: &str,
        attribute: Attribute,
        mut purposes: impl Iterator<Item = &'p Text>,
    ) -> Result<bool, StoreError> {
        let Some(consent) = self.get(person, plugin)? else { return Ok(false) };
        let agreed = |purpose: &Text| consent.agreed.iter().any(|ask| ask.covers(attribute, purpose));
        Ok(consent.provider == provider && purposes.any(agreed))
    }

    /// What a person agreed to with a plugin.
    ///
    /// # Errors
    /// When the store fails.
    pub fn get(&self, person: &str, plugin: &ComponentName) -> Result<Option<Consent>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        let found = transaction.get(CONSENTS, &id(person, plugin)).map_err(failed)?;
        found.as_deref().map(decode).transpose()
    }

    /// All that a person ever gave, by plugin.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(&self, person: &str) -> Result<Vec<Consent>, StoreError> {
        let mut transaction = self.begin(Mode::Read)?;
        // `~` stands in no id, and sorts after all that does.
        let bound = |end: &str, inclusive| {
            Some(Bound { value: IndexValue::Text(format!("{person}{end}")), inclusive })
        };
        let range = Range { lower: bound("~", true), upper: bound("~~", false), ..Range::default() };
        let page = transaction.scan(CONSENTS, None, &range, PAGE, None).map_err(|error| match error {
            ScanError::Fault(fault) => failed(fault),
            ScanError::CursorInvalid => StoreError::Damaged("consent"),
        })?;
        page.documents.iter().map(|(_, content)| decode(content)).collect()
    }

    /// Changes a consent, durably, with a line in the audit log. `change` gives what is kept from now on, from what was
    /// before; none leaves it as it is.
    ///
    /// # Errors
    /// When the store fails, or the consent keeps being changed by others.
    pub async fn change(
        &self,
        person: &str,
        plugin: &ComponentName,
        act: &Act<'_>,
        change: impl Fn(Option<Consent>, Timestamp) -> Option<Consent>,
    ) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let mut transaction = self.begin(Mode::Write)?;
            let id = id(person, plugin);
            let known = transaction.get(CONSENTS, &id).map_err(failed)?;
            let known = known.as_deref().map(decode).transpose()?;
            let Some(next) = change(known, transaction.now()) else { return Ok(()) };
            let content = serde_json::to_string(&next).map_err(|_| StoreError::Damaged("consent"))?;
            transaction.put(CONSENTS, &id, &content).map_err(failed)?;
            let audit = AuditEntry {
                actor: Some(act.actor.to_owned()),
                acted_for: act.acted_for.map(str::to_owned),
                component: COMPONENT.to_owned(),
                operation: format!("{}:{plugin}", act.operation),
                outcome: "ok".to_owned(),
                request_id: act.request_id.to_owned(),
                accesses: vec![],
            };
            match self.store.commit(transaction.into_commit(None, false, vec![audit])) {
                Ok(pending) => return pending.durable.await,
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::Overloaded)
    }

    fn begin(&self, mode: Mode) -> Result<Transaction, StoreError> {
        let snapshot = match mode {
            // What was answered to a resident is in the durable state; what was not may still be lost.
            Mode::Read => self.store.snapshot(Partition::Platform)?,
            _ => self.store.pending(Partition::Platform)?,
        };
        let layout = self.layout.clone();
        Transaction::begin(Partition::Platform, layout, snapshot, self.clock.now(), mode)
    }
}

/// Code of [`needed`]; no plugin may answer it by itself.
pub const CONSENT_NEEDED: &str = "consent-needed";

/// What the host answers in a plugin's place when it could not do without something the resident has not agreed to.
pub fn needed(plugin: &Descriptor, asks: &[Ask]) -> Problem {
    let in_words = |ask: &Ask| {
        let list = Attribute::list_in_words(&ask.attributes);
        Text::new(format!("{}（{}）", list.zh, ask.purpose.zh), format!("{} ({})", list.en, ask.purpose.en))
    };
    let words: Vec<Text> = asks.iter().map(in_words).collect();
    let join = |between: &str, of: fn(&Text) -> &str| words.iter().map(of).collect::<Vec<_>>().join(between);
    let zh = format!(
        "“{}”需要使用您的{}。请先在“我的授权”中同意，再办理一次；您随时可以撤回。",
        plugin.title.zh,
        join("；", |text| &text.zh)
    );
    let en = format!(
        "“{}” needs your {}. Agree to it in your consents first, then try again; you can withdraw it at any time.",
        plugin.title.en,
        join("; ", |text| &text.en)
    );
    Problem::forbidden(CONSENT_NEEDED, zh, en)
        .with_member("plugin", plugin.name.as_str())
        .with_member("asks", serde_json::json!(asks))
        .with_member("consent", format!("/v1/consents/{}", plugin.name))
}

/// Ids of people have up to 60 bytes, names of components 64: together they fit in an id.
fn id(person: &str, plugin: &ComponentName) -> String {
    format!("{person}~{plugin}")
}

fn decode(content: &str) -> Result<Consent, StoreError> {
    serde_json::from_str(content).map_err(|_| StoreError::Damaged("consent"))
}

fn failed(fault: Fault) -> StoreError {
    store_failed(fault, "consent")
}

/// The consents as if they were a component's: that is what gives them their place in the store.
fn descriptor() -> Descriptor {
    book(COMPONENT, Text::new("居民授权", "Consents of residents"), vec![by_id(CONSENTS)])
}
