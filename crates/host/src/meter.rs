//! The CPU time of a call: counted over all its turns, by the thread's CPU clock.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use cpu_time::ThreadTime;

/// Counts what an instance's calls use. All numbers are nanoseconds; the atomics only make it shareable between the
/// store and the future around it, which are never on two threads at once.
pub(crate) struct Meter {
    used: AtomicU64,
    /// CPU clock of the thread when the current turn began.
    turn: AtomicU64,
    budget: AtomicU64,
    slow_after: u64,
    slow: AtomicBool,
}

/// The call has used up its CPU budget.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the call has used up its CPU budget")]
pub(crate) struct OverBudget;

impl Meter {
    pub(crate) fn new(slow_after: Duration) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicU64::new(0),
            turn: AtomicU64::new(0),
            budget: AtomicU64::new(0),
            slow_after: nanos(slow_after),
            slow: AtomicBool::new(false),
        })
    }

    /// Starts a call with a budget of its own.
    pub(crate) fn start(&self, budget: Duration) {
        self.used.store(0, Ordering::Relaxed);
        self.slow.store(false, Ordering::Relaxed);
        self.budget.store(nanos(budget), Ordering::Relaxed);
    }

    /// The CPU time the call used.
    pub(crate) fn used(&self) -> Duration {
        Duration::from_nanos(self.used.load(Ordering::Relaxed))
    }

    /// Whether the call is no longer quick.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    /// Lets others go first from here on: what comes takes time, and nobody waits for it who did nothing wrong.
    pub(crate) async fn step_aside(&self) {
        self.slow.store(true, Ordering::Relaxed);
        tokio::task::yield_now().await;
    }

    /// Polls a future, counting the CPU time of each turn.
    pub(crate) async fn count<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            let begun = thread_cpu_nanos();
            self.turn.store(begun, Ordering::Relaxed);
            let polled: Poll<F::Output> = future.as_mut().poll(context);
            let turn = thread_cpu_nanos().saturating_sub(begun);
            self.used.fetch_add(turn, Ordering::Relaxed);
            polled
        })
        .await
    }

    /// Called by the epoch while a guest runs: an error when the budget is used up, else what to wait for before the
    /// guest goes on.
    pub(crate) fn tick(&self) -> Result<impl Future<Output = ()> + Send + use<>, OverBudget> {
        let turn = thread_cpu_nanos().saturating_sub(self.turn.load(Ordering::Relaxed));
        let used = self.used.load(Ordering::Relaxed) + turn;
        if used > self.budget.load(Ordering::Relaxed) {
            return Err(OverBudget);
        }
        if used > self.slow_after {
            self.slow.store(true, Ordering::Relaxed);
        }
        Ok(tokio::task::yield_now())
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// CPU time the current thread has used, in nanoseconds: unlike the wall clock, a busy machine does not make a guest
/// look slow by it.
fn thread_cpu_nanos() -> u64 {
    u64::try_from(ThreadTime::now().as_duration().as_nanos()).unwrap_or(u64::MAX)
}
