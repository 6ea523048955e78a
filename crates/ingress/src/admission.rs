//! The bounded queue in front: so many run, so many wait, everybody else is told at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Lifetime: the server's.
pub(crate) struct Admission {
    running: Semaphore,
    max_running: usize,
    waiting: AtomicUsize,
    max_waiting: usize,
    max_wait: Duration,
}

/// The queue is full, or the wait was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// One call that runs; dropping it lets the next one in.
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

/// Counts a waiting call, however its wait ends (the client may hang up).
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    pub(crate) fn new(max_running: usize, max_waiting: usize, max_wait: Duration) -> Self {
        let (running, waiting) = (Semaphore::new(max_running), AtomicUsize::new(0));
        Self { running, max_running, waiting, max_waiting, max_wait }
    }

    /// Whether nobody more would be let in: a cheap look before anything is spent on a request.
    pub(crate) fn is_full(&self) -> bool {
        self.running.available_permits() == 0 && self.waiting() >= self.max_waiting
    }

    /// A turn: now, or after waiting in order of arrival.
    pub(crate) async fn enter(&self) -> Result<Turn<'_>, Full> {
        if let Ok(permit) = self.running.try_acquire() {
            return Ok(Turn { _permit: permit });
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.max_waiting {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Full);
        }
        let _waiting = Waiting(&self.waiting);
        match tokio::time::timeout(self.max_wait, self.running.acquire()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(_)) | Err(_) => Err(Full),
        }
    }

    /// Calls that run now.
    pub(crate) fn running(&self) -> usize {
        self.max_running - self.running.available_permits().min(self.max_running)
    }

    /// Calls that wait now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use crate::limits::MAX_WAIT;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_at_once_and_the_rest_go_in_order() {
        let admission = Admission::new(1, 2, MAX_WAIT);
        let first = admission.enter().await.unwrap();
        let (mut second, mut third) = (pin!(admission.enter()), pin!(admission.enter()));
        assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
        assert_eq!((admission.running(), admission.waiting()), (1, 2));
        assert!(admission.is_full());
        assert_eq!(admission.enter().await.err(), Some(Full));

        drop(first);
        assert!(poll(third.as_mut()).is_pending(), "the third waits behind the second");
        let Poll::Ready(Ok(_second)) = poll(second.as_mut()) else { panic!("it is the second's turn") };
        assert_eq!((admission.running(), admission.waiting()), (1, 1));
    }

    #[tokio::test]
    async fn a_waiting_client_that_hangs_up_frees_its_place() {
        let admission = Admission::new(1, 1, MAX_WAIT);
        let _first = admission.enter().await.unwrap();
        {
            let mut gone = pin!(admission.enter());
            assert!(poll(gone.as_mut()).is_pending());
        }
        assert_eq!(admission.waiting(), 0);
        assert!(poll(pin!(admission.enter())).is_pending(), "there is room to wait again");
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let admission = Admission::new(1, 1, Duration::ZERO);
        let _first = admission.enter().await.unwrap();
        assert_eq!(admission.enter().await.err(), Some(Full));
        assert_eq!(admission.waiting(), 0);
    }
}
