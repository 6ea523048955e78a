//! Logs: one JSON object a line to stderr, or lines for people with `--dev`.
//!
//! A busy server writes tens of thousands of lines a second, and a system call for each would cost more than the
//! call it tells of. So lines gather in memory and leave together, after [`FLUSH_PERIOD`] at the latest; warnings and
//! errors leave at once.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How long a line may wait.
const FLUSH_PERIOD: Duration = Duration::from_millis(200);
/// Bytes that are written in one go before the period is over.
const FLUSH_BYTES: usize = 32 * 1024;
/// Bytes that wait at most: when whoever reads stderr stops reading, the server goes on and lines are lost.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// The process's log; [`Log::flush`] before it ends.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    waiting: Mutex<Vec<u8>>,
    /// Held while writing, so that lines keep their order.
    out: Mutex<Box<dyn Write + Send>>,
    lost: AtomicU64,
}

/// Takes one line.
pub struct Line<'a> {
    log: &'a Log,
    urgent: bool,
}

impl Log {
    fn new(out: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Inner { waiting: Mutex::default(), out: Mutex::new(out), lost: AtomicU64::new(0) }))
    }

    /// Writes what waits.
    pub fn flush(&self) {
        let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = std::mem::take(&mut *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let lost = self.0.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            lines.extend_from_slice(
                format!("{{\"level\":\"WARN\",\"message\":\"{lost} log lines were lost\"}}\n").as_bytes(),
            );
        }
        if !lines.is_empty() {
            // There is nowhere left to tell that the log cannot be written.
            let _ = out.write_all(&lines).and_then(|()| out.flush());
        }
    }

    fn add(&self, bytes: &[u8]) -> bool {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() + bytes.len() > MAX_WAITING_BYTES {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        waiting.extend_from_slice(bytes);
        waiting.len() >= FLUSH_BYTES
    }

    fn keep_flushing(&self) -> io::Result<()> {
        let log = self.clone();
        let flusher = move || {
            loop {
                std::thread::sleep(FLUSH_PERIOD);
                log.flush();
            }
        };
        std::thread::Builder::new().name("linli-log".to_owned()).spawn(flusher).map(drop)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.log.add(bytes) || self.urgent {
            self.log.flush();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { log: self, urgent: false }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Line<'a> {
        Line { log: self, urgent: *metadata.level() <= Level::WARN }
    }
}

/// Starts logging what `filter` lets through.
///
/// # Errors
/// The filter does not read; no thread can be started.
pub fn start(filter: &str, for_people: bool) -> Result<Log> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`log` is not a filter: {filter}"))?;
    let log = Log::new(Box::new(io::stderr()));
    log.keep_flushing()?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(log.clone());
    if for_people {
        lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init();
    } else {
        lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
    Ok(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_wait_until_they_are_many_or_one_is_urgent() {
        let sink = Sink::default();
        let log = Log::new(Box::new(sink.clone()));
        let written = || sink.0.lock().unwrap().len();
        Line { log: &log, urgent: false }.write_all(b"one\n").unwrap();
        assert_eq!(written(), 0);
        Line { log: &log, urgent: true }.write_all(b"two\n").unwrap();
        assert_eq!(*sink.0.lock().unwrap(), b"one\ntwo\n");
        Line { log: &log, urgent: false }.write_all(&[b'x'; FLUSH_BYTES]).unwrap();
        assert_eq!(written(), 8 + FLUSH_BYTES);
    }

    #[test]
    fn what_nobody_reads_is_counted_and_not_kept() {
        let sink = Sink::default();
        let log = Log::new(Box::new(sink.clone()));
        assert!(log.add(&vec![b'x'; MAX_WAITING_BYTES]));
        assert!(!log.add(b"too much"));
        log.flush();
        assert!(sink.0.lock().unwrap().ends_with(b"\"1 log lines were lost\"}\n"));
    }
}
