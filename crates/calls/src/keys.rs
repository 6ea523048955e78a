//! Signatures of the platform: keys for each component and purpose, derived, never stored.

mod sm2;

use std::collections::BTreeMap;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::secrets::MasterKey;

/// How something is signed; see `wit/keys.wit`. Both make 64 bytes, the same ones for the same key and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignatureAlgorithm {
    /// RFC 8032; what is not configured otherwise.
    Ed25519,
    /// GB/T 32918.2-2016 on the curve of GB/T 32918.5-2017, with SM3 and the default user id.
    Sm2,
}

/// No algorithm of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way to sign: `ed25519` and `sm2` are")]
pub struct UnknownAlgorithm(String);

impl FromStr for SignatureAlgorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ed25519" => Ok(Self::Ed25519),
            "sm2" => Ok(Self::Sm2),
            _ => Err(UnknownAlgorithm(text.to_owned())),
        }
    }
}

/// Component → purpose → how it is signed for: by the first; what any of them signed is taken. What is not in here is
/// signed with Ed25519.
pub type Signatures = BTreeMap<String, BTreeMap<String, Vec<SignatureAlgorithm>>>;

/// A purpose that is configured, and that the component does not sign for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it signs for no purpose `{0}`")]
pub struct UnknownPurpose(pub String);

/// The keys of one component for one purpose. What they sign is `"linli/" component "/" purpose 0x00 bytes`.
pub struct PurposeKeys {
    component: String,
    purpose: String,
    /// At least one; the first one signs.
    keys: Vec<Key>,
}

enum Key {
    Ed25519(SigningKey),
    Sm2(sm2::Key),
}

impl PurposeKeys {
    /// With Ed25519 when there are no algorithms.
    pub fn new(
        master: &MasterKey,
        component: &str,
        purpose: &str,
        algorithms: &[SignatureAlgorithm],
    ) -> Self {
        let algorithms = if algorithms.is_empty() { &[SignatureAlgorithm::Ed25519] } else { algorithms };
        let key = |algorithm: &SignatureAlgorithm| match algorithm {
            SignatureAlgorithm::Ed25519 => {
                let seed = master.derive(&format!("linli-sign/{component}/{purpose}"));
                Key::Ed25519(SigningKey::from_bytes(&seed))
            }
            SignatureAlgorithm::Sm2 => Key::Sm2(sm2::Key::new(master, component, purpose)),
        };
        let keys = algorithms.iter().map(key).collect();
        Self { component: component.to_owned(), purpose: purpose.to_owned(), keys }
    }

    /// 64 bytes, by the first key.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        let message = self.message(bytes);
        match &self.keys[0] {
            Key::Ed25519(key) => key.sign(&message).to_bytes(),
            Key::Sm2(key) => key.sign(&message),
        }
    }

    /// Whether any of the keys made the signature.
    pub fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let message = self.message(bytes);
        self.keys.iter().any(|key| match key {
            Key::Ed25519(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verifying_key().verify_strict(&message, &signature).is_ok()),
            Key::Sm2(key) => key.verify(&message, signature),
        })
    }

    /// The public keys as JWKs, the one that signs first, each with the component and purpose it is for.
    pub fn public(&self) -> impl Iterator<Item = Json> {
        self.keys.iter().map(|key| {
            let mut jwk = match key {
                Key::Ed25519(key) => public_ed25519(key),
                Key::Sm2(key) => key.public(),
            };
            jwk["use"] = json!("sig");
            jwk["component"] = json!(self.component);
            jwk["purpose"] = json!(self.purpose);
            jwk
        })
    }

    fn message(&self, bytes: &[u8]) -> Vec<u8> {
        let head = ["linli/", &self.component, "/", &self.purpose, "\0"].concat();
        [head.as_bytes(), bytes].concat()
    }
}

/// RFC 8037.
fn public_ed25519(key: &SigningKey) -> Json {
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let kid = thumbprint(&format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x, "kid": kid })
}

/// RFC 7638, of the members it names, in order and without spaces.
fn thumbprint(members: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignatureAlgorithm::{Ed25519, Sm2};
    use ed25519_dalek::{Verifier as _, VerifyingKey};

    fn keys(component: &str, purpose: &str, algorithms: &[SignatureAlgorithm]) -> PurposeKeys {
        PurposeKeys::new(&MasterKey::new([3; 32]), component, purpose, algorithms)
    }

    #[test]
    fn a_signature_holds_for_its_component_purpose_and_bytes() {
        for algorithm in [Ed25519, Sm2] {
            let keys = |component, purpose| keys(component, purpose, &[algorithm]);
            let tickets = keys("activity-signup", "ticket");
            let signature = tickets.sign(b"seat 7");
            assert_eq!(signature, tickets.sign(b"seat 7"), "a command may run again");
            assert_ne!(signature, tickets.sign(b"seat 8"));
            assert!(tickets.verify(b"seat 7", &signature));
            assert!(!tickets.verify(b"seat 8", &signature));
            assert!(!tickets.verify(b"seat 7", &signature[..63]));
            assert!(!tickets.verify(b"seat 7", &[0; 64]) && !tickets.verify(b"seat 7", &[255; 64]));
            assert!(!keys("activity-signup", "certificate").verify(b"seat 7", &signature));
            assert!(!keys("meal-ordering", "ticket").verify(b"seat 7", &signature));
        }
    }

    #[test]
    fn the_first_way_signs_and_what_the_others_signed_is_taken() {
        let of = |algorithms: &[SignatureAlgorithm]| keys("affair-submission", "certificate", algorithms);
        let (before, changed, only) = (of(&[]), of(&[Sm2, Ed25519]), of(&[Sm2]));
        let (old, new) = (before.sign(b"x"), changed.sign(b"x"));
        assert_eq!((old, new), (of(&[Ed25519]).sign(b"x"), only.sign(b"x")));
        assert!(changed.verify(b"x", &old) && changed.verify(b"x", &new));
        assert!(!only.verify(b"x", &old) && !before.verify(b"x", &new));
        let published: Vec<_> = changed.public().map(|key| key["alg"].clone()).collect();
        assert_eq!(published, ["SM2", "EdDSA"]);
    }

    #[test]
    fn anybody_can_check_a_signature_with_the_published_key() {
        let tickets = keys("activity-signup", "ticket", &[]);
        let public = tickets.public().next().unwrap();
        let x = URL_SAFE_NO_PAD.decode(public["x"].as_str().unwrap()).unwrap();
        let published = VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap();
        let signature = Signature::from_bytes(&tickets.sign(b"seat 7"));
        assert!(published.verify(b"linli/activity-signup/ticket\0seat 7", &signature).is_ok());
    }

    #[test]
    fn only_ways_to_sign_that_there_are_have_a_name() {
        assert_eq!(("sm2".parse(), "ed25519".parse()), (Ok(Sm2), Ok(Ed25519)));
        assert_eq!("SM2".parse::<SignatureAlgorithm>(), Err(UnknownAlgorithm("SM2".to_owned())));
    }
}
