//! A provider (merchant) as the platform registers it.

use serde::{Deserialize, Serialize};

use crate::codes::CreditCode;
use crate::limits::{MAX_COMMISSION, MAX_PROVIDER_CATEGORY_BYTES, MAX_PROVIDER_ID, MAX_PROVIDER_NAME_BYTES};
use crate::{Timestamp, codes};

/// Whether the platform deals with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Standing {
    /// It does.
    Active,
    /// For now not.
    Suspended,
    /// For good not, unless it is registered again.
    Removed,
}

/// What the platform knows of a provider; see `wit/registry.wit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// What tokens and ledger accounts call it.
    pub id: String,
    /// Shown to people.
    pub name: String,
    /// GB 32100-2015.
    pub credit_code: String,
    /// The business of whoever registers.
    pub category: String,
    /// Basis points of what is captured for it, 0 to 10,000.
    pub commission: u32,
    /// Ed25519 (RFC 8032).
    pub public_key: Option<[u8; 32]>,
    /// As registered; see also [`Provider::may_trade`].
    pub standing: Standing,
    /// From this moment on it may not trade.
    pub licensed_until: Timestamp,
}

/// The rule a provider breaks. Carries no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// See [`Provider::is_id`].
    #[error("the id of a provider has 1 to 64 characters of A-Z, a-z, 0-9 and ._-")]
    Id,
    /// Empty or too long.
    #[error("the name of a provider has 1 to 200 bytes")]
    Name,
    /// Not one by GB 32100-2015.
    #[error("the credit code of a provider: {0}")]
    CreditCode(codes::CodeError),
    /// Empty or too long.
    #[error("the category of a provider has 1 to 64 bytes")]
    Category,
    /// More than everything.
    #[error("a commission has 0 to 10,000 basis points")]
    Commission,
}

impl Provider {
    /// Whether a text can be the id of a provider.
    pub fn is_id(text: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        (1..=MAX_PROVIDER_ID).contains(&text.len()) && text.bytes().all(allowed)
    }

    /// Every rule of `wit/registry.wit` a provider can break by itself.
    ///
    /// # Errors
    /// The first one it breaks.
    pub fn check(&self) -> Result<(), ProviderError> {
        if !Self::is_id(&self.id) {
            return Err(ProviderError::Id);
        }
        if !(1..=MAX_PROVIDER_NAME_BYTES).contains(&self.name.len()) {
            return Err(ProviderError::Name);
        }
        self.credit_code.parse::<CreditCode>().map_err(ProviderError::CreditCode)?;
        if !(1..=MAX_PROVIDER_CATEGORY_BYTES).contains(&self.category.len()) {
            return Err(ProviderError::Category);
        }
        if self.commission > MAX_COMMISSION { Err(ProviderError::Commission) } else { Ok(()) }
    }

    /// Whether the platform deals with it at this moment: active, and licensed still.
    pub fn may_trade(&self, now: Timestamp) -> bool {
        self.standing == Standing::Active && now < self.licensed_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> Provider {
        Provider {
            id: "91330106673959654P".into(),
            name: "邻里家政".into(),
            credit_code: "91330106673959654P".into(),
            category: "housekeeping".into(),
            commission: 800,
            public_key: None,
            standing: Standing::Active,
            licensed_until: Timestamp::from_micros(100),
        }
    }

    #[test]
    fn each_broken_rule_is_named() {
        assert_eq!(provider().check(), Ok(()));
        let broken = |change: fn(&mut Provider)| {
            let mut provider = provider();
            change(&mut provider);
            provider.check().unwrap_err()
        };
        assert_eq!(broken(|p| p.id = "a/b".into()), ProviderError::Id);
        assert_eq!(broken(|p| p.id = "x".repeat(65)), ProviderError::Id);
        assert_eq!(broken(|p| p.name = String::new()), ProviderError::Name);
        let wrong = |p: &mut Provider| p.credit_code = "91310115MA1G4L1WXK".into();
        assert_eq!(broken(wrong), ProviderError::CreditCode(codes::CodeError::Check));
        assert_eq!(broken(|p| p.category = String::new()), ProviderError::Category);
        assert_eq!(broken(|p| p.commission = 10_001), ProviderError::Commission);
    }

    #[test]
    fn who_is_suspended_removed_or_no_longer_licensed_may_not_trade() {
        let at = Timestamp::from_micros;
        assert!(provider().may_trade(at(99)));
        assert!(!provider().may_trade(at(100)), "the licence has ended");
        for standing in [Standing::Suspended, Standing::Removed] {
            assert!(!Provider { standing, ..provider() }.may_trade(at(1)));
        }
    }
}
