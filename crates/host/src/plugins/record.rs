//! What is kept of a plugin: whose it is, its versions, for whom they are live, and everything that happened to it.

use std::collections::BTreeMap;

use linli_contract::{ComponentName, Grant, Permission, PluginLimits, PluginVersion, Rollout, Timestamp};
use serde::{Deserialize, Serialize};

use super::trial::Counts;

/// A plugin at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// What it is called in paths.
    pub name: ComponentName,
    /// The provider that uploaded it first, and the only one that may since.
    pub provider: String,
    /// What it may use.
    pub limits: PluginLimits,
    /// For whoever does not get the candidate.
    pub stable: Option<Released>,
    /// On trial beside it.
    pub candidate: Option<Released>,
    /// What was stable before, while it can be returned to.
    pub previous: Option<PluginVersion>,
    /// How the version before did, while the stable one is still watched for a roll-back.
    pub trial: Option<Trial>,
    /// While it answers nobody.
    pub suspended: Option<Suspension>,
    /// Since when it is gone for good.
    pub retired_at: Option<Timestamp>,
    /// Since when nothing of it runs or waits any more, and its data is exported.
    pub cleared_at: Option<Timestamp>,
    /// Entries in the list of its life.
    pub events: u32,
    /// Versions uploaded, whatever became of them.
    pub uploaded: u32,
    /// Commits of this record, so that of two the later is known.
    pub revision: u64,
    /// Its versions by their order; not part of its document.
    #[serde(skip)]
    pub versions: BTreeMap<PluginVersion, Version>,
}

/// A version that is live, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which.
    pub version: PluginVersion,
    /// For whom.
    #[serde(flatten)]
    pub rollout: Rollout,
    /// Since when, for these.
    pub since: Timestamp,
}

/// Until when a version that became stable is compared with the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// From this moment on it is trusted.
    pub until: Timestamp,
    /// How the version before did.
    pub before: Counts,
}

/// Why a plugin answers nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Timestamp,
    /// In the operator's words.
    pub reason: String,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Of which plugin.
    pub plugin: ComponentName,
    /// Which.
    pub version: PluginVersion,
    /// SHA-256 of its file, in hex.
    pub digest: String,
    /// Bytes of its file.
    pub bytes: u64,
    /// Whether it may go live.
    pub status: VersionStatus,
    /// What it declares that it needs; approving it grants exactly this.
    pub permissions: Vec<Permission>,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// The reviewer's words.
    pub reason: Option<String>,
}

/// How far a version has come. Whether it is live stands in [`Plugin::stable`] and [`Plugin::candidate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionStatus {
    /// It passed vetting, and waits for a reviewer.
    Vetted,
    /// It may go live.
    Approved,
    /// It may not.
    Rejected,
}

/// Something that happened to a plugin. The list of them is only ever added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// To which version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<PluginVersion>,
    /// Who did it: `provider`, `reviewer`, `operator`, or `system` for the platform itself.
    pub role: String,
    /// Their id in the directory, or the provider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For whom it is live since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
}

/// What can happen to a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Happening {
    Uploaded,
    Approved,
    Rejected,
    RolledOut,
    RolledBack,
    RolledBackByItself,
    Suspended,
    Resumed,
    LimitsSet,
    Retired,
    Cleared,
}

impl Happening {
    /// As in the list, and as the operation in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::RolledOut => "rolled-out",
            Self::RolledBack => "rolled-back",
            Self::RolledBackByItself => "rolled-back-by-itself",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::LimitsSet => "limits-set",
            Self::Retired => "retired",
            Self::Cleared => "cleared",
        }
    }
}

impl Plugin {
    /// What has been uploaded nowhere yet.
    pub(crate) fn new(name: ComponentName, provider: String, limits: PluginLimits) -> Self {
        Self {
            name,
            provider,
            limits,
            stable: None,
            candidate: None,
            previous: None,
            trial: None,
            suspended: None,
            retired_at: None,
            cleared_at: None,
            events: 0,
            uploaded: 0,
            revision: 0,
            versions: BTreeMap::new(),
        }
    }

    /// Whether it is retired, and something of it may run or wait still.
    pub fn is_to_be_cleared(&self) -> bool {
        self.retired_at.is_some() && self.cleared_at.is_none()
    }

    /// Whether a version of it is live, or can be at once by a roll-back.
    pub fn needs(&self, version: &PluginVersion) -> bool {
        self.released(version).is_some() || self.previous.as_ref() == Some(version)
    }

    /// What a version of it may do once it is approved.
    pub fn grant_of(&self, version: &Version) -> Grant {
        Grant {
            provider: self.provider.clone(),
            permissions: version.permissions.clone(),
            limits: self.limits.clone(),
        }
    }

    /// For whom a version is live, if it is.
    pub fn released(&self, version: &PluginVersion) -> Option<&Released> {
        self.stable.iter().chain(&self.candidate).find(|released| released.version == *version)
    }

    /// Versions that are to be ready to run.
    pub fn needed(&self) -> Vec<PluginVersion> {
        let released = self.stable.iter().chain(&self.candidate).map(|released| released.version.clone());
        released.chain(self.previous.clone()).collect()
    }
}
