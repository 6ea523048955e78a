//! What the host takes for a call by itself: no HTTP, no disk, a guest that does next to nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use linli_contract::{Area, Identity, Role};
use linli_host::{
    CallRequest, HostLimits, MasterKey, PersonRecord, Platform, PlatformConfig, SystemClock, Trust,
};
use linli_store::Oracle;

use crate::crowd::community;
use crate::report::{HostTime, Report};
use crate::{Programs, Scale};

/// Calls of one round.
const CALLS: usize = 20_000;
/// Rounds; the median of their means counts, so that a burst of something else on the machine does not.
const ROUNDS: usize = 9;
/// The guest, and its operation that counts how often its instance was called.
const GUEST: &str = "hostile";
const OPERATION: &str = "count_calls";

/// Whole calls, from request to answer: in a warm instance, in a fresh one, and answered by what is kept.
pub fn measure(programs: &Programs, scale: Scale, report: &mut Report) -> Result<()> {
    let wasm = std::fs::read(programs.components.join("tests").join(format!("{GUEST}.wasm")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let every_one_runs = HostLimits { kept_answers: 0, ..HostLimits::default() };
    let mut times = Vec::new();
    for (trust, limits) in [
        (Trust::Core, every_one_runs.clone()),
        (Trust::Plugin, every_one_runs),
        (Trust::Core, HostLimits::default()),
    ] {
        times.push(runtime.block_on(per_call(&wasm, trust, limits, scale.of(CALLS)))?);
    }
    let time = HostTime { warm: times[0], fresh: times[1], kept: times[2] };
    eprintln!(
        "    a call: warm {:?}, fresh {:?}, answered by what is kept {:?}",
        time.warm, time.fresh, time.kept
    );
    report.host_time = Some(time);
    Ok(())
}

async fn per_call(wasm: &[u8], trust: Trust, limits: HostLimits, calls: usize) -> Result<Duration> {
    let config = PlatformConfig { limits, ..PlatformConfig::new(Arc::new(SystemClock)) };
    let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([7; 32]))?;
    platform.load(wasm, trust).await?;
    let person = PersonRecord {
        id: "r1".to_owned(),
        roles: vec![Role::Resident],
        community: community(0),
        name: "某某某".to_owned(),
        phone: None,
        birth_date: None,
        citizen_number: None,
        address: None,
        grid: None,
    };
    platform.directory().import(&[person], &[]).await?;
    let request = CallRequest {
        component: GUEST.parse()?,
        operation: OPERATION.to_owned(),
        community: community(0),
        identity: Identity {
            subject: Some("r1".to_owned()),
            acting_for: None,
            roles: vec![Role::Resident],
            area: Some(Area::of(community(0))),
            provider: None,
        },
        input: "{}".to_owned(),
        idempotency: None,
        request_id: "bench".to_owned(),
    };
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
