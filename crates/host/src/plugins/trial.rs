//! Whether a new version does worse than the one before: counted calls and failures of the last minutes, side by side.

use std::sync::{Mutex, PoisonError};

use linli_contract::Timestamp;
use linli_contract::limits::BASIS_POINTS;
use serde::{Deserialize, Serialize};

/// Slots of a window: what is older leaves it in steps of a tenth.
const SLOTS: usize = 10;

/// When a new version is taken back by the platform itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollbackRule {
    /// By how much its share of failed calls must exceed that of the version before, in basis points. Of calls that
    /// fail for the caller's own reasons, and of a slow disk, both versions have their part.
    pub margin: u32,
    /// Calls of the new version before it is judged: below, one failure is a large share.
    pub minimum_calls: u64,
    /// How far back calls count, in seconds. A fault that comes late is not hidden behind a million good calls.
    pub window_seconds: u32,
    /// How long a version that became stable is still compared with the one before, in seconds.
    pub trial_seconds: u32,
}

impl Default for RollbackRule {
    /// Five failures in a hundred more than before, over ten minutes, for a day.
    fn default() -> Self {
        Self { margin: 500, minimum_calls: 50, window_seconds: 600, trial_seconds: 86_400 }
    }
}

/// Calls, and how many of them failed: trapped, overran their time or memory, or said with a 5xx that they cannot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub calls: u64,
    /// Of these.
    pub failures: u64,
}

impl Counts {
    /// Failures in ten thousand calls; zero without calls.
    pub fn rate(self) -> u64 {
        (self.failures * u64::from(BASIS_POINTS)).checked_div(self.calls).unwrap_or(0)
    }
}

impl RollbackRule {
    /// Whether the new version is to be taken back. Without a version before, nothing should fail.
    pub fn condemns(&self, new: Counts, before: Counts) -> bool {
        new.calls >= self.minimum_calls && new.rate() > before.rate() + u64::from(self.margin)
    }
}

/// The calls of one version in the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Window(Mutex<[(i64, Counts); SLOTS]>);

impl Window {
    /// Counts a call.
    pub(crate) fn add(&self, rule: &RollbackRule, now: Timestamp, failed: bool) {
        let turn = turn(rule, now);
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = &mut slots[usize::try_from(turn.rem_euclid(SLOTS as i64)).unwrap_or(0)];
        if slot.0 != turn {
            *slot = (turn, Counts::default());
        }
        slot.1.calls += 1;
        slot.1.failures += u64::from(failed);
    }

    /// What is in it at this moment.
    pub(crate) fn counts(&self, rule: &RollbackRule, now: Timestamp) -> Counts {
        let newest = turn(rule, now);
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let young = slots.iter().filter(|(turn, _)| newest - turn < SLOTS as i64);
        young.fold(Counts::default(), |sum, (_, counts)| Counts {
            calls: sum.calls + counts.calls,
            failures: sum.failures + counts.failures,
        })
    }
}

/// Number of the slot that `now` falls into, counted from 1970.
fn turn(rule: &RollbackRule, now: Timestamp) -> i64 {
    let micros = i64::from(rule.window_seconds) * 1_000_000 / SLOTS as i64;
    now.micros().div_euclid(micros.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: RollbackRule =
        RollbackRule { margin: 500, minimum_calls: 50, window_seconds: 600, trial_seconds: 0 };

    fn counts(calls: u64, failures: u64) -> Counts {
        Counts { calls, failures }
    }

    #[test]
    fn it_needs_volume_and_more_than_the_margin() {
        assert!(!RULE.condemns(counts(49, 49), counts(0, 0)), "too few to tell");
        assert!(RULE.condemns(counts(50, 3), counts(0, 0)));
        assert!(!RULE.condemns(counts(100, 5), counts(0, 0)), "the margin itself is not over it");
        assert!(!RULE.condemns(counts(100, 14), counts(100, 10)), "the one before failed as well");
        assert!(RULE.condemns(counts(100, 16), counts(100, 10)));
    }

    #[test]
    fn what_is_long_ago_counts_no_more() {
        let window = Window::default();
        let at = |seconds: i64| Timestamp::EPOCH.plus_seconds(1_000_000 + seconds);
        for second in 0..600 {
            window.add(&RULE, at(second), false);
        }
        window.add(&RULE, at(600), true);
        let counted = window.counts(&RULE, at(600));
        assert_eq!(counted.failures, 1);
        assert!((540..=601).contains(&counted.calls), "{counted:?}");
        assert_eq!(window.counts(&RULE, at(1_260)), Counts::default());
        window.add(&RULE, at(1_260), true);
        assert_eq!(window.counts(&RULE, at(1_260)), counts(1, 1));
    }
}
