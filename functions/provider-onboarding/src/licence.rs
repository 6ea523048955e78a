//! The end of a licence suspends its provider, by a durable timer. The host judges by the registered end besides, so
//! nobody trades in between.

use linli_sdk::prelude::*;
use linli_sdk::registry::Standing;

use crate::provider::{Cause, PROVIDERS, Provider};
use crate::terms::DAY_SECONDS;

/// How far ahead a licence's timer lies at most, in days; a longer licence is looked at again then. Below the 1,100 days
/// of the platform.
const LOOK_DAYS: i64 = 1_000;

/// A licence ends, or is due to be looked at again.
#[derive(Serialize, Deserialize)]
pub(crate) struct LicenceDue {
    provider: String,
    /// The end as it was when the timer was set; after a renewal it is another, with a timer of its own.
    licensed_until: Timestamp,
}

/// See [`LicenceDue`].
pub(crate) const LICENCE_DUE: Timer<LicenceDue> = Timer::new("licence.ended");

/// Sets the timer for the end of the provider's licence.
pub(crate) fn watch(provider: &Provider) {
    let (provider, licensed_until) = (provider.id.clone(), provider.licensed_until);
    let at = licensed_until.min(context::now().plus_seconds(LOOK_DAYS * DAY_SECONDS));
    LICENCE_DUE.schedule(at, &LicenceDue { provider, licensed_until });
}

/// Suspends the provider, unless the licence was renewed or has not ended yet.
pub(crate) fn end_licence(due: LicenceDue) -> Result<(), Problem> {
    let current = |provider: &Provider| provider.licensed_until == due.licensed_until;
    let Some(mut provider) = PROVIDERS.get(&due.provider).filter(current) else { return Ok(()) };
    if context::now() < provider.licensed_until {
        watch(&provider);
    } else if provider.standing == Standing::Active {
        provider.change(Standing::Suspended, Some(Cause::Licence));
    }
    Ok(())
}
