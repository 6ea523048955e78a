//! The public keys that tokens are verified with, from JSON Web Key sets (RFC 7517).

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use crate::limits::RSA_MODULUS_BYTES;

/// Why a key set cannot be used. A wrong configuration is refused at start, never logged and lived with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not a JSON Web Key set.
    #[error("not a JSON Web Key set: {0}")]
    NotAKeySet(String),
    /// A key for signatures has no `kid`.
    #[error("key {index} has no `kid`, which tokens name their key by")]
    NoKeyId {
        /// Position in the set, from 0.
        index: usize,
    },
    /// Two keys have one `kid`.
    #[error("two keys have the kid `{0}`")]
    Duplicate(String),
    /// Its numbers are not those of a key of its type, or it is too weak.
    #[error("key `{kid}` is not a usable {kind} key")]
    BadKey {
        /// Its `kid`.
        kid: String,
        /// What it says it is.
        kind: &'static str,
    },
    /// No key in it can verify EdDSA, ES256 or RS256.
    #[error("holds no key for EdDSA (Ed25519), ES256 or RS256 signatures")]
    Empty,
}

/// Keys by `kid`, each with the one algorithm it is for, and who must have issued a token signed by it, for whom.
#[derive(Clone, Default)]
pub struct TokenKeys(HashMap<String, TokenKey>);

#[derive(Clone)]
pub(crate) struct TokenKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) audience: Option<Arc<str>>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<WebKey>,
}

#[derive(Deserialize)]
struct WebKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl TokenKeys {
    /// Reads a key set. Keys for encryption or for other algorithms than EdDSA (Ed25519), ES256 and RS256 are left out,
    /// as RFC 7517 §5 asks.
    ///
    /// # Errors
    /// Not a key set, a signature key that is broken, weak or without a `kid`, or no usable key at all.
    pub fn from_jwks(json: &str) -> Result<Self, KeysError> {
        let set: KeySet = serde_json::from_str(json).map_err(|e| KeysError::NotAKeySet(e.to_string()))?;
        let mut keys = Self::default();
        for (index, web_key) in set.keys.iter().enumerate() {
            if let Some((kid, key)) = web_key.read(index)? {
                keys.add(kid, key)?;
            }
        }
        if keys.0.is_empty() { Err(KeysError::Empty) } else { Ok(keys) }
    }

    /// Tokens signed with these keys must have this `iss`.
    #[must_use]
    pub fn with_issuer(mut self, issuer: &str) -> Self {
        let issuer: Arc<str> = issuer.into();
        self.0.values_mut().for_each(|key| key.issuer = Some(issuer.clone()));
        self
    }

    /// Tokens signed with these keys must have this among their `aud`.
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        let audience: Arc<str> = audience.into();
        self.0.values_mut().for_each(|key| key.audience = Some(audience.clone()));
        self
    }

    /// Both sets, each key keeping its own issuer and audience.
    ///
    /// # Errors
    /// A `kid` in both.
    pub fn and(mut self, other: Self) -> Result<Self, KeysError> {
        for (kid, key) in other.0 {
            self.add(kid, key)?;
        }
        Ok(self)
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&TokenKey> {
        self.0.get(kid)
    }

    fn add(&mut self, kid: String, key: TokenKey) -> Result<(), KeysError> {
        if self.0.contains_key(&kid) {
            return Err(KeysError::Duplicate(kid));
        }
        self.0.insert(kid, key);
        Ok(())
    }
}

impl WebKey {
    fn read(&self, index: usize) -> Result<Option<(String, TokenKey)>, KeysError> {
        let (algorithm, kind) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, "Ed25519"),
            ("EC", Some("P-256")) => (Algorithm::ES256, "P-256"),
            ("RSA", _) => (Algorithm::RS256, "RSA (2048 to 4096 bits)"),
            _ => return Ok(None),
        };
        let same_algorithm = |alg: &str| names(algorithm).contains(&alg);
        let for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        if !for_signatures || !self.alg.as_deref().is_none_or(same_algorithm) {
            return Ok(None);
        }
        let kid = self.kid.clone().ok_or(KeysError::NoKeyId { index })?;
        match self.decoding_key(algorithm) {
            Some(key) => Ok(Some((kid, TokenKey { algorithm, key, issuer: None, audience: None }))),
            None => Err(KeysError::BadKey { kid, kind }),
        }
    }

    /// None when the numbers are no key: tried here by making a verifier, so that no request is the first to find out.
    fn decoding_key(&self, algorithm: Algorithm) -> Option<DecodingKey> {
        let bytes = |field: &str| URL_SAFE_NO_PAD.decode(field).ok();
        let key = match algorithm {
            Algorithm::EdDSA => DecodingKey::from_ed_der(&bytes(&self.x).filter(|x| x.len() == 32)?),
            Algorithm::ES256 => {
                let coordinate = |field: &str| bytes(field).filter(|c| c.len() == 32);
                DecodingKey::from_ec_der(&[&[4], &*coordinate(&self.x)?, &*coordinate(&self.y)?].concat())
            }
            _ => {
                let modulus = bytes(&self.n)?;
                let exponent = bytes(&self.e)?;
                let strong = modulus.first() != Some(&0) && RSA_MODULUS_BYTES.contains(&modulus.len());
                let odd = |number: &[u8]| number.last().is_some_and(|b| b % 2 == 1);
                if !strong || !odd(&modulus) || !odd(&exponent) {
                    return None;
                }
                DecodingKey::from_rsa_raw_components(&modulus, &exponent)
            }
        };
        let verifier = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.verifier_factory;
        verifier(&algorithm, &key).ok().map(|_| key)
    }
}

/// What `alg` may call one of our algorithms. RFC 9864 gave EdDSA over its one curve here a name of its own.
pub(crate) fn names(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm {
        Algorithm::EdDSA => &["EdDSA", "Ed25519"],
        Algorithm::ES256 => &["ES256"],
        _ => &["RS256"],
    }
}
