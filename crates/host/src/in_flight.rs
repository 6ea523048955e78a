//! Calls that run, told apart by when they began: whoever changes what calls stand on waits for those from before.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The calls of one service that run.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<Arc<()>>);

/// A call that runs; dropped when it is over.
pub(crate) struct Running(#[allow(dead_code, reason = "held for its drop")] Arc<()>);

/// The calls that ran at one moment.
pub(crate) struct Before(Weak<()>);

impl InFlight {
    /// A call begins.
    pub(crate) fn enter(&self) -> Running {
        Running(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Those that have begun; whoever begins from now on is not among them.
    pub(crate) fn turn(&self) -> Before {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Before(Arc::downgrade(&std::mem::take(&mut *current)))
    }
}

impl Before {
    /// Whether one of them still runs.
    pub(crate) fn any(&self) -> bool {
        self.0.strong_count() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_from_before_are_waited_for() {
        let calls = InFlight::default();
        assert!(!calls.turn().any());
        let early = calls.enter();
        let before = calls.turn();
        let late = calls.enter();
        assert!(before.any());
        drop(early);
        assert!(!before.any());
        drop(late);
    }
}
