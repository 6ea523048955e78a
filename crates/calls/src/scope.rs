//! What stays the same in all runs of one call, and what the rules ask of the host.

use std::sync::{Arc, OnceLock};

use linli_contract::{Caller, Community, ComponentName, Idempotency, OperationKind, Timestamp};

use crate::component::Component;
use crate::consents::Consents;
use crate::directory::{Directory, Person};
use crate::providers::Registry;

/// The platform around a call, as far as its rules need it.
pub trait Surroundings: Send + Sync {
    /// Residents, workers and kin bindings.
    fn directory(&self) -> &Directory;

    /// What residents let plugins see of them.
    fn consents(&self) -> &Consents;

    /// Who wants an event of this community, in the order of their names.
    fn subscribers(&self, community: Community, publisher: &str, event: &str) -> Vec<Arc<Component>>;

    /// What a plugin may take from people at present; none of a core function, which its permissions alone bound.
    fn money_limits(&self, plugin: &ComponentName) -> Option<MoneyLimits>;
}

/// What a plugin may take from people, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyLimits {
    /// In one call.
    pub per_call: i64,
    /// In one community on one day.
    pub per_day: i64,
}

/// What stays the same in all runs of one call.
pub struct Scope {
    /// The platform it runs on.
    pub surroundings: Arc<dyn Surroundings>,
    /// What is called.
    pub component: Arc<Component>,
    /// Where.
    pub community: Community,
    /// As the component sees it.
    pub caller: Caller,
    /// Whom the call is about.
    pub subject: Option<Arc<Person>>,
    /// The relative who acts for the subject.
    pub acted_by: Option<Arc<Person>>,
    /// What the operation may do.
    pub kind: OperationKind,
    /// Name of the operation, or `react:` and the event's.
    pub operation: String,
    /// The providers as they were when the request arrived.
    pub registry: Arc<Registry>,
    /// The caller's key.
    pub idempotency: Option<Idempotency>,
    /// To find the call in the logs.
    pub request_id: String,
    /// When the request arrived.
    pub now: Timestamp,
    /// Drawn when first asked for, then the same in every run.
    pub seed: OnceLock<[u8; 32]>,
}

impl Scope {
    pub(crate) fn seed(&self) -> Result<[u8; 32], getrandom::Error> {
        if let Some(seed) = self.seed.get() {
            return Ok(*seed);
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(*self.seed.get_or_init(|| seed))
    }

    /// The scope of a delivery: the platform itself is the caller.
    pub fn of_delivery(
        surroundings: Arc<dyn Surroundings>,
        component: Arc<Component>,
        registry: Arc<Registry>,
        community: Community,
        event: &str,
        request_id: String,
        now: Timestamp,
    ) -> Self {
        Self {
            surroundings,
            component,
            community,
            caller: Caller::system(),
            subject: None,
            acted_by: None,
            kind: OperationKind::Command,
            operation: format!("react:{event}"),
            registry,
            idempotency: None,
            request_id,
            now,
            seed: OnceLock::new(),
        }
    }
}
