//! Who published a component: the signature of the provider's registered key over name, version and file.

use ed25519_dalek::{Signature, VerifyingKey};
use linli_contract::{ComponentName, Digest, PluginVersion, signed_statement};

use crate::platform::Platform;

/// Why a component is not taken for its publisher's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Nobody of that id is registered, or may trade at this moment.
    #[error("the provider may not trade")]
    MayNotTrade,
    /// It registered no key.
    #[error("the provider registered no key")]
    NoKey,
    /// The signature is not that of the key over this name, version and file.
    #[error("the signature does not fit")]
    Invalid,
}

impl Platform {
    /// The key a provider signs with, if it may publish anything at this moment.
    ///
    /// # Errors
    /// It may not trade, or registered no key.
    pub fn publisher_key(&self, provider: &str) -> Result<PublisherKey, SignatureError> {
        let registered = self.provider(provider).ok_or(SignatureError::MayNotTrade)?;
        if !registered.may_trade(self.shared.clock.now()) {
            return Err(SignatureError::MayNotTrade);
        }
        registered.public_key.map(PublisherKey).ok_or(SignatureError::NoKey)
    }
}

/// The Ed25519 key (RFC 8032) of a provider, as it was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherKey(pub [u8; 32]);

impl PublisherKey {
    /// Checks that it signed this file as this version of this plugin.
    ///
    /// # Errors
    /// [`SignatureError::Invalid`]: it did not, or is no key.
    pub fn check(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let invalid = |_| SignatureError::Invalid;
        let key = VerifyingKey::from_bytes(&self.0).map_err(invalid)?;
        let signature = Signature::from_slice(signature).map_err(invalid)?;
        key.verify_strict(&signed_statement(name, version, digest), &signature).map_err(invalid)
    }
}
