//! A circuit breaker: a version that keeps failing rests, and is tried with a few calls before all come again.
//!
//! Closed: every call goes through, and its end is counted in windows. Open: no call goes through. Half-open: as many
//! as are probes; when all of them end well it is closed, when one does not it rests again, twice as long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linli_contract::Timestamp;
use linli_contract::limits::BASIS_POINTS;

/// When a breaker opens, and how it closes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerLimits {
    /// Calls and failures are counted over this time.
    pub window: Duration,
    /// Failures within it below which nothing opens: one bad call of three says nothing.
    pub failures: u32,
    /// Basis points of the window's calls that must have failed.
    pub share: u32,
    /// How long it rests at first; twice as long after each probe that fails.
    pub rest: Duration,
    /// How long it rests at most.
    pub rest_max: Duration,
    /// Calls that must end well, one after the other or side by side, before all may come again.
    pub probes: u32,
}

impl Default for BreakerLimits {
    /// Opens within seconds of a broken release at a few calls a second, and lets residents in again half a minute
    /// after it was mended.
    fn default() -> Self {
        Self {
            window: Duration::from_secs(10),
            failures: 10,
            share: 5_000,
            rest: Duration::from_secs(10),
            rest_max: Duration::from_secs(300),
            probes: 3,
        }
    }
}

/// How a breaker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// Calls go through.
    Closed,
    /// Probes go through.
    HalfOpen,
    /// No call goes through.
    Open,
}

enum State {
    Closed { since: Timestamp, calls: u32, failures: u32 },
    Open { until: Timestamp, rest: Duration },
    HalfOpen { running: u32, passed: u32, rest: Duration },
}

struct Inner {
    state: State,
    /// Moves on with every change of state: a call that began before it says nothing of the new one.
    generation: u64,
}

/// The breaker of one version. Lives as long as the version is live.
pub(crate) struct Breaker {
    inner: Mutex<Inner>,
    limits: BreakerLimits,
}

/// A call that was let through. Dropped without a verdict, it frees its place and counts for nothing.
pub(crate) struct Passage<'b> {
    breaker: &'b Breaker,
    generation: u64,
    ended: bool,
}

impl Breaker {
    pub(crate) fn new(limits: BreakerLimits) -> Self {
        let state = State::Closed { since: Timestamp::EPOCH, calls: 0, failures: 0 };
        Self { inner: Mutex::new(Inner { state, generation: 0 }), limits }
    }

    /// Lets a call through, or says after how many seconds one may.
    pub(crate) fn enter(&self, now: Timestamp) -> Result<Passage<'_>, u32> {
        let mut inner = self.lock();
        if let State::Open { until, rest } = inner.state {
            let left = until.micros() - now.micros();
            if left > 0 {
                return Err(u32::try_from(left / 1_000_000).unwrap_or(u32::MAX).saturating_add(1));
            }
            inner.turn(State::HalfOpen { running: 0, passed: 0, rest });
        }
        if let State::HalfOpen { running, passed, .. } = &mut inner.state {
            if *running + *passed >= self.limits.probes.max(1) {
                return Err(1);
            }
            *running += 1;
        }
        Ok(Passage { breaker: self, generation: inner.generation, ended: false })
    }

    /// How it stands at this moment.
    pub(crate) fn circuit(&self, now: Timestamp) -> Circuit {
        match self.lock().state {
            State::Closed { .. } => Circuit::Closed,
            State::Open { until, .. } if now < until => Circuit::Open,
            State::Open { .. } | State::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing under this lock leaves the state half-changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage<'_> {
    /// The call has ended: whether the component did what it should.
    pub(crate) fn end(mut self, well: bool, now: Timestamp) {
        self.ended = true;
        let limits = &self.breaker.limits;
        let mut inner = self.breaker.lock();
        if inner.generation != self.generation {
            return;
        }
        let next = match &mut inner.state {
            State::Closed { since, calls, failures } => {
                if now.micros() - since.micros() >= micros(limits.window) {
                    (*since, *calls, *failures) = (now, 0, 0);
                }
                *calls += 1;
                *failures += u32::from(!well);
                let share = u64::from(*failures) * u64::from(BASIS_POINTS);
                let broken =
                    *failures >= limits.failures && share >= u64::from(*calls) * u64::from(limits.share);
                broken.then(|| rest(limits.rest, now))
            }
            State::HalfOpen { rest: rested, .. } if !well => {
                Some(rest(rested.saturating_mul(2).min(limits.rest_max), now))
            }
            State::HalfOpen { running, passed, .. } => {
                (*running, *passed) = (running.saturating_sub(1), *passed + 1);
                let whole = *passed >= limits.probes;
                whole.then_some(State::Closed { since: now, calls: 0, failures: 0 })
            }
            State::Open { .. } => None,
        };
        if let Some(next) = next {
            inner.turn(next);
        }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut inner = self.breaker.lock();
        if inner.generation == self.generation
            && let State::HalfOpen { running, .. } = &mut inner.state
        {
            *running = running.saturating_sub(1);
        }
    }
}

impl Inner {
    fn turn(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }
}

fn rest(rest: Duration, now: Timestamp) -> State {
    State::Open { until: now.plus_micros(micros(rest)), rest }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_777_599_000_000_000).plus_seconds(seconds)
    }

    fn breaker() -> Breaker {
        Breaker::new(BreakerLimits { failures: 3, probes: 2, ..BreakerLimits::default() })
    }

    fn call(breaker: &Breaker, well: bool, now: i64) {
        breaker.enter(at(now)).map(|passage| passage.end(well, at(now))).unwrap();
    }

    #[test]
    fn it_opens_by_failures_and_their_share_in_a_window() {
        let few = breaker();
        for _ in 0..4 {
            call(&few, true, 0);
        }
        for _ in 0..3 {
            call(&few, false, 0);
        }
        assert_eq!(few.circuit(at(0)), Circuit::Closed, "three of seven");
        call(&few, false, 0);
        assert_eq!(few.circuit(at(0)), Circuit::Open, "four of eight");
        let slow = breaker();
        for now in [0, 0, 11, 11, 22, 22] {
            call(&slow, false, now);
        }
        assert_eq!(slow.circuit(at(22)), Circuit::Closed, "never three in one window");
    }

    #[test]
    fn it_rests_lets_probes_through_and_closes_when_they_end_well() {
        let breaker = breaker();
        (0..3).for_each(|_| call(&breaker, false, 0));
        assert_eq!(breaker.enter(at(0)).err(), Some(11));
        assert_eq!(breaker.enter(at(9)).err(), Some(2));
        let (first, second) = (breaker.enter(at(10)).unwrap(), breaker.enter(at(10)).unwrap());
        assert_eq!(breaker.enter(at(10)).err(), Some(1), "two probes and no more");
        first.end(true, at(10));
        assert_eq!(breaker.circuit(at(10)), Circuit::HalfOpen);
        drop(second);
        call(&breaker, true, 10);
        assert_eq!(breaker.circuit(at(10)), Circuit::Closed);
    }

    #[test]
    fn a_probe_that_fails_doubles_the_rest_up_to_its_bound() {
        let breaker = breaker();
        (0..3).for_each(|_| call(&breaker, false, 0));
        let mut now = 0;
        for rest in [10, 20, 40, 80, 160, 300, 300] {
            assert_eq!(breaker.circuit(at(now + rest - 1)), Circuit::Open, "{rest}");
            now += rest;
            call(&breaker, false, now);
        }
    }

    #[test]
    fn a_call_of_before_says_nothing_of_what_is_now() {
        let breaker = breaker();
        let old = breaker.enter(at(0)).unwrap();
        (0..3).for_each(|_| call(&breaker, false, 0));
        let probe = breaker.enter(at(10)).unwrap();
        old.end(false, at(10));
        assert_eq!(breaker.circuit(at(10)), Circuit::HalfOpen);
        probe.end(true, at(10));
        call(&breaker, true, 10);
        assert_eq!(breaker.circuit(at(10)), Circuit::Closed);
    }
}
