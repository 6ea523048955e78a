//! The time of a world, which stands still until a test moves it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use linli_contract::Timestamp;
use linli_host::{Clock as _, ManualClock};

use crate::spin::set_clock;

/// A clock, and that of the Spin host where one answers.
pub struct WorldClock {
    manual: Arc<ManualClock>,
    of_spin: Option<PathBuf>,
}

impl WorldClock {
    /// Around the platform's clock and the file that is a Spin host's.
    pub(crate) fn new(manual: Arc<ManualClock>, of_spin: Option<PathBuf>) -> Self {
        Self { manual, of_spin }
    }

    /// The platform's own.
    pub fn manual(&self) -> Arc<ManualClock> {
        self.manual.clone()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.manual.now()
    }

    /// Sets the time; nothing is delivered.
    pub fn set(&self, now: Timestamp) {
        self.manual.set(now);
        if let Some(file) = &self.of_spin {
            set_clock(file, now);
        }
    }

    /// Moves the time on; nothing is delivered.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus_micros(i64::try_from(by.as_micros()).unwrap()));
    }
}
