//! What time components see.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use wasmtime_wasi::HostWallClock;

/// A file with the seconds since 1970; as libfaketime is told what a program that loads it sees, with `FAKETIME_FMT=%s`.
const FILE: &str = "FAKETIME_TIMESTAMP_FILE";

/// The machine's clock, or, where the environment names a file, what is in it: so that the time of a test can stand still.
pub struct Clock(Option<PathBuf>);

impl Clock {
    /// The one that the environment asks for.
    pub fn of_the_environment() -> Self {
        Self(std::env::var_os(FILE).map(PathBuf::from))
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        if self.0.is_some() { Duration::from_secs(1) } else { Duration::from_nanos(1) }
    }

    fn now(&self) -> Duration {
        let Some(file) = &self.0 else {
            return SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        };
        let text = std::fs::read_to_string(file).unwrap_or_default();
        Duration::from_secs(text.trim().parse().unwrap_or_default())
    }
}
