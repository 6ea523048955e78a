//! Turns: how many calls run at once, and how many may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// No turn is to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls are waiting")]
pub(crate) struct Full;

/// A bounded number of turns with a bounded, fair queue in front.
pub(crate) struct Admission {
    turns: Arc<Semaphore>,
    waiting: AtomicU32,
    max_waiting: u32,
    max_wait: Duration,
}

impl Admission {
    pub(crate) fn new(turns: u32, max_waiting: u32, max_wait: Duration) -> Self {
        let turns = Arc::new(Semaphore::new(turns as usize));
        Self { turns, waiting: AtomicU32::new(0), max_waiting, max_wait }
    }

    /// A turn, at once or after waiting for those who came before.
    ///
    /// # Errors
    /// When too many wait already, or none came free in time.
    pub(crate) async fn enter(&self) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let _waiting = Waiting::enter(&self.waiting, self.max_waiting).ok_or(Full)?;
        let turn = tokio::time::timeout(self.max_wait, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| Full)?.map_err(|_| Full)
    }
}

/// One place in a queue of bounded length, given back when dropped: also when the caller goes away.
pub(crate) struct Waiting<'q>(&'q AtomicU32);

impl<'q> Waiting<'q> {
    pub(crate) fn enter(queue: &'q AtomicU32, most: u32) -> Option<Self> {
        let before = queue.fetch_add(1, Ordering::Relaxed);
        let place = Self(queue);
        (before < most).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_the_queue_full_is_refused_at_once() {
        let admission = Arc::new(Admission::new(1, 1, Duration::from_secs(3_600)));
        let turn = admission.enter().await.unwrap();
        let mut second = Box::pin(admission.enter());
        assert!(futures_poll(&mut second).is_none(), "waits");
        assert_eq!(admission.enter().await.unwrap_err(), Full);
        drop(turn);
        assert!(second.await.is_ok(), "whoever waited has the turn now");
    }

    #[tokio::test]
    async fn whoever_goes_away_frees_the_place() {
        let admission = Admission::new(1, 1, Duration::from_secs(3_600));
        let _turn = admission.enter().await.unwrap();
        let mut gone = Box::pin(admission.enter());
        assert!(futures_poll(&mut gone).is_none());
        drop(gone);
        let mut next = Box::pin(admission.enter());
        assert!(futures_poll(&mut next).is_none(), "waits instead of being refused");
    }

    fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match std::pin::Pin::new(future).poll(&mut context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        }
    }
}
