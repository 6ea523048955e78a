//! What the host takes for a call by itself: no HTTP, no disk, a guest that does next to nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use linli_host::{HostLimits, Trust};

use crate::report::{HostTime, Report};
use crate::{Programs, Scale, in_process};

/// Calls of one round.
const CALLS: usize = 20_000;
/// Rounds; the median of their means counts, so that a burst of something else on the machine does not.
const ROUNDS: usize = 9;
/// The guest, and its operation that counts how often its instance was called.
const GUEST: &str = "hostile";
const OPERATION: &str = "count_calls";

/// Whole calls, from request to answer: in a warm instance, in a fresh one, and answered by what is kept.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let wasm = in_process::component(&programs.components.join("tests"), GUEST)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let every_one_runs = HostLimits { kept_answers: 0, ..HostLimits::default() };
    let mut times = Vec::new();
    for (trust, limits) in [
        (Trust::Core, every_one_runs.clone()),
        (Trust::Plugin, every_one_runs),
        (Trust::Core, HostLimits::default()),
    ] {
        times.push(runtime.block_on(per_call(&wasm, trust, limits, directory, scale.of(CALLS)))?);
    }
    let time = HostTime { warm: times[0], fresh: times[1], kept: times[2] };
    eprintln!(
        "    a call: warm {:?}, fresh {:?}, answered by what is kept {:?}",
        time.warm, time.fresh, time.kept
    );
    report.host_time = Some(time);
    Ok(())
}

async fn per_call(
    wasm: &[u8],
    trust: Trust,
    limits: HostLimits,
    directory: &Path,
    calls: usize,
) -> Result<Duration> {
    let platform = in_process::platform(limits, directory).await?;
    match trust {
        Trust::Core => drop(platform.load(wasm, trust).await?),
        Trust::Plugin => in_process::load_plugin(&platform, wasm).await?,
    }
    let request = in_process::call(GUEST, OPERATION)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            platform.call(request.clone()).await?;
        }
        rounds.push(start.elapsed() / u32::try_from(calls)?);
    }
    rounds.sort();
    Ok(rounds[ROUNDS / 2])
}
