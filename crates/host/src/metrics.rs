//! Numbers for operators: what was called, how it ended, how long it took. Nothing about people.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linli_contract::{Answer, ComponentName};

use crate::call::CallError;
use crate::rails::Circuit;

/// Upper bounds of the latency buckets, in microseconds; one more bucket holds what is above the last.
pub const LATENCY_BOUNDS_MICROS: [u64; 13] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000];
const BUCKETS: usize = LATENCY_BOUNDS_MICROS.len() + 1;

/// The numbers of a platform at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetricsSnapshot {
    /// By component, those no longer live included.
    pub components: BTreeMap<String, ComponentSnapshot>,
    /// Plugins that are live, each version by itself.
    pub plugins: Vec<PluginSnapshot>,
    /// Deliveries in effect.
    pub deliveries: u64,
    /// Tries of deliveries that failed and are made again.
    pub delivery_retries: u64,
    /// Deliveries given up.
    pub dead_letters: u64,
}

/// How a version of a plugin stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSnapshot {
    /// The plugin's name.
    pub name: String,
    /// Of its descriptor.
    pub version: String,
    /// Whether its calls go through.
    pub circuit: Circuit,
    /// Bytes that all versions of it store, as last looked at, in the communities it was called in today.
    pub storage_bytes: u64,
}

/// The numbers of one component since the platform started. Counters only rise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComponentSnapshot {
    /// Replies.
    pub ok: u64,
    /// Problems, which are answers too.
    pub problems: u64,
    /// Answers given again for an idempotency key.
    pub replayed: u64,
    /// Calls refused for load (503).
    pub overloaded: u64,
    /// Traps and misuse.
    pub traps: u64,
    /// Calls over their CPU or wall time.
    pub timeouts: u64,
    /// Calls over their memory.
    pub out_of_memory: u64,
    /// Replies that were too large.
    pub too_large: u64,
    /// Calls that failed because the store did (503).
    pub unavailable: u64,
    /// Calls of plugins over what they may use (429), or store.
    pub limited: u64,
    /// Calls of plugins that rested (503).
    pub resting: u64,
    /// Runs of commands that lost and were made again.
    pub conflict_reruns: u64,
    /// Lines a component logged beyond its limit.
    pub log_lines_dropped: u64,
    /// CPU time of guests and of the host functions they called, in microseconds.
    pub cpu_micros: u64,
    /// Instances started.
    pub instances: u64,
    /// Calls served by an instance that was warm.
    pub warm: u64,
    /// Queries answered by a kept answer.
    pub kept: u64,
    /// Queries that were run, none being kept that stood.
    pub not_kept: u64,
    /// Calls by time to answer: see [`LATENCY_BOUNDS_MICROS`].
    pub latency: [u64; BUCKETS],
    /// Sum of the times to answer, in microseconds.
    pub latency_micros: u64,
}

/// The counters of one component.
#[derive(Default)]
pub(crate) struct ComponentMetrics {
    ok: AtomicU64,
    problems: AtomicU64,
    pub(crate) replayed: AtomicU64,
    overloaded: AtomicU64,
    traps: AtomicU64,
    timeouts: AtomicU64,
    out_of_memory: AtomicU64,
    too_large: AtomicU64,
    unavailable: AtomicU64,
    limited: AtomicU64,
    resting: AtomicU64,
    pub(crate) conflict_reruns: AtomicU64,
    pub(crate) log_lines_dropped: AtomicU64,
    cpu_nanos: AtomicU64,
    pub(crate) instances: AtomicU64,
    pub(crate) warm: AtomicU64,
    pub(crate) kept: AtomicU64,
    pub(crate) not_kept: AtomicU64,
    latency: [AtomicU64; BUCKETS],
    latency_micros: AtomicU64,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl ComponentMetrics {
    pub(crate) fn used_cpu(&self, time: Duration) {
        self.cpu_nanos.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn called(&self, outcome: Result<&Answer, &CallError>, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        count(&self.latency[bucket]);
        self.latency_micros.fetch_add(micros, Ordering::Relaxed);
        match outcome {
            Ok(Answer::Reply(_)) => count(&self.ok),
            Ok(Answer::Problem(_)) => count(&self.problems),
            Err(CallError::Overloaded { .. } | CallError::Draining) => count(&self.overloaded),
            Err(CallError::Trapped) => count(&self.traps),
            Err(CallError::TimedOut) => count(&self.timeouts),
            Err(CallError::OutOfMemory) => count(&self.out_of_memory),
            Err(CallError::ReplyTooLarge) => count(&self.too_large),
            Err(CallError::Unavailable) => count(&self.unavailable),
            Err(CallError::LimitReached { .. } | CallError::StorageFull) => count(&self.limited),
            Err(CallError::CircuitOpen { .. }) => count(&self.resting),
            // The caller's doing, counted by the ingress by status.
            Err(
                CallError::UnknownComponent
                | CallError::UnknownOperation
                | CallError::KeyReused
                | CallError::StillRunning
                | CallError::NotBound
                | CallError::ProviderSuspended
                | CallError::UnknownSubject,
            ) => {}
        }
    }

    fn snapshot(&self) -> ComponentSnapshot {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ComponentSnapshot {
            ok: load(&self.ok),
            problems: load(&self.problems),
            replayed: load(&self.replayed),
            overloaded: load(&self.overloaded),
            traps: load(&self.traps),
            timeouts: load(&self.timeouts),
            out_of_memory: load(&self.out_of_memory),
            too_large: load(&self.too_large),
            unavailable: load(&self.unavailable),
            limited: load(&self.limited),
            resting: load(&self.resting),
            conflict_reruns: load(&self.conflict_reruns),
            log_lines_dropped: load(&self.log_lines_dropped),
            cpu_micros: load(&self.cpu_nanos) / 1_000,
            instances: load(&self.instances),
            warm: load(&self.warm),
            kept: load(&self.kept),
            not_kept: load(&self.not_kept),
            latency: std::array::from_fn(|bucket| load(&self.latency[bucket])),
            latency_micros: load(&self.latency_micros),
        }
    }
}

/// The counters of a platform.
#[derive(Default)]
pub(crate) struct Metrics {
    components: Mutex<BTreeMap<String, Arc<ComponentMetrics>>>,
    pub(crate) deliveries: AtomicU64,
    pub(crate) delivery_retries: AtomicU64,
    pub(crate) dead_letters: AtomicU64,
}

impl Metrics {
    /// The counters of a component: the same ones when it is loaded again.
    pub(crate) fn of(&self, component: &ComponentName) -> Arc<ComponentMetrics> {
        let mut components = self.components.lock().unwrap_or_else(PoisonError::into_inner);
        components.entry(component.as_str().to_owned()).or_default().clone()
    }

    pub(crate) fn snapshot(&self) -> MetricsSnapshot {
        let components = self.components.lock().unwrap_or_else(PoisonError::into_inner);
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        MetricsSnapshot {
            components: components
                .iter()
                .map(|(name, counters)| (name.clone(), counters.snapshot()))
                .collect(),
            plugins: vec![],
            deliveries: load(&self.deliveries),
            delivery_retries: load(&self.delivery_retries),
            dead_letters: load(&self.dead_letters),
        }
    }
}
