//! Stopping without losing what runs: new calls are refused, those that run finish.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Calls between their arrival and their answer. Lifetime: the server's.
#[derive(Default)]
pub(crate) struct Drain {
    draining: AtomicBool,
    calls: AtomicUsize,
    done: Notify,
}

/// The server is draining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draining;

/// A call that the end of the server waits for.
pub(crate) struct Running<'a>(&'a Drain);

impl Drain {
    /// Counts a call in, unless the server is draining.
    ///
    /// Counted first and asked second, both in one total order: either this call sees the flag, or
    /// [`Drain::finished`] sees the call.
    pub(crate) fn enter(&self) -> Result<Running<'_>, Draining> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let running = Running(self);
        if self.is_draining() { Err(Draining) } else { Ok(running) }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Refuses calls from now on.
    pub(crate) fn start(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Resolves when no call runs. Call [`Drain::start`] first, or there may always be another.
    pub(crate) async fn finished(&self) {
        loop {
            let notified = self.done.notified();
            if self.calls.load(Ordering::SeqCst) == 0 {
                return;
            }
            notified.await;
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.0.calls.fetch_sub(1, Ordering::SeqCst) == 1 && self.0.is_draining() {
            self.0.done.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    #[test]
    fn what_runs_is_waited_for_and_what_comes_is_refused() {
        let drain = Drain::default();
        let (first, second) = (drain.enter().unwrap(), drain.enter().unwrap());
        drain.start();
        assert!(drain.enter().is_err());
        let mut finished = pin!(drain.finished());
        let mut poll = || finished.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        assert!(!poll());
        drop(first);
        assert!(!poll());
        drop(second);
        assert!(poll());
    }

    #[test]
    fn an_idle_server_has_finished_at_once() {
        let drain = Drain::default();
        drain.start();
        let finished = pin!(drain.finished());
        assert!(finished.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
}
