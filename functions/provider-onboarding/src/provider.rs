//! A provider as this community knows it, and how its standing changes. Every change is put in the platform's registry,
//! which the host obeys on every call.

use linli_sdk::contract::Caller;
use linli_sdk::prelude::*;
use linli_sdk::registry::{self, Standing};

use crate::day::Day;
use crate::events::{PROVIDER_CHANGED, ProviderChanged};
use crate::problem;

/// A provider as stored. Written when its standing changes; orders, ratings and complaints do not write here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Provider {
    /// Its credit code: the same in every community, and what tokens carry as `provider`.
    pub id: String,
    pub name: String,
    pub category: String,
    pub commission_bp: u32,
    /// Ed25519, 64 digits of lower-case hex.
    pub public_key: Option<String>,
    /// Who may speak for it besides itself: see [`owner_of`].
    pub owner: String,
    pub standing: Standing,
    pub cause: Option<Cause>,
    #[serde(with = "linli_sdk::micros")]
    pub licensed_until: Timestamp,
    /// Set while it is to be removed, and after it was.
    pub notice: Option<Notice>,
    /// Orders and complaints count from this day on.
    pub counted_from: Day,
}

/// Why a provider does not stand active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cause {
    /// Its licence has ended; a renewal brings it back.
    Licence,
    /// Too many of its orders were complained about; an appeal may bring it back.
    Complaints,
}

/// That a provider will be removed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notice {
    #[serde(with = "linli_sdk::micros")]
    pub given_at: Timestamp,
    #[serde(with = "linli_sdk::micros")]
    pub removal_at: Timestamp,
    /// The appeal against it: there is one at most.
    pub appeal: Option<String>,
}

/// By standing and category.
pub(crate) const BY_STANDING: Index = Index::new("by_standing", &["/standing", "/category"]);

/// All providers ever admitted here.
pub(crate) const PROVIDERS: Collection<Provider> = Collection::new("providers").indexes(&[BY_STANDING]);

/// The provider of that id.
pub(crate) fn find(id: &str) -> Result<Provider, Problem> {
    PROVIDERS.get(id).ok_or_else(problem::provider_unknown)
}

/// How the person or machine that calls is kept as the owner of what it handed in.
///
/// # Errors
/// When the caller is neither.
pub(crate) fn owner_of(caller: &Caller) -> Result<String, Problem> {
    match (&caller.subject, &caller.provider) {
        (Some(person), _) => Ok(person.to_string()),
        (None, Some(provider)) => Ok(format!("provider:{provider}")),
        (None, None) => context::subject_of(caller).map(|person| person.to_string()),
    }
}

/// The person behind an owner; none for a machine.
pub(crate) fn person_of(owner: &str) -> Option<PersonRef> {
    owner.parse().ok()
}

impl Provider {
    /// Whether the caller may speak for it: the provider itself, or who applied for it. The latter matters: the host
    /// lets nobody in on behalf of a provider that is suspended, and it is then that one appeals.
    pub fn is_of(&self, caller: &Caller) -> bool {
        let itself = caller.provider.as_ref() == Some(&self.id);
        itself || owner_of(caller).is_ok_and(|owner| owner == self.owner)
    }

    /// Keeps it, registers it with the platform, and tells everybody.
    pub fn change(&mut self, standing: Standing, cause: Option<Cause>) {
        (self.standing, self.cause) = (standing, cause);
        PROVIDERS.put(&self.id, self);
        registry::put(&registry::Provider {
            id: self.id.clone(),
            name: self.name.clone(),
            credit_code: self.id.clone(),
            category: self.category.clone(),
            commission: self.commission_bp,
            public_key: self.public_key.as_deref().map(key),
            standing,
            licensed_until: self.licensed_until,
        });
        PROVIDER_CHANGED.publish(&ProviderChanged {
            provider: self.id.clone(),
            name: self.name.clone(),
            category: self.category.clone(),
            standing,
            cause,
            commission_bp: self.commission_bp,
            licensed_until: self.licensed_until,
        });
    }

    /// As [`Provider::change`], to active, or to suspended when the licence has ended.
    pub fn reinstate(&mut self) {
        if context::now() < self.licensed_until {
            self.change(Standing::Active, None);
        } else {
            self.change(Standing::Suspended, Some(Cause::Licence));
        }
    }
}

/// The bytes of a key whose text met its schema.
fn key(hex: &str) -> [u8; 32] {
    let digit =
        |place: usize| hex.as_bytes().get(place).map_or(0, |c| (*c as char).to_digit(16).unwrap_or(0));
    std::array::from_fn(|byte| (digit(2 * byte) * 16 + digit(2 * byte + 1)) as u8)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_read_from_hex() {
        let mut expected = [0; 32];
        (expected[0], expected[31]) = (0xd7, 0x1a);
        assert_eq!(super::key(&format!("d7{}1a", "0".repeat(60))), expected);
    }
}
