//! Ids that parse once.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use linli_contract::{base32, derived_id};
use serde::{Deserialize, Serialize};

/// 128 bits as 26 characters of lower-case Crockford base32, which sort as the number does. Made by
/// [`context::new_id`](crate::context::new_id), or derived from other ids with [`Id::derived`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 26 characters of lower-case Crockford base32")]
pub struct IdError;

impl Id {
    /// Bytes of an id.
    pub const BYTES: usize = 16;

    /// The id of these bits.
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        Self(base32::encode(bytes))
    }

    /// The id of what there is once for these texts; see [`derived_id`]. Of two texts of a call's input or caller it is one
    /// that a host may foresee, and read ahead what is there.
    pub fn derived(texts: &[&str]) -> Self {
        let texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        Self(derived_id(&texts))
    }

    /// Its bits.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let bytes = base32::decode(&self.0, Self::BYTES).and_then(|bytes| bytes.try_into().ok());
        bytes.expect("checked when it was parsed")
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let one_form = !text.bytes().any(|b| b.is_ascii_uppercase() || matches!(b, b'o' | b'i' | b'l'));
        if one_form && base32::decode(&text, Self::BYTES).is_some() { Ok(Self(text)) } else { Err(IdError) }
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl Deref for Id {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl schemars::JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-7][0-9a-hjkmnp-tv-z]{25}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form_only() {
        let id = Id::from_bytes(&[7; 16]);
        assert_eq!(id.parse::<Id>(), Ok(id.clone()));
        assert_eq!(id.to_bytes(), [7; 16]);
        let upper = id.to_uppercase();
        for bad in ["", "01", upper.as_str(), "8zzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000o"] {
            assert_eq!(bad.parse::<Id>(), Err(IdError), "{bad}");
        }
    }
}
