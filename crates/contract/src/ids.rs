//! Identifiers that parse once and are trusted afterwards.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// See [`Community`].
    #[error("a community is a 12-digit division code")]
    Community,
    /// See [`Area`].
    #[error("an area is a division-code prefix of 2, 4, 6, 9 or 12 digits")]
    Area,
    /// See [`ComponentName`].
    #[error(
        "a component name is 1 to 64 characters of a-z, 0-9 and single inner hyphens, starting with a letter"
    )]
    ComponentName,
    /// See [`PersonRef`].
    #[error("a person reference is 26 characters of lower-case base32")]
    PersonRef,
}

/// A community by its 12-digit division code: 6 county (GB/T 2260), 3 street, 3 committee.
///
/// The unit of serialization, placement and export: every stored key starts with it, and no command spans two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Community(u64);

impl Community {
    /// The code as a number; always twelve digits, so never zero.
    pub fn code(self) -> u64 {
        self.0
    }

    /// From the number that [`Community::code`] gave.
    ///
    /// # Errors
    /// When it has not exactly twelve digits.
    pub fn from_code(code: u64) -> Result<Self, IdError> {
        if (100_000_000_000..=999_999_999_999).contains(&code) {
            Ok(Self(code))
        } else {
            Err(IdError::Community)
        }
    }
}

impl FromStr for Community {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdError::Community);
        }
        Self::from_code(text.parse().map_err(|_| IdError::Community)?)
    }
}

impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What somebody answers for: a whole prefix of a division code, of 2, 4, 6, 9 or 12 digits, or everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Area(Arc<str>);

impl Area {
    /// The lengths at which a division code may be cut.
    pub const LENGTHS: [usize; 5] = [2, 4, 6, 9, 12];

    /// Exactly one community.
    pub fn of(community: Community) -> Self {
        Self(community.to_string().into())
    }

    /// Whether the community lies in it.
    pub fn contains(&self, community: Community) -> bool {
        community.to_string().starts_with(&*self.0)
    }

    /// Whether all of another area lies in it.
    pub fn covers(&self, other: &Area) -> bool {
        other.0.starts_with(&*self.0)
    }

    /// The codes a community in it can have.
    pub fn codes(&self) -> std::ops::RangeInclusive<u64> {
        let filled = |digit: char| {
            let rest = std::iter::repeat_n(digit, Self::LENGTHS[4] - self.0.len());
            let code: String = self.0.chars().chain(rest).collect();
            code.parse().expect("twelve digits are a number")
        };
        filled('0')..=filled('9')
    }

    /// The prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Area {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if Self::LENGTHS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.into()))
        } else {
            Err(IdError::Area)
        }
    }
}

impl TryFrom<String> for Area {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Area> for String {
    fn from(area: Area) -> Self {
        area.0.to_string()
    }
}

/// The name of a component: kebab-case, as it stands in paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentName(Arc<str>);

impl ComponentName {
    /// The host itself, as a publisher of events.
    pub const PLATFORM: &'static str = "platform";

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ComponentName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let ok = (1..=64).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && !text.contains("--")
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok { Ok(Self(text.into())) } else { Err(IdError::ComponentName) }
    }
}

impl TryFrom<String> for ComponentName {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ComponentName> for String {
    fn from(name: ComponentName) -> Self {
        name.0.to_string()
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An opaque reference to a person, different for every provider. Equal references mean the same person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonRef(Arc<str>);

impl PersonRef {
    /// Characters in a reference.
    pub const LENGTH: usize = 26;

    /// The reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PersonRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let base32 = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
        if text.len() == Self::LENGTH && text.bytes().all(base32) {
            Ok(Self(text.into()))
        } else {
            Err(IdError::PersonRef)
        }
    }
}

impl TryFrom<String> for PersonRef {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<PersonRef> for String {
    fn from(reference: PersonRef) -> Self {
        reference.0.to_string()
    }
}

impl schemars::JsonSchema for PersonRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PersonRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z2-7]{26}$" })
    }
}

/// References are pseudonyms, so they may be shown to programs, but not in logs: this prints none of it.
impl fmt::Debug for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRef(..)")
    }
}

impl fmt::Display for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_community_has_exactly_twelve_digits() {
        assert_eq!("330105001001".parse::<Community>().unwrap().code(), 330_105_001_001);
        for bad in [
            "",
            "33010500100",
            "3301050010011",
            "33010500100x",
            "000000000000",
            "３３0105001001",
            "+30105001001",
        ] {
            assert_eq!(bad.parse::<Community>(), Err(IdError::Community), "{bad}");
        }
    }

    #[test]
    fn an_area_is_a_whole_prefix() {
        let community: Community = "330105001001".parse().unwrap();
        for inside in ["33", "3301", "330105", "330105001", "330105001001"] {
            assert!(inside.parse::<Area>().unwrap().contains(community), "{inside}");
        }
        for outside in ["34", "3302", "330105002", "330105001002"] {
            assert!(!outside.parse::<Area>().unwrap().contains(community), "{outside}");
        }
        let area = |text: &str| text.parse::<Area>().unwrap();
        assert!(area("3301").covers(&area("330105001")) && area("3301").covers(&area("3301")));
        assert!(!area("330105001").covers(&area("3301")) && !area("3302").covers(&area("330105001")));
        assert_eq!(area("330105001").codes(), 330_105_001_000..=330_105_001_999);
        assert_eq!(area("330105001001").codes(), 330_105_001_001..=330_105_001_001);
        for bad in ["", "3", "330", "33010", "3301050", "33010500100", "3a"] {
            assert_eq!(bad.parse::<Area>(), Err(IdError::Area), "{bad}");
        }
    }

    #[test]
    fn component_names_are_kebab_case() {
        for good in ["a", "activity-signup", "a1-b2"] {
            assert_eq!(good.parse::<ComponentName>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "a--b", "1a", "A", "a_b", "a/b", &"a".repeat(65)] {
            assert!(bad.parse::<ComponentName>().is_err(), "{bad}");
        }
    }
}
