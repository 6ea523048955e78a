//! What becomes live, and what does not.

use std::sync::Arc;

use linli_host::{
    HostLimits, LoadError, ManualClock, MasterKey, Platform, PlatformConfig, SignatureAlgorithm, Trust,
    inspect,
};
use linli_store::Oracle;
use serde_json::json;

use crate::world::{World, guest, morning, request};

#[tokio::test]
async fn a_component_is_live_under_its_own_name_until_it_is_taken_off() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let services = world.platform.services();
    assert_eq!(services.len(), 1);
    assert_eq!(services[0].descriptor().name.as_str(), "notebook");
    assert_eq!(services[0].digest().len(), 64);
    world.ok(request("notebook", "list_notes", json!({}))).await;
    world.platform.unload("notebook");
    let gone = world.call(request("notebook", "list_notes", json!({}))).await;
    assert_eq!(gone, Err(linli_host::CallError::UnknownComponent));
}

#[tokio::test]
async fn loading_again_replaces_it_and_its_records_stay() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(crate::world::note("first")).await;
    world.platform.load(&guest("notebook"), Trust::Core).await.unwrap();
    assert_eq!(world.platform.services().len(), 1);
    let notes = world.ok(request("notebook", "list_notes", json!({}))).await;
    assert_eq!(notes["items"][0]["text"], "first");
}

#[tokio::test]
async fn what_reaches_out_traps_at_start_or_takes_a_false_name_is_refused() {
    let world = World::with(&[]).await;
    let load = async |name: &str| world.platform.load(&guest(name), Trust::Plugin).await.unwrap_err();
    assert!(matches!(load("reaches-out").await, LoadError::Import(i) if i.starts_with("wasi:sockets/")));
    assert!(matches!(load("trap-at-start").await, LoadError::Describe(_)));
    assert!(matches!(load("endless-describe").await, LoadError::Describe(_)));
    assert!(matches!(load("false-name").await, LoadError::Reserved(_)));
    assert!(world.platform.services().is_empty());
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let world = World::with(&[]).await;
    let core_module = b"\0asm\x01\0\0\0";
    for bytes in [b"".as_slice(), b"MZ", core_module] {
        let refused = world.platform.load(bytes, Trust::Plugin).await;
        assert!(matches!(refused, Err(LoadError::Compile(_))));
    }
    let limits = HostLimits { component_bytes: 100, ..HostLimits::default() };
    let world = World::limited(limits, &[]).await;
    let refused = world.platform.load(&guest("notebook"), Trust::Plugin).await;
    assert!(matches!(refused, Err(LoadError::TooLarge(100))));
}

#[tokio::test]
async fn a_setting_nobody_declared_stops_the_start() {
    let settings = [("notebook".to_owned(), [("colour".to_owned(), json!("red"))].into())].into();
    let clock = Arc::new(ManualClock::new(morning()));
    let config = PlatformConfig { settings, ..PlatformConfig::new(clock) };
    let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([7; 32])).unwrap();
    let refused = platform.load(&guest("notebook"), Trust::Core).await.unwrap_err();
    assert!(matches!(refused, LoadError::Setting(_)), "{refused}");
}

#[tokio::test]
async fn a_purpose_nobody_signs_for_stops_the_start() {
    let purposes = [("no-such-purpose".to_owned(), vec![SignatureAlgorithm::Sm2])];
    let signatures = [("notebook".to_owned(), purposes.into())].into();
    let clock = Arc::new(ManualClock::new(morning()));
    let config = PlatformConfig { signatures, ..PlatformConfig::new(clock) };
    let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([7; 32])).unwrap();
    let refused = platform.load(&guest("notebook"), Trust::Core).await.unwrap_err();
    assert_eq!(refused.to_string(), "it signs for no purpose `no-such-purpose`");
}

#[tokio::test]
async fn what_was_compiled_is_kept_and_a_damaged_file_is_compiled_again() {
    let directory = tempfile::tempdir().unwrap();
    let start = async || {
        let clock = Arc::new(ManualClock::new(morning()));
        let cache_dir = Some(directory.path().to_owned());
        let config = PlatformConfig { cache_dir, ..PlatformConfig::new(clock) };
        let platform = Platform::new(config, Arc::new(Oracle::new()), MasterKey::new([7; 32])).unwrap();
        platform.load(&guest("notebook"), Trust::Core).await.unwrap();
    };
    let files = || {
        let entries = std::fs::read_dir(directory.path()).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    start().await;
    let kept = files();
    assert_eq!(kept.len(), 1);
    let written = kept[0].metadata().unwrap().modified().unwrap();
    start().await;
    assert_eq!(files(), kept);
    assert_eq!(kept[0].metadata().unwrap().modified().unwrap(), written, "it was not compiled again");

    let mut bytes = std::fs::read(&kept[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&kept[0]).unwrap();
    std::fs::write(&kept[0], &bytes).unwrap();
    start().await;
    assert_ne!(std::fs::read(&files()[0]).unwrap(), bytes, "the damaged file was not run, but replaced");
}

#[test]
fn a_file_can_be_looked_at_without_a_platform() {
    let seen = inspect(&guest("notebook")).unwrap();
    assert_eq!(seen.descriptor.as_ref().map(|d| d.name.as_str()), Some("notebook"));
    assert!(seen.exports.iter().any(|name| name.starts_with("linli:platform/capability@")));
    assert!(
        seen.imports.iter().any(|name| name.starts_with("linli:platform/records@") && name.ends_with("#put"))
    );
    assert!(seen.forbidden.is_empty() && seen.faults.is_empty());
    let seen = inspect(&guest("reaches-out")).unwrap();
    assert!(seen.forbidden.iter().any(|name| name.starts_with("wasi:sockets/")));
    assert_eq!(seen.descriptor, None);
}
