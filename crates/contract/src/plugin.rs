//! What outside merchants upload: what a publisher signs, what a version may do once it is approved, for whom it is
//! live, and what it may use.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::limits::BASIS_POINTS;
use crate::{Area, Community, ComponentName, Permission};

/// A version of a plugin: `1.2.3` (Semantic Versioning 2.0.0, without build metadata; a pre-release part is allowed).
/// Its order is that of the standard, clause 11.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PluginVersion(semver::Version);

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a semantic version without build metadata, such as 1.2.3")]
pub struct PluginVersionError;

/// Characters of a version: room for a pre-release part, small enough for a path and a document id.
const MAX_VERSION: usize = 32;

impl FromStr for PluginVersion {
    type Err = PluginVersionError;

    fn from_str(text: &str) -> Result<Self, PluginVersionError> {
        let version: semver::Version = Some(text)
            .filter(|t| t.len() <= MAX_VERSION)
            .and_then(|t| t.parse().ok())
            .ok_or(PluginVersionError)?;
        if version.build.is_empty() { Ok(Self(version)) } else { Err(PluginVersionError) }
    }
}

impl TryFrom<String> for PluginVersion {
    type Error = PluginVersionError;

    fn try_from(text: String) -> Result<Self, PluginVersionError> {
        text.parse()
    }
}

impl From<PluginVersion> for String {
    fn from(version: PluginVersion) -> Self {
        version.to_string()
    }
}

impl std::fmt::Display for PluginVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 (FIPS 180-4) of a component's file: what a version is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// What the publisher's Ed25519 key (RFC 8032) signs, so that a signature for one name or version is none for another:
/// `"linli-plugin/1" 0x00 name 0x00 version 0x00 digest`, the digest as its 32 bytes.
pub fn signed_statement(name: &ComponentName, version: &PluginVersion, digest: &Digest) -> Vec<u8> {
    let mut statement = b"linli-plugin/1\0".to_vec();
    for part in [name.as_str(), &version.to_string()] {
        statement.extend_from_slice(part.as_bytes());
        statement.push(0);
    }
    statement.extend_from_slice(&digest.0);
    statement
}

/// What an approved version may do, and for whom it does it. What is not in it is refused, whatever is declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The provider that published it: its references to people, its settlement account, its standing.
    pub provider: String,
    /// Of those it declares, the ones a reviewer approved.
    pub permissions: Vec<Permission>,
    /// What it may use.
    pub limits: PluginLimits,
}

impl Grant {
    /// Nothing beyond the free interfaces, with the default limits.
    pub fn nothing(provider: &str) -> Self {
        Self { provider: provider.to_owned(), permissions: vec![], limits: PluginLimits::default() }
    }
}

/// What one plugin may use. Per call, or, where the name says so, in one community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PluginLimits {
    /// CPU time of one call, in milliseconds; the kind of operation may allow less.
    pub cpu_millis_per_call: u32,
    /// CPU time of all calls of a day (Asia/Shanghai) in one community, in milliseconds.
    pub cpu_millis_per_day: u64,
    /// Time from start to answer of one call, in milliseconds.
    pub wall_millis_per_call: u32,
    /// Bytes of all linear memories of an instance together.
    pub memory_bytes: u64,
    /// Bytes of a reply's content.
    pub reply_bytes: u64,
    /// Bytes of all documents it keeps in one community.
    pub storage_bytes: u64,
    /// Calls a minute in one community.
    pub calls_per_minute: u32,
    /// Calls that run at the same time, in all communities.
    pub concurrency: u32,
    /// Fen it may debit callers for in one call, whatever is granted per permission.
    pub money_per_call: i64,
    /// Fen it may debit callers for in one community in a day (Asia/Shanghai).
    pub money_per_day: i64,
}

impl Default for PluginLimits {
    /// A small merchant's in a community of a few thousand residents.
    fn default() -> Self {
        Self {
            cpu_millis_per_call: 100,
            cpu_millis_per_day: 10 * 60_000,
            wall_millis_per_call: 10_000,
            memory_bytes: 32 * 1024 * 1024,
            reply_bytes: 1024 * 1024,
            storage_bytes: 64 * 1024 * 1024,
            calls_per_minute: 1_200,
            concurrency: 16,
            money_per_call: 50_000,
            money_per_day: 5_000_000,
        }
    }
}

/// For whom a version is live: the communities under these prefixes, and of their callers a share that stays the same
/// people while the share grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Prefixes of division codes; none: nowhere.
    pub areas: Vec<Area>,
    /// Basis points of the callers, 0 to 10,000.
    pub share: u32,
}

impl Rollout {
    /// Whether the version is live in this community at all.
    pub fn covers(&self, community: Community) -> bool {
        self.areas.iter().any(|area| area.contains(community))
    }

    /// Whether a caller there gets it. `caller` is [`caller_place`]'s.
    pub fn includes(&self, community: Community, caller: u32) -> bool {
        self.covers(community) && caller < self.share
    }
}

/// Where a caller stands in a plugin's roll-out, 0 to 9,999: spread evenly, different for every plugin, the same at
/// every call. FNV-1a (64 bit) over the plugin's name and the caller's id: it decides who sees a new version first, not
/// what anybody may do.
pub fn caller_place(plugin: &ComponentName, caller: &str) -> u32 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = plugin.as_str().bytes().chain([0]).chain(caller.bytes());
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    // The low bits of FNV are the weakest; below 10,000, so it fits.
    u32::try_from((hash ^ hash >> 32) % u64::from(BASIS_POINTS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Result<PluginVersion, PluginVersionError> {
        text.parse()
    }

    #[test]
    fn versions_are_semantic_and_in_their_order() {
        let order =
            ["1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"].map(|text| version(text).unwrap());
        assert!(order.is_sorted());
        for wrong in
            ["", "1", "1.2", "01.2.3", "1.2.3+build", "1.2.3/../x", &format!("1.2.3-{}", "a".repeat(40))]
        {
            assert_eq!(version(wrong), Err(PluginVersionError), "{wrong}");
        }
    }

    #[test]
    fn a_statement_is_of_one_name_version_and_file() {
        let of = |name: &str, text: &str, byte: u8| {
            signed_statement(&name.parse().unwrap(), &version(text).unwrap(), &Digest([byte; 32]))
        };
        let all = [of("a", "1.0.0", 1), of("a", "1.0.1", 1), of("b", "1.0.0", 1), of("a", "1.0.0", 2)];
        for (i, one) in all.iter().enumerate() {
            assert!(one.starts_with(b"linli-plugin/1\0"));
            assert!(all[i + 1..].iter().all(|other| other != one));
        }
    }

    #[test]
    fn a_growing_share_keeps_whom_it_had() {
        let plugin: ComponentName = "parcel-locker".parse().unwrap();
        let here: Community = "330105001001".parse().unwrap();
        let elsewhere: Community = "110101001001".parse().unwrap();
        let of = |share| Rollout { areas: vec!["3301".parse().unwrap()], share };
        let places: Vec<u32> = (0..10_000).map(|n| caller_place(&plugin, &format!("r-{n}"))).collect();
        let among = |share| places.iter().filter(|place| of(share).includes(here, **place)).count();
        assert!((900..1_100).contains(&among(1_000)), "{} of 10,000", among(1_000));
        assert_eq!((among(0), among(10_000)), (0, 10_000));
        assert!(places.iter().all(|p| !of(100).includes(here, *p) || of(1_000).includes(here, *p)));
        assert!(!of(10_000).includes(elsewhere, 0));
        let other: ComponentName = "housekeeping".parse().unwrap();
        assert_ne!(
            caller_place(&plugin, "r-1"),
            caller_place(&other, "r-1"),
            "not always the same people first"
        );
    }
}
