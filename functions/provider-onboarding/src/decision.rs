//! Deciding about applications: by a reviewer, never about one's own.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::application::{APPLICATIONS, Application, Decided, ShownApplication, Status};
use crate::day::Day;
use crate::events::{APPLICATION_DECIDED, ApplicationDecided};
use crate::provider::{Cause, PROVIDERS, Provider, person_of};
use crate::{licence, problem, rating};

/// What a reviewer says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    id: Id,
    decision: Verdict,
    /// To the applicant; needed unless it is approved.
    #[schemars(length(min = 1, max = 500))]
    reason: Option<String>,
}

/// How it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Approve,
    Reject,
    /// The applicant changes it and hands it in again.
    Return,
}

/// Decides about an application. Approving admits the provider, or renews it.
pub(crate) fn decide_application(decision: Decision) -> Result<ShownApplication, Problem> {
    let (caller, by) = (context::caller(), context::subject()?);
    let mut application = APPLICATIONS.get(&decision.id).ok_or_else(problem::application_unknown)?;
    if application.is_of(&caller) {
        return Err(problem::decision_on_oneself());
    }
    if application.status != Status::Submitted {
        return Err(problem::application_decided());
    }
    application.status = match decision.decision {
        Verdict::Approve => {
            application.check()?;
            admit(&application);
            Status::Approved
        }
        _ if decision.reason.is_none() => return Err(problem::reason_missing()),
        Verdict::Reject => Status::Rejected,
        Verdict::Return => Status::Returned,
    };
    application.open = application.status == Status::Returned;
    application.decision = Some(Decided { by, at: context::now(), reason: decision.reason });
    APPLICATIONS.put(&application.id, &application);
    APPLICATION_DECIDED.publish(&ApplicationDecided {
        application: application.id.clone(),
        person: person_of(&application.owner),
        status: application.status,
    });
    Ok(application.into())
}

/// Makes the applicant a provider, or takes over what a provider has renewed.
fn admit(application: &Application) {
    let known = PROVIDERS.get(&application.credit_code);
    if known.is_none() {
        rating::open_counters(&application.credit_code);
    }
    let mut provider = known.unwrap_or_else(|| Provider {
        id: application.credit_code.clone(),
        name: String::new(),
        category: String::new(),
        commission_bp: 0,
        public_key: None,
        owner: application.owner.clone(),
        standing: Standing::Active,
        cause: None,
        licensed_until: context::now(),
        notice: None,
        counted_from: Day::of(context::now()),
    });
    provider.name.clone_from(&application.name);
    provider.category.clone_from(&application.category);
    provider.commission_bp = application.commission_bp;
    provider.public_key.clone_from(&application.public_key);
    provider.licensed_until = application.licence.ends_at();
    licence::watch(&provider);
    match provider.cause {
        None | Some(Cause::Licence) => provider.reinstate(),
        // Only an appeal undoes what complaints did; nobody removed gets this far.
        Some(Cause::Complaints) => provider.change(provider.standing, provider.cause),
    }
}
