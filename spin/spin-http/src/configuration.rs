//! What operators set for the front door, as variables of Spin.

use linli_gateway::TokenKeys;
use sha2::{Digest as _, Sha256};

/// JSON Web Key set of whoever issues tokens.
pub const TOKEN_KEYS: &str = "linli_token_keys";
/// Who must have issued a token; empty for anybody who has a key.
pub const TOKEN_ISSUER: &str = "linli_token_issuer";
/// For whom a token must have been issued; empty for anybody.
pub const TOKEN_AUDIENCE: &str = "linli_token_audience";
/// The secret of the drain route, which answers nobody without one.
pub const DRAIN_SECRET: &str = "linli_drain_secret";

/// Characters of a drain secret at least: it cannot be guessed then.
const SECRET_CHARACTERS: usize = 16;

/// What is set.
pub struct Configuration {
    pub(crate) keys: TokenKeys,
    /// Digest of the drain secret.
    secret: Option<[u8; 32]>,
}

impl Configuration {
    /// From the variables, by name; one that is empty counts as not set.
    ///
    /// # Errors
    /// What is not as it must be, for operators.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let jwks = set(TOKEN_KEYS).ok_or_else(|| format!("variable `{TOKEN_KEYS}` is not set"))?;
        let mut keys =
            TokenKeys::from_jwks(&jwks).map_err(|error| format!("variable `{TOKEN_KEYS}`: {error}"))?;
        if let Some(issuer) = set(TOKEN_ISSUER) {
            keys = keys.with_issuer(&issuer);
        }
        if let Some(audience) = set(TOKEN_AUDIENCE) {
            keys = keys.with_audience(&audience);
        }
        let secret = set(DRAIN_SECRET);
        if secret.as_ref().is_some_and(|secret| secret.chars().count() < SECRET_CHARACTERS) {
            return Err(format!("variable `{DRAIN_SECRET}` is shorter than {SECRET_CHARACTERS} characters"));
        }
        Ok(Self { keys, secret: secret.map(|secret| Sha256::digest(secret.as_bytes()).into()) })
    }

    /// Whether this is the drain secret; digests are compared, so that how long it takes tells nothing.
    pub(crate) fn is_secret(&self, given: &str) -> bool {
        self.secret.is_some_and(|secret| <[u8; 32]>::from(Sha256::digest(given.as_bytes())) == secret)
    }
}
