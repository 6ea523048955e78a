//! Which tokens count.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linli_contract::{Role, Timestamp};
use linli_gateway::{KeysError, TokenClaims, TokenFault, TokenKeys, TokenSigner, Tokens};
use serde_json::{Value, json};

use crate::fixture::{HERE, now, resident, signer, token};

/// Tokens signed once with OpenSSL 3.0, whose private keys are gone: `sub` r-0001, resident of 330105001001, from
/// 2026-05-01T00:00:00Z on for an hour.
const ES256: &str = include_str!("vectors/es256.jwt");
const RS256: &str = include_str!("vectors/rs256.jwt");
/// Their public keys, and one of 1024 bits.
const JWKS: &str = include_str!("vectors/jwks.json");

fn keys(kids: &[&str]) -> Result<TokenKeys, KeysError> {
    let mut set: Value = serde_json::from_str(JWKS).unwrap();
    set["keys"].as_array_mut().unwrap().retain(|key| kids.contains(&key["kid"].as_str().unwrap()));
    TokenKeys::from_jwks(&set.to_string())
}

fn dev() -> TokenKeys {
    TokenKeys::from_jwks(&signer().jwks()).unwrap()
}

fn verify(keys: TokenKeys, token: &str, at: Timestamp) -> Result<(), TokenFault> {
    Tokens::new(keys).verify(token, at).map(drop)
}

/// A token of the fixture's key with one part of it changed.
fn forged(change_header: impl Fn(&mut Value), change_claims: impl Fn(&mut Value)) -> String {
    let token = token(Role::Resident, "r-0001", HERE);
    let parts: Vec<_> = token.split('.').collect();
    let part = |text: &str, change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
        change(&mut value);
        URL_SAFE_NO_PAD.encode(value.to_string())
    };
    format!("{}.{}.{}", part(parts[0], &change_header), part(parts[1], &change_claims), parts[2])
}

#[test]
fn all_three_algorithms_verify_and_give_the_identity() {
    let tokens = Tokens::new(keys(&["es256", "rs256"]).unwrap().and(dev()).unwrap());
    for token in [ES256.trim(), RS256.trim(), &token(Role::Resident, "r-0001", HERE)] {
        for _from_memory in [false, true] {
            let identity = tokens.verify(token, now()).unwrap();
            assert_eq!(identity.subject.as_deref(), Some("r-0001"));
            assert_eq!(identity.roles, [Role::Resident]);
            assert_eq!(identity.area.as_ref().unwrap().as_str(), HERE);
            assert_eq!(identity.provider, None);
        }
    }
}

#[test]
fn a_token_counts_from_nbf_to_exp_with_the_leeway_also_from_memory() {
    let tokens = Tokens::new(dev());
    let token = token(Role::Resident, "r-0001", HERE);
    let expiry = now().plus_seconds(1_800);
    assert!(tokens.verify(&token, expiry.plus_seconds(29)).is_ok());
    assert_eq!(tokens.verify(&token, expiry.plus_seconds(30)).err(), Some(TokenFault::Expired));
    assert_eq!(verify(dev(), &token, expiry.plus_seconds(30)), Err(TokenFault::Expired));
}

#[test]
fn what_was_changed_after_signing_does_not_count() {
    let same = |_: &mut Value| {};
    for (forged, fault) in [
        (forged(same, |c| c["roles"] = json!(["operator"])), TokenFault::BadSignature),
        (forged(same, |c| c["exp"] = json!(9_999_999_999_u64)), TokenFault::BadSignature),
        (forged(|h| h["alg"] = json!("none"), same), TokenFault::UnknownKey),
        (forged(|h| h["alg"] = json!("HS256"), same), TokenFault::UnknownKey),
        (forged(|h| h["alg"] = json!("ES256"), same), TokenFault::UnknownKey),
        (forged(|h| h["kid"] = json!("other"), same), TokenFault::UnknownKey),
        (forged(|h| drop(h.as_object_mut().unwrap().remove("kid")), same), TokenFault::UnknownKey),
        (forged(|h| h["crit"] = json!(["exp"]), same), TokenFault::Malformed),
    ] {
        assert_eq!(verify(dev(), &forged, now()), Err(fault), "{forged}");
    }
    for malformed in ["", ".", "..", "a.b", "a.b.c.d", &"a".repeat(9_000)] {
        assert_eq!(verify(dev(), malformed, now()), Err(TokenFault::Malformed), "{malformed:.20}");
    }
    let other = TokenSigner::from_seed(&[8; 32]).jwks().replace("\"kid\":\"", "\"kid\":\"x");
    assert_eq!(
        verify(TokenKeys::from_jwks(&other).unwrap(), resident().strip_prefix("Bearer ").unwrap(), now()),
        Err(TokenFault::UnknownKey)
    );
}

#[test]
fn issuer_and_audience_are_those_configured_for_the_key() {
    let token = ES256.trim();
    let es256 = || keys(&["es256"]).unwrap();
    assert_eq!(verify(es256(), token, now()), Ok(()));
    assert_eq!(verify(es256().with_issuer("https://id.example"), token, now()), Err(TokenFault::WrongParty));
    assert_eq!(verify(es256().with_audience("linli"), token, now()), Err(TokenFault::WrongParty));
    // The rule of one key does not bind the tokens of another.
    let both = es256().with_issuer("https://id.example").and(dev()).unwrap();
    assert_eq!(verify(both, &crate::fixture::token(Role::Worker, "w-1", HERE), now()), Ok(()));
}

#[test]
fn a_provider_machine_needs_no_subject_but_somebody_must_be_named() {
    let area = "33".parse().unwrap();
    let sign = |subject, provider| {
        signer().sign(&TokenClaims {
            subject,
            roles: &[Role::Provider, Role::System],
            area: &area,
            provider,
            issued_at: now(),
            ttl_seconds: 60,
            id: "t",
        })
    };
    let machine = sign(None, Some("p-1"));
    let identity = Tokens::new(dev()).verify(&machine, now()).unwrap();
    assert_eq!((identity.subject.as_deref(), identity.provider.as_deref()), (None, Some("p-1")));
    assert_eq!(identity.roles, [Role::Provider], "`system` is in no token");
    assert_eq!(verify(dev(), &sign(None, None), now()), Err(TokenFault::BadClaims));
    assert_eq!(verify(dev(), &sign(Some("a b"), None), now()), Err(TokenFault::BadClaims));
}

#[test]
fn key_sets_are_refused_for_what_would_fail_later() {
    let fault = |json: Value| TokenKeys::from_jwks(&json.to_string()).err();
    let ed = |x: &str| json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x});
    let good = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"; // RFC 8037, appendix A.2
    assert_eq!(fault(json!({"keys": [ed(good)]})), None);
    assert!(matches!(fault(json!([])), Some(KeysError::NotAKeySet(_))));
    assert_eq!(fault(json!({"keys": []})), Some(KeysError::Empty));
    assert_eq!(fault(json!({"keys": [ed(good), ed(good)]})), Some(KeysError::Duplicate("k".into())));
    assert!(matches!(fault(json!({"keys": [ed("AAAA")]})), Some(KeysError::BadKey { .. })));
    assert!(matches!(
        fault(json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": good}]})),
        Some(KeysError::NoKeyId { .. })
    ));
    assert_eq!(fault(json!({"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]})), Some(KeysError::Empty));
    let mut encryption = ed(good);
    encryption["use"] = json!("enc");
    assert_eq!(fault(json!({"keys": [encryption]})), Some(KeysError::Empty));
    assert!(matches!(keys(&["weak"]), Err(KeysError::BadKey { .. })), "1024 bits are too few");
    assert!(dev().and(dev()).is_err());
}
