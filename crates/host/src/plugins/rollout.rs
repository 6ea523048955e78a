//! From records to what is live: versions made ready, placed, watched, and taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linli_contract::{
    Answer, Community, ComponentName, Grant, PluginLimits, PluginVersion, ProblemKind, Rollout, Timestamp,
};
use linli_store::StoreError;

use super::life;
use super::record::{Happening, LifeEvent, Plugin, Released, VersionStatus};
use super::trial::{Counts, RollbackRule, Window};
use super::{Act, NotNow, PluginError, Upload};
use crate::call::CallError;
use crate::live::{Placed, Placement};
use crate::metrics::ComponentMetrics;
use crate::platform::{Platform, Shared};
use crate::service::Service;

/// What a service has that is one of several versions of a plugin.
pub(crate) struct Rolled {
    pub(crate) version: PluginVersion,
    /// Its calls of late.
    window: Window,
    /// Its numbers apart from those of its other versions.
    pub(crate) metrics: Arc<ComponentMetrics>,
    /// It is being taken back.
    condemned: AtomicBool,
}

impl Rolled {
    pub(crate) fn new(version: PluginVersion, metrics: Arc<ComponentMetrics>) -> Self {
        Self { version, window: Window::default(), metrics, condemned: AtomicBool::new(false) }
    }
}

/// A version that does worse than the one before, and by what that was seen.
struct Verdict {
    name: ComponentName,
    version: PluginVersion,
    new: Counts,
    before: Counts,
}

impl Verdict {
    fn reason(&self, rule: &RollbackRule) -> String {
        let Self { new, before, .. } = self;
        format!(
            "{} of {} calls failed ({} bp), of the version before {} of {} ({} bp); the margin is {} bp",
            new.failures,
            new.calls,
            new.rate(),
            before.failures,
            before.calls,
            before.rate(),
            rule.margin
        )
    }
}

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
        let decide = |plugin, version: Option<_>, now| {
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

    /// Makes an approved version ready to run, from its file and in its place in the store: what [`Platform::roll_out`]
    /// needs to have been done.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn make_plugin_ready(
        self: &Arc<Self>,
        name: &ComponentName,
        version: &PluginVersion,
    ) -> Result<Arc<Service>, PluginError> {
        let plugin = self.plugin(name).ok_or(NotNow::UnknownPlugin)?;
        let known = plugin.versions.get(version).ok_or(NotNow::UnknownVersion)?;
        if known.status != VersionStatus::Approved {
            return Err(NotNow::NotApproved.into());
        }
        if let Some(ready) = self.shared.live.ready_version(name, version) {
            return Ok(ready);
        }
        let wasm = self.shared.plugins.read_file(&known.digest).await?;
        let grant = Grant {
            provider: plugin.provider.clone(),
            permissions: known.permissions.clone(),
            limits: plugin.limits.clone(),
        };
        let service = self.prepare_version(&wasm, Arc::new(grant), version).await?;
        self.shared.live.make_ready(name, version, service.clone());
        Ok(service)
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

    /// Takes a plugin off for good.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn retire_plugin(&self, name: &ComponentName, act: &Act) -> Result<Arc<Plugin>, PluginError> {
        let decide =
            |plugin: Option<_>, _: Option<_>, now| life::retire(plugin.ok_or(NotNow::UnknownPlugin)?, now);
        self.shared.change_and_place(name, None, act, decide).await
    }

    /// Sets what a plugin may use.
    ///
    /// # Errors
    /// See [`PluginError`].
    pub async fn set_plugin_limits(
        &self,
        name: &ComponentName,
        limits: &PluginLimits,
        act: &Act,
    ) -> Result<Arc<Plugin>, PluginError> {
        let decide = |plugin: Option<_>, _: Option<_>, _| {
            life::set_limits(plugin.ok_or(NotNow::UnknownPlugin)?, limits)
        };
        let plugin = self.shared.plugins.change(name, None, act, None, decide).await?;
        self.limit_plugin(name, plugin.limits.clone());
        Ok(plugin)
    }

    /// Makes live again what was live when the process ended. One plugin that cannot be is not live, and the others
    /// are: what could not be, with why.
    pub async fn restore_plugins(self: &Arc<Self>) -> Vec<(ComponentName, PluginVersion, PluginError)> {
        let mut failed = Vec::new();
        for plugin in self.plugins() {
            for version in plugin.needed() {
                if let Err(error) = self.make_plugin_ready(&plugin.name, &version).await {
                    failed.push((plugin.name.clone(), version, error));
                }
            }
            self.shared.place_plugin(&plugin.name);
        }
        failed
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
    async fn change_and_place(
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
    fn place_plugin(&self, name: &ComponentName) {
        let _switching = self.plugins.switching.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
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

    /// How the stable version of a plugin did of late.
    fn stable_counts(&self, name: &ComponentName, now: Timestamp) -> Counts {
        let placement = self.live.placement(name);
        let stable = placement.as_ref().and_then(|placement| placement.stable.as_ref());
        let rolled = stable.and_then(|stable| stable.service.rolled());
        rolled.map(|rolled| rolled.window.counts(&self.limits.rollback, now)).unwrap_or_default()
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

    /// Counts how a call of a version ended, and takes the version back when it does worse than the one before. The
    /// roll-back is durable when this returns.
    pub(crate) async fn watch(self: &Arc<Self>, service: &Arc<Service>, failed: Option<bool>) {
        let (Some(rolled), Some(failed)) = (service.rolled(), failed) else { return };
        let now = self.clock.now();
        rolled.window.add(&self.limits.rollback, now, failed);
        let Some(verdict) = self.verdict(service, rolled, now) else { return };
        if rolled.condemned.swap(true, Ordering::SeqCst) {
            return;
        }
        let (shared, service) = (self.clone(), service.clone());
        // Apart from the call, whose client may hang up.
        let taking = tokio::spawn(async move {
            let taken = shared.take_back(&verdict).await;
            if let (Err(error), Some(rolled)) = (taken, service.rolled()) {
                tracing::error!(plugin = verdict.name.as_str(), %error, "a version could not be rolled back");
                rolled.condemned.store(false, Ordering::SeqCst);
            }
        });
        // It cannot be cancelled; that it panicked is in the log.
        let _ = taking.await;
    }

    fn verdict(&self, service: &Arc<Service>, rolled: &Rolled, now: Timestamp) -> Option<Verdict> {
        let rule = &self.limits.rollback;
        let name = &service.descriptor().name;
        let placement = self.live.placement(name)?;
        let is = |placed: &Option<Placed>| {
            placed.as_ref().is_some_and(|placed| Arc::ptr_eq(&placed.service, service))
        };
        let before = if is(&placement.candidate) {
            self.stable_counts(name, now)
        } else if is(&placement.stable) {
            self.plugins.get(name)?.trial.as_ref().filter(|trial| now < trial.until)?.before
        } else {
            return None;
        };
        let new = rolled.window.counts(rule, now);
        let verdict = || Verdict { name: name.clone(), version: rolled.version.clone(), new, before };
        rule.condemns(new, before).then(verdict)
    }

    async fn take_back(&self, verdict: &Verdict) -> Result<(), PluginError> {
        let Verdict { name, version, .. } = verdict;
        let reason = verdict.reason(&self.limits.rollback);
        tracing::warn!(plugin = name.as_str(), version = %version, reason, "a version is rolled back");
        let act =
            Act { role: "system", by: None, reason: Some(reason), request_id: format!("{name}@{version}") };
        let decide = |plugin: Option<_>, _: Option<_>, _| {
            let plugin = plugin.ok_or(NotNow::UnknownPlugin)?;
            life::roll_back(plugin, Some(version), Happening::RolledBackByItself)
        };
        match self.change_and_place(name, None, &act, decide).await {
            // Somebody was quicker.
            Ok(_) | Err(PluginError::NotNow(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a call counts as failed; none when it says nothing of the component: refused before it ran, or by what is
/// the platform's own.
pub(crate) fn failed(outcome: Result<&Answer, &CallError>) -> Option<bool> {
    match outcome {
        Ok(Answer::Reply(_)) => Some(false),
        Ok(Answer::Problem(problem)) => Some(problem.kind == ProblemKind::Unavailable),
        Err(CallError::Trapped | CallError::TimedOut | CallError::OutOfMemory | CallError::ReplyTooLarge) => {
            Some(true)
        }
        // It failed so much that it rests: whoever is refused for that is one more it failed.
        Err(CallError::CircuitOpen { .. }) => Some(true),
        Err(_) => None,
    }
}
