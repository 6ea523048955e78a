//! What operators set, as variables of Spin.

use std::collections::BTreeMap;

use linli_calls::{MasterKey, Origin, SignatureAlgorithm};
use linli_contract::Grant;
use serde_json::Value as Json;

/// 32 random bytes, as 64 hex digits: the platform's one secret, the same in all functions of one database.
pub const MASTER_KEY: &str = "linli_master_key";
/// JSON of settings, by function and name, as in the tables of a configuration file.
pub const SETTINGS: &str = "linli_settings";
/// JSON of how functions sign, by function and purpose: `{"activity-signup": {"ticket": ["sm2", "ed25519"]}}`.
pub const SIGNATURES: &str = "linli_signatures";
/// JSON of where functions may call, by function and origin, and how often a minute.
pub const OUTBOUND: &str = "linli_outbound";
/// JSON of what a plugin was granted; empty for core functions.
pub const GRANT: &str = "linli_grant";

/// What is set for one function.
#[derive(Debug)]
pub struct Configuration {
    /// The platform's one secret.
    pub master: MasterKey,
    /// Values by name.
    pub settings: BTreeMap<String, Json>,
    /// How it signs, by purpose.
    pub signatures: BTreeMap<String, Vec<SignatureAlgorithm>>,
    /// Where it may call, and how often a minute.
    pub outbound: BTreeMap<Origin, u32>,
    /// What a plugin was granted; none for core functions.
    pub grant: Option<Grant>,
}

/// A variable that is not as it must be, by its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// It must be set.
    #[error("variable `{0}` is not set")]
    Missing(&'static str),
    /// It must be something else.
    #[error("variable `{0}` is not {1}")]
    Unfit(&'static str, &'static str),
}

impl Configuration {
    /// From the variables, by name, what is set for this function; one that is empty counts as not set.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub fn read(
        function: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let master = set(MASTER_KEY).ok_or(ConfigurationError::Missing(MASTER_KEY))?;
        let master = key(master.trim()).ok_or(ConfigurationError::Unfit(MASTER_KEY, "64 hex digits"))?;
        let settings = set(SETTINGS).map(|text| {
            let tables: BTreeMap<String, BTreeMap<String, Json>> = serde_json::from_str(&text)
                .map_err(|_| ConfigurationError::Unfit(SETTINGS, "a JSON object of objects"))?;
            Ok(tables.get(function).cloned().unwrap_or_default())
        });
        let settings = settings.transpose()?.unwrap_or_default();
        let signatures = set(SIGNATURES).map(|text| signatures(&text, function)).transpose()?;
        let signatures = signatures.unwrap_or_default();
        let outbound = set(OUTBOUND).map(|text| outbound(&text, function)).transpose()?.unwrap_or_default();
        let grant = set(GRANT).map(|text| {
            serde_json::from_str(&text).map_err(|_| ConfigurationError::Unfit(GRANT, "the JSON of a grant"))
        });
        Ok(Self { master: MasterKey::new(master), settings, signatures, outbound, grant: grant.transpose()? })
    }
}

fn key(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut key = [0; 32];
    for (byte, digits) in key.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

fn signatures(
    text: &str,
    function: &str,
) -> Result<BTreeMap<String, Vec<SignatureAlgorithm>>, ConfigurationError> {
    let unfit =
        ConfigurationError::Unfit(SIGNATURES, "a JSON object of objects of lists of `ed25519` and `sm2`");
    let mut tables: BTreeMap<String, BTreeMap<String, Vec<String>>> =
        serde_json::from_str(text).map_err(|_| unfit.clone())?;
    let names = tables.remove(function).unwrap_or_default();
    let each = names.into_iter().map(|(purpose, algorithms)| {
        let algorithms = algorithms.iter().map(|name| name.parse().map_err(|_| unfit.clone()));
        Ok((purpose, algorithms.collect::<Result<_, _>>()?))
    });
    each.collect()
}

fn outbound(text: &str, function: &str) -> Result<BTreeMap<Origin, u32>, ConfigurationError> {
    let unfit = ConfigurationError::Unfit(OUTBOUND, "a JSON object of objects of origins and numbers");
    let mut tables: BTreeMap<String, BTreeMap<String, u32>> =
        serde_json::from_str(text).map_err(|_| unfit.clone())?;
    let origins = tables.remove(function).unwrap_or_default();
    let each = origins.into_iter().map(|(origin, per_minute)| {
        origin.parse().map(|origin: Origin| (origin, per_minute)).map_err(|_| unfit.clone())
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        Configuration::read("f", |name| variables.get(name).map(|text| (*text).to_owned()))
    }

    #[test]
    fn the_master_key_must_be_there_and_be_one() {
        assert_eq!(read(&[]).unwrap_err(), ConfigurationError::Missing(MASTER_KEY));
        for wrong in ["00", &"g".repeat(64), &"é".repeat(32)] {
            let found = read(&[(MASTER_KEY, wrong)]).unwrap_err();
            assert_eq!(found, ConfigurationError::Unfit(MASTER_KEY, "64 hex digits"));
        }
        let found = read(&[(MASTER_KEY, &"0a".repeat(32)), (GRANT, " "), (SETTINGS, "")]).unwrap();
        assert!(found.grant.is_none() && found.settings.is_empty() && found.signatures.is_empty());
    }

    #[test]
    fn what_is_set_is_taken_and_what_is_no_json_is_named() {
        let key = "00".repeat(32);
        let found = read(&[
            (MASTER_KEY, &key),
            (SETTINGS, r#"{"f":{"a":1},"g":{"b":1}}"#),
            (SIGNATURES, r#"{"f":{"t":["sm2"]}}"#),
        ]);
        let found = found.unwrap();
        assert_eq!(found.settings["a"], 1);
        assert_eq!(found.signatures["t"], [SignatureAlgorithm::Sm2]);
        for (name, wrong) in [
            (SETTINGS, "[]"),
            (SIGNATURES, r#"{"f":{"t":["rsa"]}}"#),
            (OUTBOUND, r#"{"f":{"a.example":1}}"#),
            (GRANT, "{}"),
        ] {
            let found = read(&[(MASTER_KEY, &key), (name, wrong)]).unwrap_err();
            assert!(matches!(found, ConfigurationError::Unfit(of, _) if of == name), "{name}: {found}");
        }
    }
}
