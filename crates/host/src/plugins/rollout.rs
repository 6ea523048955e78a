//! What is asked of the platform about plugins, and what is live made to follow the records.

use std::sync::{Arc, PoisonError};

use linli_contract::{Community, ComponentName, PluginLimits, PluginVersion, Rollout, Timestamp};
use linli_store::StoreError;

use super::life;
use super::record::{Happening, LifeEvent, Plugin, Released};
use super::{Act, NotNow, PluginError, Upload};
use crate::call::CallError;
use crate::live::{Placed, Placement};
use crate::platform::Platform;
use crate::service::Service;
use crate::shared::Shared;

impl Platform {
    /// A plugin as it is registered.
    pub fn plugin(&self, name: &ComponentName) -> Option<Arc<Plugin>> {
        self.shared.plugins.get(name)
    }

    /// All plugins, by name.
    pub fn plugins(&self) -> Vec<Arc<Plugin>> {
        self.shared.plugins.all()
    }

    /// Everything that happened to a plugin, in order.
    ///
    /// # Errors
    /// The store failed.
    pub fn plugin_events(&self, plugin: &Plugin) -> Result<Vec<LifeEvent>, StoreError> {
        self.shared.plugins.events(plugin)
    }

    /// What vetting found of a version, as JSON.
    ///
    /// # Errors
    /// The store failed.
    pub fn plugin_report(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
    ) -> Result<Option<String>, StoreError> {
        self.shared.plugins.report(name, version)
    }

    /// Takes in a version that passed vetting and whose signature was checked. It is durable then, and not live.
    ///
    /// # Errors
    /// See [`PluginError`]; then nothing of it is left.
    pub async fn upload_plugin(
        &self,
        upload: &Upload,
        wasm: &[u8],
        act: &Act,
    ) -> Result<Arc<Plugin>, PluginError> {
        let digest = self.shared.plugins.keep_file(wasm).await?;
        let limits = &self.shared.limits.new_plugin;
        let decide = |plugin: Option<_>, version: Option<_>, now| {
            let plugin = plugin.or_else(|| Some(life::begin(upload, limits)));
            life::upload(plugin, version.is_some(), upload, &digest, wasm.len() as u64, now)
        };
        let report = Some(upload.report.as_str());
        self.shared.plugins.change(&upload.name, Some(&upload.version), act, report, decide).await
    }

    /// Approves a version, which grants it all it declares, or rejects it.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn decide_plugin(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
        approve: bool,
        act: &Act,
    ) -> Result<Arc<Plugin>, PluginError> {
        let reason = act.reason.as_deref();
        let decide = |plugin: Option<_>, known: Option<_>, _| {
            let plugin = plugin.ok_or(NotNow::UnknownPlugin)?;
            life::decide(plugin, known.ok_or(NotNow::UnknownVersion)?, approve, reason)
        };
        self.shared.plugins.change(name, Some(version), act, None, decide).await
    }

    /// Makes a version live for these communities and this share of their callers, durably and then at once.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn roll_out(
        &self,
        name: &ComponentName,
        version: &PluginVersion,
        rollout: &Rollout,
        act: &Act,
    ) -> Result<Arc<Plugin>, PluginError> {
        if self.shared.live.ready_version(name, version).is_none() {
            return Err(NotNow::NotApproved.into());
        }
        let rule = self.shared.limits.rollback;
        let before = self.shared.stable_counts(name, self.shared.clock.now());
        let decide = |plugin: Option<_>, known: Option<_>, now| {
            let plugin = plugin.ok_or(NotNow::UnknownPlugin)?;
            let known = known.ok_or(NotNow::UnknownVersion)?;
            life::roll_out(plugin, &known, rollout, before, &rule, now)
        };
        self.shared.change_and_place(name, Some(version), act, decide).await
    }

    /// Takes the candidate away; without one, returns to what was stable before. Who calls from now on gets the other
    /// version; calls that run end where they began.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn roll_back(&self, name: &ComponentName, act: &Act) -> Result<Arc<Plugin>, PluginError> {
        let decide = |plugin: Option<_>, _: Option<_>, _| {
            life::roll_back(plugin.ok_or(NotNow::UnknownPlugin)?, None, Happening::RolledBack)
        };
        self.shared.change_and_place(name, None, act, decide).await
    }

    /// Has a plugin answer nobody until [`Platform::resume_plugin`]. Its data stays, its holds run until they expire,
    /// and what it would be told waits.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn suspend_plugin(&self, name: &ComponentName, act: &Act) -> Result<Arc<Plugin>, PluginError> {
        let reason = act.reason.as_deref().unwrap_or_default();
        let decide = |plugin: Option<_>, _: Option<_>, now| {
            life::suspend(plugin.ok_or(NotNow::UnknownPlugin)?, reason, now)
        };
        self.shared.change_and_place(name, None, act, decide).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn resume_plugin(&self, name: &ComponentName, act: &Act) -> Result<Arc<Plugin>, PluginError> {
        let decide = |plugin: Option<_>, _: Option<_>, _| life::resume(plugin.ok_or(NotNow::UnknownPlugin)?);
        self.shared.change_and_place(name, None, act, decide).await
    }

    /// Sets what a plugin may use, from the next call on: its versions are made ready again with that.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn set_plugin_limits(
        self: &Arc<Self>,
        name: &ComponentName,
        limits: &PluginLimits,
        act: &Act,
    ) -> Result<Arc<Plugin>, PluginError> {
        let decide = |plugin: Option<_>, _: Option<_>, _| {
            life::set_limits(plugin.ok_or(NotNow::UnknownPlugin)?, limits)
        };
        let plugin = self.shared.plugins.change(name, None, act, None, decide).await?;
        self.limit_plugin(name, plugin.limits.clone());
        for version in plugin.needed() {
            self.make_ready_again(&plugin, &version).await?;
        }
        self.shared.place_plugin(name);
        Ok(plugin)
    }

    /// Versions of plugins that are ready to run: those that are live, and those that can be at once.
    pub fn ready_plugins(&self) -> Vec<Arc<Service>> {
        self.shared.live.ready()
    }

    /// Components that have one version for everybody.
    pub fn whole_services(&self) -> Vec<Arc<Service>> {
        self.shared.live.whole()
    }

    /// Digest of the version of a plugin that a caller gets; none when there is none for this caller here.
    pub fn choose_version(
        &self,
        plugin: &ComponentName,
        community: Community,
        caller: Option<&str>,
    ) -> Option<Arc<str>> {
        let placement = self.shared.live.placement(plugin)?;
        placement.choose(plugin, community, caller).map(|service| service.shared_digest().clone())
    }
}

impl Shared {
    pub(super) async fn change_and_place(
        &self,
        name: &ComponentName,
        version: Option<&PluginVersion>,
        act: &Act,
        decide: impl Fn(Option<Plugin>, Option<super::Version>, Timestamp) -> Result<super::life::Step, NotNow>,
    ) -> Result<Arc<Plugin>, PluginError> {
        let plugin = self.plugins.change(name, version, act, None, decide).await?;
        self.place_plugin(name);
        Ok(plugin)
    }

    /// Has what is live follow the record as it is now.
    pub(super) fn place_plugin(&self, name: &ComponentName) {
        let _switching = self.plugins.switching.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(plugin) = self.plugins.get(name) else { return };
        let placed = |released: &Option<Released>| {
            let released = released.as_ref()?;
            let service = self.live.ready_version(name, &released.version)?;
            Some(Placed { service, rollout: released.rollout.clone() })
        };
        let placement = Placement {
            stable: placed(&plugin.stable),
            candidate: placed(&plugin.candidate),
            suspended: plugin.suspended.is_some(),
        };
        let placement = plugin.retired_at.is_none().then_some(placement);
        self.live.place(name, placement, |version| plugin.needs(version));
    }

    /// Whether a component may answer at this moment.
    ///
    /// # Errors
    /// An operator suspended the plugin, or its provider may not trade.
    pub(crate) fn check_standing(&self, service: &Service, now: Timestamp) -> Result<(), CallError> {
        let Some(grant) = service.grant() else { return Ok(()) };
        let name = &service.descriptor().name;
        let suspended = service.rolled().is_some()
            && self.live.placement(name).is_none_or(|placement| placement.suspended);
        if suspended || self.providers.current().bars(&grant.provider, now) {
            return Err(CallError::Suspended);
        }
        Ok(())
    }
}
