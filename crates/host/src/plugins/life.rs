//! What may happen to a plugin next, and what becomes of it: rules without I/O, each from one record to the next.

use linli_contract::limits::BASIS_POINTS;
use linli_contract::{Area, ComponentName, Permission, PluginLimits, PluginVersion, Rollout, Timestamp};

use super::record::{Happening, Plugin, Released, Suspension, Trial, Version, VersionStatus};
use super::trial::{Counts, RollbackRule};

/// Versions of one plugin: one a week for ten years. Each is a file, a record and a report.
pub const MAX_VERSIONS: u32 = 500;

/// Why something cannot happen to a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// Nobody uploaded it.
    #[error("no such plugin")]
    UnknownPlugin,
    /// It has no such version.
    #[error("no such version")]
    UnknownVersion,
    /// Another provider uploaded it first.
    #[error("the name belongs to another provider")]
    NotYours,
    /// Versions are immutable.
    #[error("the version exists")]
    VersionExists,
    /// See [`MAX_VERSIONS`].
    #[error("too many versions")]
    TooManyVersions,
    /// A reviewer has decided about the version.
    #[error("the version is decided")]
    Decided,
    /// No reviewer has approved the version.
    #[error("the version is not approved")]
    NotApproved,
    /// Another version is on trial.
    #[error("another version is on trial")]
    CandidateExists,
    /// No version is on trial, and none was before the stable one.
    #[error("nothing to roll back")]
    NothingToRollBack,
    /// It is suspended.
    #[error("suspended")]
    Suspended,
    /// It is not suspended.
    #[error("not suspended")]
    NotSuspended,
    /// It is gone for good.
    #[error("retired")]
    Retired,
    /// It is not retired.
    #[error("not retired")]
    NotRetired,
}

/// What becomes of a plugin.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) plugin: Plugin,
    /// Changed, or new.
    pub(crate) version: Option<Version>,
    pub(crate) happened: Happening,
    pub(crate) of: Option<PluginVersion>,
    pub(crate) rollout: Option<Rollout>,
}

impl Step {
    fn of(plugin: Plugin, happened: Happening) -> Self {
        Self { plugin, version: None, happened, of: None, rollout: None }
    }

    fn version(self, of: &PluginVersion) -> Self {
        Self { of: Some(of.clone()), ..self }
    }
}

/// A component that passed vetting.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Who signed it.
    pub provider: String,
    /// Its name, as signed and as it says itself.
    pub name: ComponentName,
    /// Its version, as signed and as it says itself.
    pub version: PluginVersion,
    /// What it declares that it needs.
    pub permissions: Vec<Permission>,
    /// What vetting found, as JSON.
    pub report: String,
}

/// The plugin of a first upload.
pub(crate) fn begin(upload: &Upload, limits: &PluginLimits) -> Plugin {
    Plugin::new(upload.name.clone(), upload.provider.clone(), limits.clone())
}

/// Takes a version in.
pub(crate) fn upload(
    known: Option<Plugin>,
    existing: bool,
    upload: &Upload,
    digest: &str,
    bytes: u64,
    now: Timestamp,
) -> Result<Step, NotNow> {
    let mut plugin = known.unwrap_or_else(|| begin(upload, &PluginLimits::default()));
    if plugin.provider != upload.provider {
        return Err(NotNow::NotYours);
    }
    present(&plugin)?;
    if existing {
        return Err(NotNow::VersionExists);
    }
    if plugin.uploaded >= MAX_VERSIONS {
        return Err(NotNow::TooManyVersions);
    }
    plugin.uploaded += 1;
    let version = Version {
        plugin: upload.name.clone(),
        version: upload.version.clone(),
        digest: digest.to_owned(),
        bytes,
        status: VersionStatus::Vetted,
        permissions: upload.permissions.clone(),
        uploaded_at: now,
        reason: None,
    };
    Ok(Step { version: Some(version), ..Step::of(plugin, Happening::Uploaded).version(&upload.version) })
}

/// A reviewer's decision, which is final.
pub(crate) fn decide(
    plugin: Plugin,
    version: Version,
    approve: bool,
    reason: Option<&str>,
) -> Result<Step, NotNow> {
    present(&plugin)?;
    if version.status != VersionStatus::Vetted {
        return Err(NotNow::Decided);
    }
    let (status, happened) = if approve {
        (VersionStatus::Approved, Happening::Approved)
    } else {
        (VersionStatus::Rejected, Happening::Rejected)
    };
    let of = version.version.clone();
    let version = Version { status, reason: reason.map(str::to_owned), ..version };
    Ok(Step { version: Some(version), ..Step::of(plugin, happened).version(&of) })
}

/// Makes a version live for these communities and this share of their callers.
///
/// One that has everybody wherever the stable version is live takes its place; any other is the candidate beside it.
/// `before` is how the stable version did of late.
pub(crate) fn roll_out(
    mut plugin: Plugin,
    version: &Version,
    rollout: &Rollout,
    before: Counts,
    rule: &RollbackRule,
    now: Timestamp,
) -> Result<Step, NotNow> {
    present(&plugin)?;
    if plugin.suspended.is_some() {
        return Err(NotNow::Suspended);
    }
    if version.status != VersionStatus::Approved {
        return Err(NotNow::NotApproved);
    }
    let of = &version.version;
    let released = Released { version: of.clone(), rollout: rollout.clone(), since: now };
    let is = |known: &Option<Released>| known.as_ref().is_some_and(|known| known.version == *of);
    if is(&plugin.stable) {
        plugin.stable = Some(released);
    } else if plugin.candidate.is_some() && !is(&plugin.candidate) {
        return Err(NotNow::CandidateExists);
    } else if replaces(rollout, plugin.stable.as_ref()) {
        let replaced = plugin.stable.replace(released);
        plugin.candidate = None;
        let until = now.plus_seconds(i64::from(rule.trial_seconds));
        plugin.trial = replaced.as_ref().map(|_| Trial { until, before });
        plugin.previous = replaced.map(|replaced| replaced.version);
    } else {
        plugin.candidate = Some(released);
    }
    Ok(Step { rollout: Some(rollout.clone()), ..Step::of(plugin, Happening::RolledOut).version(of) })
}

/// Whether a roll-out leaves nobody to the stable version.
fn replaces(rollout: &Rollout, stable: Option<&Released>) -> bool {
    let reached = |area: &Area| rollout.areas.iter().any(|wide| area.as_str().starts_with(wide.as_str()));
    rollout.share >= BASIS_POINTS && stable.is_none_or(|stable| stable.rollout.areas.iter().all(reached))
}

/// Takes the candidate away; without one, returns to what was stable before. With `only`, this version or nothing.
pub(crate) fn roll_back(
    mut plugin: Plugin,
    only: Option<&PluginVersion>,
    happened: Happening,
) -> Result<Step, NotNow> {
    present(&plugin)?;
    let may = |version: &PluginVersion| only.is_none_or(|only| only == version);
    let of = match (plugin.candidate.take(), plugin.stable.as_mut()) {
        (Some(candidate), _) if may(&candidate.version) => candidate.version,
        (None, Some(stable)) if may(&stable.version) => {
            let previous = plugin.previous.take().ok_or(NotNow::NothingToRollBack)?;
            plugin.trial = None;
            std::mem::replace(&mut stable.version, previous)
        }
        _ => return Err(NotNow::NothingToRollBack),
    };
    Ok(Step::of(plugin, happened).version(&of))
}

/// Has it answer nobody for now. What it stored stays.
pub(crate) fn suspend(mut plugin: Plugin, reason: &str, now: Timestamp) -> Result<Step, NotNow> {
    present(&plugin)?;
    if plugin.suspended.is_some() {
        return Err(NotNow::Suspended);
    }
    plugin.suspended = Some(Suspension { since: now, reason: reason.to_owned() });
    Ok(Step::of(plugin, Happening::Suspended))
}

/// Has it answer again.
pub(crate) fn resume(mut plugin: Plugin) -> Result<Step, NotNow> {
    present(&plugin)?;
    plugin.suspended.take().ok_or(NotNow::NotSuspended)?;
    Ok(Step::of(plugin, Happening::Resumed))
}

/// Takes it off for good.
pub(crate) fn retire(mut plugin: Plugin, now: Timestamp) -> Result<Step, NotNow> {
    present(&plugin)?;
    plugin.stable = None;
    plugin.candidate = None;
    plugin.previous = None;
    plugin.trial = None;
    plugin.retired_at = Some(now);
    Ok(Step::of(plugin, Happening::Retired))
}

/// Notes that nothing of a retired plugin runs or waits any more, and that its data is exported.
pub(crate) fn clear(mut plugin: Plugin, now: Timestamp) -> Result<Step, NotNow> {
    if plugin.retired_at.is_none() {
        return Err(NotNow::NotRetired);
    }
    plugin.cleared_at = Some(now);
    Ok(Step::of(plugin, Happening::Cleared))
}

/// Sets what it may use.
pub(crate) fn set_limits(mut plugin: Plugin, limits: &PluginLimits) -> Result<Step, NotNow> {
    present(&plugin)?;
    plugin.limits = limits.clone();
    Ok(Step::of(plugin, Happening::LimitsSet))
}

fn present(plugin: &Plugin) -> Result<(), NotNow> {
    if plugin.retired_at.is_some() { Err(NotNow::Retired) } else { Ok(()) }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
