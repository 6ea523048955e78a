//! What others can hear about. References to people are made for each subscriber by the platform.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::application::Status;
use crate::provider::Cause;

/// A provider was admitted, renewed, suspended, removed or taken back.
pub(crate) const PROVIDER_CHANGED: Event<ProviderChanged> = Event::new("provider.changed");
/// A provider will be removed, unless its complaints fall or an appeal is upheld.
pub(crate) const PROVIDER_WARNED: Event<ProviderWarned> = Event::new("provider.warned");
/// The notice no longer stands.
pub(crate) const WARNING_WITHDRAWN: Event<WarningWithdrawn> = Event::new("warning.withdrawn");
/// An application was approved, rejected, or returned to be changed.
pub(crate) const APPLICATION_DECIDED: Event<ApplicationDecided> = Event::new("application.decided");
/// An appeal was upheld or rejected.
pub(crate) const APPEAL_DECIDED: Event<AppealDecided> = Event::new("appeal.decided");

/// How a provider stands now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProviderChanged {
    pub provider: String,
    pub name: String,
    pub category: String,
    pub standing: Standing,
    /// Why it does not stand active.
    pub cause: Option<Cause>,
    pub commission_bp: u32,
    pub licensed_until: Timestamp,
}

/// What is held against a provider.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProviderWarned {
    pub provider: String,
    pub removal_at: Timestamp,
    pub orders: u64,
    pub complaints: u64,
}

/// Which provider keeps its place.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WarningWithdrawn {
    pub provider: String,
}

/// What became of an application.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApplicationDecided {
    pub application: String,
    /// Who handed it in; none when a provider's machine did.
    pub person: Option<PersonRef>,
    pub status: Status,
}

/// What became of an appeal.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AppealDecided {
    pub appeal: String,
    pub provider: String,
    pub upheld: bool,
}
