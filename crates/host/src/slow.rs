//! Where calls go that are no longer quick: threads of their own, fewer than cores, which the system runs after all
//! others. A call begins where its caller is, and most end there; one that has used more than
//! [`HostLimits::slow_after`](crate::HostLimits::slow_after) goes on here, between two epochs, so that whatever it does
//! afterwards takes no turn of a quick one. Calls of a component most of whose calls come here begin here.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::meter::Meter;

/// How much later than others the threads are run (`nice`): they get a tenth of a core that everybody wants, so that a
/// lock which one of them holds between two instructions is not held for long, and what is slow ends.
const NICE: i32 = 10;

/// How a component's last 32 calls were, a bit each: set when the call was slow, or failed.
#[derive(Default)]
pub(crate) struct History(AtomicU32);

impl History {
    /// Whether most were slow, so that the next most likely is.
    fn is_mostly_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed).count_ones() > u32::BITS / 2
    }

    /// Two calls that end at once may count as one: it is a guess in any case.
    fn remember(&self, slow: bool) {
        let calls = self.0.load(Ordering::Relaxed);
        let with_this = calls << 1 | u32::from(slow);
        // Most calls change nothing, and then nobody else's copy is to be fetched again.
        if with_this != calls {
            self.0.store(with_this, Ordering::Relaxed);
        }
    }
}

/// The threads; started when the first call needs them.
#[derive(Default)]
pub(crate) struct SlowLane(OnceLock<Option<Runtime>>);

impl SlowLane {
    /// Runs a call to its end: here while it is quick, in the lane from when its meter says that it is not, or from its
    /// beginning when most like it were not. None when the process is ending.
    pub(crate) async fn carry<T: Send + 'static>(
        &self,
        history: &History,
        meter: &Meter,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let ended = self.carry_on(history.is_mostly_slow(), meter, Box::pin(call)).await;
        history.remember(meter.is_slow());
        ended
    }

    async fn carry_on<T: Send + 'static>(
        &self,
        begins_slow: bool,
        meter: &Meter,
        mut call: Pin<Box<dyn Future<Output = T> + Send>>,
    ) -> Option<T> {
        if !begins_slow {
            let ended = std::future::poll_fn(|context| match call.as_mut().poll(context) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending if meter.is_slow() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            });
            if let Some(ended) = ended.await {
                return Some(ended);
            }
        }
        match self.runtime() {
            Some(runtime) => Carried(runtime.spawn(call)).await,
            // No thread could be started: then it goes on here.
            None => Some(call.await),
        }
    }

    fn runtime(&self) -> Option<&Runtime> {
        let start = || {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let mut threads = Builder::new_multi_thread();
            threads.worker_threads((cores / 2).max(1)).thread_name("linli-slow").on_thread_start(run_later);
            let started = threads.enable_all().build();
            started.inspect_err(|error| tracing::error!(%error, "no threads for slow calls")).ok()
        };
        self.0.get_or_init(start).as_ref()
    }
}

impl Drop for SlowLane {
    /// Without waiting, which would not be allowed where a platform may be dropped.
    fn drop(&mut self) {
        if let Some(Some(runtime)) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Of the thread that calls it: Linux has this per thread, and means the calling one by `None`. Refused: it is run like
/// the others.
fn run_later() {
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// A call in the lane; it ends when nobody waits for it any more, as it would elsewhere.
struct Carried<T>(JoinHandle<T>);

impl<T> Future for Carried<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Option<T>> {
        Pin::new(&mut self.0).poll(context).map(|ended| match ended {
            Ok(ended) => Some(ended),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        })
    }
}

impl<T> Drop for Carried<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn here() -> Option<String> {
        std::thread::current().name().map(str::to_owned)
    }

    #[tokio::test]
    async fn a_quick_call_ends_where_it_began_and_starts_no_thread() {
        let (lane, meter) = (SlowLane::default(), Meter::new(Duration::from_millis(1)));
        let place = here();
        assert_eq!(lane.carry(&History::default(), &meter, async { here() }).await, Some(place));
        assert!(lane.0.get().is_none(), "no threads were started");
    }

    #[tokio::test]
    async fn a_slow_call_goes_on_in_the_lane() {
        let (lane, meter) = (SlowLane::default(), Meter::new(Duration::from_millis(1)));
        let of_call = meter.clone();
        let call = async move {
            of_call.step_aside().await;
            here()
        };
        let ended = lane.carry(&History::default(), &meter, call).await;
        assert_eq!(ended.flatten().as_deref(), Some("linli-slow"));
    }

    #[tokio::test]
    async fn calls_begin_in_the_lane_while_most_are_slow() {
        let (lane, history) = (SlowLane::default(), History::default());
        let mut begun_there = Vec::new();
        for number in 0..64 {
            let meter = Meter::new(Duration::from_millis(1));
            let (of_call, slow) = (meter.clone(), number < 32);
            let call = async move {
                let begun = here();
                if slow {
                    of_call.step_aside().await;
                }
                begun.as_deref() == Some("linli-slow")
            };
            begun_there.extend(lane.carry(&history, &meter, call).await.map(|there| (number, there)));
        }
        let there: Vec<_> =
            begun_there.into_iter().filter(|(_, there)| *there).map(|(number, _)| number).collect();
        assert_eq!(there, (17..48).collect::<Vec<_>>());
    }
}
