//! What the server counts, and the page that shows it beside the host's own numbers.

mod host;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use text::{Page, Sort};

use crate::state::State;

/// Upper bounds of the latency histogram, in microseconds: from a cached query to the longest wait.
const LATENCY_BOUNDS: [u64; 13] =
    [250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 5_000_000];
/// Status codes that are counted: 100 to 599.
const STATUSES: usize = 500;

/// Somebody else's numbers on the page: the store's.
pub trait Source: Send + Sync {
    /// Adds them; no metric that is there already.
    fn write(&self, page: &mut Page);
}

/// Lifetime: the server's.
pub(crate) struct Counters {
    answers: Box<[AtomicU64]>,
    latency: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    latency_sum: AtomicU64,
    /// By code; only refusals take this lock.
    refusals: Mutex<BTreeMap<&'static str, u64>>,
    pub(crate) connections: AtomicU64,
    pub(crate) connections_refused: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Self {
            answers: (0..STATUSES).map(|_| AtomicU64::new(0)).collect(),
            latency: Default::default(),
            latency_sum: AtomicU64::new(0),
            refusals: Mutex::default(),
            connections: AtomicU64::new(0),
            connections_refused: AtomicU64::new(0),
        }
    }

    /// Counts an answer to a call.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        if let Some(count) = self.answers.get(usize::from(status).wrapping_sub(100)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BOUNDS.partition_point(|bound| *bound < micros);
        self.latency[bucket].fetch_add(1, Ordering::Relaxed);
        self.latency_sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// Counts what the platform itself refused.
    pub(crate) fn refused(&self, code: &'static str) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
    }

    fn write(&self, page: &mut Page) {
        let name = "linli_http_answers_total";
        page.metric(name, Sort::Counter, "Answers to calls, by status.");
        for (place, count) in self.answers.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                page.sample(name, &[("status", &(place + 100).to_string())], count);
            }
        }
        let name = "linli_http_refusals_total";
        page.metric(name, Sort::Counter, "Calls the platform itself refused, by code.");
        for (code, count) in self.refusals.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            page.sample(name, &[("code", code)], count);
        }
        let counts: Vec<u64> = self.latency.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let name = "linli_http_seconds";
        page.metric(name, Sort::Histogram, "Time from a call's headers to its answer.");
        page.histogram(name, &[], &LATENCY_BOUNDS, &counts, self.latency_sum.load(Ordering::Relaxed));
        let connections = self.connections.load(Ordering::Relaxed);
        page.single("linli_connections", Sort::Gauge, "Connections open now.", connections);
        let refused = self.connections_refused.load(Ordering::Relaxed);
        let help = "Connections closed at once because there were too many.";
        page.single("linli_connections_refused_total", Sort::Counter, help, refused);
    }
}

/// The whole page.
pub(crate) fn render(state: &State) -> String {
    let mut page = Page::default();
    state.counters.write(&mut page);
    let running = state.admission.running();
    page.single("linli_calls_running", Sort::Gauge, "Calls worked on now.", running);
    let waiting = state.admission.waiting();
    page.single("linli_calls_waiting", Sort::Gauge, "Calls waiting for their turn.", waiting);
    let held = state.bodies.held();
    page.single("linli_body_bytes_held", Sort::Gauge, "Bytes of request bodies in memory.", held);
    let draining = u8::from(state.drain.is_draining());
    page.single("linli_draining", Sort::Gauge, "1 while the server is stopping.", draining);
    host::write(&state.live.platform().metrics(), &mut page);
    for source in &state.sources {
        source.write(&mut page);
    }
    if let Some(bytes) = resident_bytes() {
        page.single("process_resident_memory_bytes", Sort::Gauge, "Resident memory size in bytes.", bytes);
    }
    page.finish()
}

/// Resident memory of this process; none where there is no `/proc`.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_fall_into_their_buckets() {
        let counters = Counters::new();
        for micros in [1, 250, 251, 6_000_000] {
            counters.answered(200, Duration::from_micros(micros));
        }
        counters.answered(503, Duration::ZERO);
        counters.refused("overloaded");
        let mut page = Page::default();
        counters.write(&mut page);
        let page = page.finish();
        for line in [
            "linli_http_answers_total{status=\"200\"} 4",
            "linli_http_answers_total{status=\"503\"} 1",
            "linli_http_refusals_total{code=\"overloaded\"} 1",
            "linli_http_seconds_bucket{le=\"0.00025\"} 3",
            "linli_http_seconds_bucket{le=\"0.0005\"} 4",
            "linli_http_seconds_bucket{le=\"5\"} 4",
            "linli_http_seconds_bucket{le=\"+Inf\"} 5",
            "linli_http_seconds_sum 6.000502",
        ] {
            assert!(page.lines().any(|l| l == line), "{line} in\n{page}");
        }
    }

    #[test]
    fn the_process_knows_its_size() {
        assert!(resident_bytes().is_none_or(|bytes| bytes > 1_000_000));
    }
}
