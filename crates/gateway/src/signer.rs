//! Tokens of the platform's own making, for development and tests: identity providers make the real ones.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use linli_contract::{Area, Role, Timestamp};
use serde::Serialize;

/// What a token shall say.
#[derive(Debug, Clone)]
pub struct TokenClaims<'a> {
    /// Directory id of the resident or worker; may be missing for a provider's machine.
    pub subject: Option<&'a str>,
    /// What the caller may be; `system` and `anyone` give nothing.
    pub roles: &'a [Role],
    /// What the caller answers for; for residents their community.
    pub area: &'a Area,
    /// The provider the caller belongs to.
    pub provider: Option<&'a str>,
    /// `iat`, in whole seconds.
    pub issued_at: Timestamp,
    /// Seconds until it expires.
    pub ttl_seconds: u32,
    /// `jti`, unique per token.
    pub id: &'a str,
}

/// Signs tokens with Ed25519.
pub struct TokenSigner {
    key: EncodingKey,
    /// The public key, base64url.
    public: String,
    kid: String,
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    roles: Vec<&'static str>,
    area: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    iat: i64,
    exp: i64,
    jti: &'a str,
}

/// PKCS #8 version 1 around an Ed25519 seed (RFC 8410 §7): everything before the seed is constant.
const PKCS8_ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

impl TokenSigner {
    /// The key of a 32-byte seed (RFC 8032 §5.1.5). Its `kid` is the key's thumbprint (RFC 7638).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = EncodingKey::from_ed_der(&[&PKCS8_ED25519[..], seed].concat());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).expect("every 32 bytes are an Ed25519 seed");
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).expect("an Ed25519 key has a thumbprint");
        let AlgorithmParameters::OctetKeyPair(parameters) = jwk.algorithm else {
            unreachable!("the key of an Ed25519 seed is an octet key pair");
        };
        Self { key, public: parameters.x, kid }
    }

    /// The public key as a JSON Web Key set, for [`crate::TokenKeys::from_jwks`] and for publishing.
    pub fn jwks(&self) -> String {
        serde_json::json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": self.public,
        }]})
        .to_string()
    }

    /// A signed token.
    pub fn sign(&self, claims: &TokenClaims<'_>) -> String {
        let iat = claims.issued_at.micros() / 1_000_000;
        let payload = Payload {
            sub: claims.subject,
            roles: claims.roles.iter().map(|role| role.as_str()).collect(),
            area: claims.area.as_str(),
            provider: claims.provider,
            iat,
            exp: iat + i64::from(claims.ttl_seconds),
            jti: claims.id,
        };
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &payload, &self.key).expect("an Ed25519 key signs any JSON object")
    }
}
