//! Bearer tokens: JWTs signed with one Ed25519 key, verified once and remembered.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// Tokens remembered at once; when there are more, all are forgotten. Crude, but bounded.
const MAX_REMEMBERED: usize = 200_000;

/// What a token says.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The resident or worker.
    pub sub: String,
    /// What they may be.
    pub roles: Vec<String>,
    /// Seconds since 1970.
    exp: i64,
}

/// Verifies tokens.
pub struct Tokens {
    key: DecodingKey,
    validation: Validation,
    remembered: RwLock<HashMap<String, Arc<Claims>>>,
}

impl Tokens {
    /// With the public key, base64url.
    pub fn new(public_key: &str) -> Result<Self> {
        let key = DecodingKey::from_ed_components(public_key).context("PUBLIC_KEY is no Ed25519 key")?;
        Ok(Self { key, validation: Validation::new(Algorithm::EdDSA), remembered: RwLock::default() })
    }

    /// The claims of a token that holds now.
    pub fn verify(&self, token: &str) -> Option<Arc<Claims>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        if let Some(claims) = remembered {
            return (claims.exp > i64::try_from(now).ok()?).then_some(claims);
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).ok()?.claims;
        let claims = Arc::new(claims);
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MAX_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(token.to_owned(), claims.clone());
        Some(claims)
    }
}
