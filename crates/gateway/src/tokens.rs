//! Bearer tokens: signed JWTs (RFC 7519) in, identities out.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderMap};
use linli_contract::limits::MAX_ID_BYTES;
use linli_contract::{Area, Identity, Role, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::cache::{TokenCache, Verified};
use crate::keys::{TokenKey, TokenKeys, names};
use crate::limits::{MAX_TOKEN_BYTES, TOKEN_LEEWAY_SECONDS};
use crate::rejection::TokenFault;

/// Verifies tokens, and remembers those it verified until they expire. Shared by all requests, and kept when the
/// routes change; a change of keys needs a new one, which starts with an empty memory.
///
/// A token has these claims: `sub` (the directory id of a resident or worker; may be missing for a provider's machine),
/// `roles`, `area` (a division prefix; a resident's own community), optionally `provider`, and `exp`; `nbf`, `iss` and
/// `aud` are checked, `iat` and `jti` are not.
pub struct Tokens {
    keys: TokenKeys,
    cache: TokenCache,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    area: Option<String>,
    provider: Option<String>,
    /// Seconds since 1970, perhaps with a fraction (RFC 7519 §2, NumericDate).
    exp: f64,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn contains(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Several(several) => several.iter().any(|one| one == wanted),
        }
    }
}

impl Tokens {
    /// With nothing remembered yet.
    pub fn new(keys: TokenKeys) -> Self {
        Self { keys, cache: TokenCache::new() }
    }

    /// Who the `Authorization` header says is calling; none when there is no such header.
    pub(crate) fn identify(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<Arc<Identity>>, TokenFault> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(TokenFault::Malformed);
        }
        let value = value.to_str().map_err(|_| TokenFault::Malformed)?;
        let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenFault::Missing);
        }
        self.verify(token.trim(), now).map(Some)
    }

    /// What the token proves at `now`.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Arc<Identity>, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenFault::Malformed);
        }
        let key = TokenCache::key(token);
        if let Some(known) = self.cache.get(&key, now) {
            return Ok(known.identity);
        }
        let verified = self.verify_signed(token, now)?;
        let identity = verified.identity.clone();
        self.cache.insert(key, verified);
        Ok(identity)
    }

    fn verify_signed(&self, token: &str, now: Timestamp) -> Result<Verified, TokenFault> {
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Malformed)?;
        let header: JoseHeader = decode_part(header).ok_or(TokenFault::Malformed)?;
        if header.crit.is_some() {
            return Err(TokenFault::Malformed); // We understand no extension that must be understood.
        }
        let key = header.kid.and_then(|kid| self.keys.get(&kid)).ok_or(TokenFault::UnknownKey)?;
        // The key decides the algorithm; the token may only agree.
        if !names(key.algorithm).contains(&header.alg.as_str()) {
            return Err(TokenFault::UnknownKey);
        }
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.key, key.algorithm) {
            Ok(true) => {}
            Ok(false) => return Err(TokenFault::BadSignature),
            Err(_) => return Err(TokenFault::Malformed),
        }
        let claims: Claims = decode_part(payload).ok_or(TokenFault::BadClaims)?;
        claims.check_parties(key)?;
        let until = claims.check_times(now)?;
        Ok(Verified { identity: Arc::new(claims.identity()?), until })
    }
}

fn decode_part<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl Claims {
    fn check_parties(&self, key: &TokenKey) -> Result<(), TokenFault> {
        let issuer_fits = key.issuer.as_deref().is_none_or(|wanted| self.iss.as_deref() == Some(wanted));
        let for_us = |wanted: &str| self.aud.as_ref().is_some_and(|audience| audience.contains(wanted));
        let audience_fits = key.audience.as_deref().is_none_or(for_us);
        if issuer_fits && audience_fits { Ok(()) } else { Err(TokenFault::WrongParty) }
    }

    /// The moment from which the token no longer counts.
    fn check_times(&self, now: Timestamp) -> Result<Timestamp, TokenFault> {
        // A float saturates when it becomes an integer, and so does the clamp of a timestamp.
        let moment = |seconds: f64| Timestamp::from_micros((seconds * 1e6) as i64);
        let until = moment(self.exp).plus_seconds(TOKEN_LEEWAY_SECONDS);
        if now >= until {
            return Err(TokenFault::Expired);
        }
        if self.nbf.is_some_and(|nbf| now < moment(nbf).plus_seconds(-TOKEN_LEEWAY_SECONDS)) {
            return Err(TokenFault::NotYetValid);
        }
        Ok(until)
    }

    fn identity(self) -> Result<Identity, TokenFault> {
        let named = |id: &Option<String>| id.as_deref().is_none_or(is_id);
        if !named(&self.sub) || !named(&self.provider) || (self.sub.is_none() && self.provider.is_none()) {
            return Err(TokenFault::BadClaims);
        }
        let area: Option<Area> =
            self.area.map(|area| area.parse()).transpose().map_err(|_| TokenFault::BadClaims)?;
        // Roles of other systems, and of later versions of this one, give nothing here.
        let roles = self.roles.iter().filter_map(|role| Role::from_token(role)).collect();
        Ok(Identity { subject: self.sub, acting_for: None, roles, area, provider: self.provider })
    }
}

/// Whether the text can be an id in a token or a header: 1 to [`MAX_ID_BYTES`] visible ASCII characters.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
