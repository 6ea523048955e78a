//! What the host takes for a call by itself: no HTTP, no disk, a guest that does next to nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use linli_contract::{Area, Identity, Role};
use linli_host::{CallRequest, MasterKey, PersonRecord, Platform, PlatformConfig, SystemClock, Trust};
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

/// Whole calls, from request to answer, in a warm instance and in a fresh one.
pub fn measure(programs: &Programs, scale: Scale, report: &mut Report) -> Result<()> {
    let wasm = std::fs::read(programs.components.join("tests").join(format!("{GUEST}.wasm")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut times = Vec::new();
    for trust in [Trust::Core, Trust::Plugin] {
        times.push(runtime.block_on(per_call(&wasm, trust, scale.of(CALLS)))?);
    }
    report.host_time = Some(HostTime { warm: times[0], fresh: times[1] });
    eprintln!("    a call: warm {:?}, fresh {:?}", times[0], times[1]);
    Ok(())
}

async fn per_call(wasm: &[u8], trust: Trust, calls: usize) -> Result<Duration> {
    let config = PlatformConfig::new(Arc::new(SystemClock));
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
