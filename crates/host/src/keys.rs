//! Signatures of the platform: one Ed25519 key for each component and purpose, derived, never stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::secrets::MasterKey;

/// The key of one component for one purpose. What it signs is `"linli/" component "/" purpose 0x00 bytes`.
pub(crate) struct PurposeKey {
    component: String,
    purpose: String,
    key: SigningKey,
}

impl PurposeKey {
    pub(crate) fn new(master: &MasterKey, component: &str, purpose: &str) -> Self {
        let seed = master.derive(&format!("linli-sign/{component}/{purpose}"));
        Self {
            component: component.to_owned(),
            purpose: purpose.to_owned(),
            key: SigningKey::from_bytes(&seed),
        }
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(&self.message(bytes)).to_bytes()
    }

    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        self.key.verifying_key().verify_strict(&self.message(bytes), &signature).is_ok()
    }

    /// The public key as a JWK (RFC 8037), its id the thumbprint of RFC 7638.
    pub(crate) fn public(&self) -> Json {
        let x = URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes());
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "x": x,
            "kid": URL_SAFE_NO_PAD.encode(thumbprint),
            "component": self.component,
            "purpose": self.purpose,
        })
    }

    fn message(&self, bytes: &[u8]) -> Vec<u8> {
        let head = ["linli/", &self.component, "/", &self.purpose, "\0"].concat();
        [head.as_bytes(), bytes].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Verifier as _, VerifyingKey};

    fn key(component: &str, purpose: &str) -> PurposeKey {
        PurposeKey::new(&MasterKey::new([3; 32]), component, purpose)
    }

    #[test]
    fn a_signature_holds_for_its_component_purpose_and_bytes() {
        let tickets = key("activity-signup", "ticket");
        let signature = tickets.sign(b"seat 7");
        assert!(tickets.verify(b"seat 7", &signature));
        assert!(!tickets.verify(b"seat 8", &signature));
        assert!(!tickets.verify(b"seat 7", &signature[..63]));
        assert!(!key("activity-signup", "certificate").verify(b"seat 7", &signature));
        assert!(!key("meal-ordering", "ticket").verify(b"seat 7", &signature));
    }

    #[test]
    fn anybody_can_check_a_signature_with_the_published_key() {
        let tickets = key("activity-signup", "ticket");
        let x = tickets.public()["x"].as_str().map(|x| URL_SAFE_NO_PAD.decode(x).unwrap()).unwrap();
        let published = VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap();
        let signature = Signature::from_bytes(&tickets.sign(b"seat 7"));
        assert!(published.verify(b"linli/activity-signup/ticket\0seat 7", &signature).is_ok());
    }
}
