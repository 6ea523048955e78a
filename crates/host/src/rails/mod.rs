//! Guard rails: what a plugin may use while it runs, and what it has used.
//!
//! | what | where it is bounded |
//! |---|---|
//! | calls a minute, CPU time of a day | [`PluginRails::admit`], per community, before anything is run |
//! | calls at the same time | [`PluginRails::turn`], in all communities |
//! | CPU and wall time of a run, memory, reply | [`Bounds`], given to the pool with each run |
//! | bytes stored, money of a day | `linli_store`, in the commit that uses them |
//! | money of a call | `imports/ledger.rs` |
//! | failing again and again | [`Breaker`], per version |
//!
//! The rails are the plugin's, not a version's: two versions that are live at once share them. Core functions have
//! none; the host's own limits are enough for what is ours.

mod breaker;
mod day;
mod platform;
mod usage;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use linli_calls::Rate;
use linli_contract::limits::MAX_REPLY_BYTES;
use linli_contract::{Community, ComponentName, PluginLimits, Timestamp};
use linli_store::Space;
use tokio::sync::OwnedSemaphorePermit;

use crate::admission::{Admission, Full};
use crate::limits::{CallBudget, HostLimits};

pub(crate) use breaker::Breaker;
pub use breaker::{BreakerLimits, Circuit};
pub(crate) use day::Day;
pub(crate) use usage::{COMPONENT as USAGE, Spent, UsageBook};
pub use usage::{DayOfUsage, PluginUsage};

/// Communities that are kept apart in memory for one plugin, four times what a province's platform serves. Public
/// operations can be called with any code in the address; what is beyond shares one place.
const MAX_COMMUNITIES: usize = 20_000;
/// Calls that may wait for a turn, for each turn there is: as many as are served while a caller still waits.
const WAITING_PER_TURN: u32 = 16;

/// What one run may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) budget: CallBudget,
    /// Bytes of all linear memories of a fresh instance together.
    pub(crate) memory: usize,
    /// Bytes of a reply's content.
    pub(crate) reply: usize,
}

/// What is used in a community on a day: as kept in the store, and what came since.
#[derive(Default)]
struct Account {
    kept: Spent,
    fresh: Spent,
}

/// None stands for all communities beyond [`MAX_COMMUNITIES`].
type Place = Option<Community>;

/// The rails of one plugin, all its versions together. Lives as long as the platform.
pub(crate) struct PluginRails {
    name: ComponentName,
    space: Space,
    limits: RwLock<Arc<PluginLimits>>,
    turns: RwLock<Arc<Admission>>,
    max_wait: Duration,
    rates: Mutex<HashMap<Place, Rate>>,
    used: Mutex<HashMap<(Day, Place), Account>>,
}

impl PluginRails {
    fn new(name: ComponentName, space: Space, limits: &PluginLimits, max_wait: Duration) -> Self {
        Self {
            name,
            space,
            limits: RwLock::new(Arc::new(limits.clone())),
            turns: RwLock::new(Arc::new(turns(limits, max_wait))),
            max_wait,
            rates: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// What it may use now.
    pub(crate) fn limits(&self) -> Arc<PluginLimits> {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on; calls that run end under what was before.
    pub(crate) fn set_limits(&self, limits: PluginLimits) {
        let mut current = self.limits.write().unwrap_or_else(PoisonError::into_inner);
        if limits.concurrency != current.concurrency {
            *self.turns.write().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(turns(&limits, self.max_wait));
        }
        *current = Arc::new(limits);
    }

    /// Whether one more call may come, or after how many seconds one may.
    pub(crate) fn admit(&self, community: Community, now: Timestamp) -> Result<(), u32> {
        let limits = self.limits();
        self.cpu_left(community, now, &limits)?;
        let mut rates = lock(&self.rates);
        if rates.len() >= MAX_COMMUNITIES && !rates.contains_key(&Some(community)) {
            rates.retain(|_, rate| !rate.is_full(now));
        }
        let place = place(&rates, community, |place| *place);
        rates.entry(place).or_default().take(now, limits.calls_per_minute)
    }

    /// Calls that run at once may together go over it by what each of them may use.
    fn cpu_left(&self, community: Community, now: Timestamp, limits: &PluginLimits) -> Result<(), u32> {
        let today = Day::of(now);
        let used = lock(&self.used);
        let spent = |place: Place| used.get(&(today, place)).map_or(0, |a| a.kept.plus(a.fresh).cpu_micros);
        let micros = if used.contains_key(&(today, Some(community))) || used.len() < MAX_COMMUNITIES {
            spent(Some(community))
        } else {
            spent(None)
        };
        let left = micros < limits.cpu_millis_per_day.saturating_mul(1_000);
        if left { Ok(()) } else { Err(today.seconds_left(now)) }
    }

    /// A turn among the plugin's own calls.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, Full> {
        let turns = self.turns.read().unwrap_or_else(PoisonError::into_inner).clone();
        turns.enter().await
    }

    /// What a run may use: the plugin's limits, within the host's.
    pub(crate) fn bounds(&self, budget: CallBudget, host: &HostLimits) -> Bounds {
        let limits = self.limits();
        let least = |bytes: u64, host: usize| usize::try_from(bytes).map_or(host, |bytes| bytes.min(host));
        Bounds {
            budget: CallBudget {
                cpu: budget.cpu.min(Duration::from_millis(limits.cpu_millis_per_call.into())),
                wall: budget.wall.min(Duration::from_millis(limits.wall_millis_per_call.into())),
            },
            memory: least(limits.memory_bytes, host.instance_memory),
            reply: least(limits.reply_bytes, MAX_REPLY_BYTES),
        }
    }

    /// Counts what was used in a community.
    pub(crate) fn used(&self, community: Community, now: Timestamp, what: Spent) {
        let today = Day::of(now);
        let mut used = lock(&self.used);
        let place = place(&used, community, |(day, place)| place.filter(|_| *day == today));
        let fresh = &mut used.entry((today, place)).or_default().fresh;
        *fresh = fresh.plus(what);
    }

    /// What is not kept in the store yet.
    fn fresh(&self) -> Vec<(Day, Place, Spent)> {
        let used = lock(&self.used);
        let fresh = used.iter().filter(|(_, account)| account.fresh != Spent::default());
        fresh.map(|((day, place), account)| (*day, *place, account.fresh)).collect()
    }

    /// So much of what was fresh is kept now; days that are over are no longer needed here.
    fn keep(&self, day: Day, place: Place, spent: Spent, today: Day) {
        let mut used = lock(&self.used);
        let account = used.entry((day, place)).or_default();
        account.fresh = account.fresh.minus(spent);
        account.kept = account.kept.plus(spent);
        account.kept.storage_bytes = spent.storage_bytes;
        if day != today && account.fresh == Spent::default() {
            used.remove(&(day, place));
        }
    }

    /// Bytes stored, as last looked at, in the communities it was called in today.
    pub(crate) fn storage_bytes(&self) -> u64 {
        lock(&self.used).values().map(|account| account.kept.storage_bytes).sum()
    }
}

fn turns(limits: &PluginLimits, max_wait: Duration) -> Admission {
    Admission::new(limits.concurrency, limits.concurrency.saturating_mul(WAITING_PER_TURN), max_wait)
}

/// Where a community is counted: by itself, as long as there is room.
fn place<K, V>(known: &HashMap<K, V>, community: Community, of: impl Fn(&K) -> Place) -> Place {
    let full = known.len() >= MAX_COMMUNITIES;
    let own = Some(community);
    if !full || known.keys().any(|key| of(key) == own) { own } else { None }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Numbers and maps of numbers: nothing is left half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rails of all plugins, by name.
#[derive(Default)]
pub(crate) struct Rails(Mutex<BTreeMap<ComponentName, Arc<PluginRails>>>);

impl Rails {
    /// The rails of a plugin: the same ones for all its versions. `kept` is what the store holds of today, for a plugin
    /// that was not known before.
    pub(crate) fn of(
        &self,
        name: &ComponentName,
        space: Space,
        limits: &PluginLimits,
        host: &HostLimits,
        kept: Vec<(Day, Place, Spent)>,
    ) -> Arc<PluginRails> {
        let mut plugins = lock(&self.0);
        let made = || {
            let rails = PluginRails::new(name.clone(), space, limits, host.max_wait);
            let accounts = kept
                .into_iter()
                .map(|(day, place, kept)| ((day, place), Account { kept, fresh: Spent::default() }));
            *lock(&rails.used) = accounts.collect();
            Arc::new(rails)
        };
        plugins.entry(name.clone()).or_insert_with(made).clone()
    }

    pub(crate) fn get(&self, name: &ComponentName) -> Option<Arc<PluginRails>> {
        lock(&self.0).get(name).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<PluginRails>> {
        lock(&self.0).values().cloned().collect()
    }
}
