//! Versions on trial: their calls are counted, and one that does worse than the version before is taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use linli_contract::{Answer, ComponentName, PluginVersion, ProblemKind, Timestamp};

use super::life;
use super::record::Happening;
use super::trial::{Counts, RollbackRule, Window};
use super::{Act, NotNow, PluginError};
use crate::call::CallError;
use crate::live::Placed;
use crate::metrics::ComponentMetrics;
use crate::service::Service;
use crate::shared::Shared;

/// What a service has that is one of several versions of a plugin.
pub(crate) struct Rolled {
    pub(crate) version: PluginVersion,
    /// Its calls of late.
    window: Arc<Window>,
    /// Its numbers apart from those of its other versions.
    pub(crate) metrics: Arc<ComponentMetrics>,
    /// It is being taken back.
    condemned: AtomicBool,
}

impl Rolled {
    pub(crate) fn new(version: PluginVersion, metrics: Arc<ComponentMetrics>) -> Self {
        Self { version, window: Arc::default(), metrics, condemned: AtomicBool::new(false) }
    }

    /// Counts on where the same version was before it was made ready again.
    pub(super) fn following(&mut self, before: &Self) {
        self.window = before.window.clone();
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

impl Shared {
    /// How the stable version of a plugin did of late.
    pub(super) fn stable_counts(&self, name: &ComponentName, now: Timestamp) -> Counts {
        let placement = self.live.placement(name);
        let stable = placement.as_ref().and_then(|placement| placement.stable.as_ref());
        let rolled = stable.and_then(|stable| stable.service.rolled());
        rolled.map(|rolled| rolled.window.counts(&self.limits.rollback, now)).unwrap_or_default()
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
pub(crate) fn call_failed(outcome: Result<&Answer, &CallError>) -> Option<bool> {
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
