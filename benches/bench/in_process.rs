//! A platform in this process: one person, no HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use linli_contract::{Area, Grant, Identity, PluginLimits, Role, Timestamp};
use linli_host::{CallRequest, HostLimits, MasterKey, PersonRecord, Platform, PlatformConfig, SystemClock};
use linli_store::Oracle;

use crate::crowd::{community, resident};

/// A platform on a store of its own in memory, with its compiled components in a directory, as a server has them; the
/// first resident of the first community is in its directory of people.
pub async fn platform(limits: HostLimits, directory: &Path) -> Result<Arc<Platform>> {
    let cache_dir = Some(directory.join("compiled"));
    let config = PlatformConfig { limits, cache_dir, ..PlatformConfig::new(Arc::new(SystemClock)) };
    let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([7; 32]))?;
    platform.directory().import(&[person(resident(0, 0), 0, Role::Resident)], &[]).await?;
    Ok(platform)
}

/// Makes a plugin live that meets no limit of its own in a measurement.
pub async fn load_plugin(platform: &Arc<Platform>, wasm: &[u8]) -> Result<()> {
    let limits = PluginLimits {
        calls_per_minute: u32::MAX,
        cpu_millis_per_day: u32::MAX.into(),
        ..PluginLimits::default()
    };
    let grant = Grant { limits, ..Grant::nothing("bench") };
    let service = platform.prepare_plugin(wasm, Arc::new(grant)).await?;
    platform.go_live(service);
    Ok(())
}

/// Somebody of a community.
pub fn person(id: String, number: u64, role: Role) -> PersonRecord {
    PersonRecord {
        id,
        roles: vec![role],
        community: community(number),
        name: "某某某".to_owned(),
        phone: None,
        birth_date: None,
        citizen_number: None,
        address: None,
        grid: None,
    }
}

/// The one resident calls an operation that needs no input.
pub fn call(component: &str, operation: &str) -> Result<CallRequest> {
    Ok(CallRequest {
        component: component.parse()?,
        operation: operation.to_owned(),
        community: community(0),
        identity: Identity {
            subject: Some(resident(0, 0)),
            acting_for: None,
            roles: vec![Role::Resident],
            area: Some(Area::of(community(0))),
            provider: None,
        },
        input: "{}".to_owned(),
        idempotency: None,
        request_id: "bench".to_owned(),
    })
}

/// The bytes of a component.
pub fn component(components: &Path, name: &str) -> Result<Vec<u8>> {
    let path = components.join(name).with_extension("wasm");
    std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// This moment.
pub fn now() -> Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_micros(i64::try_from(since.as_micros())?))
}
