//! The directory, and who may act for whom.

use linli_contract::{Identity, Role};
use linli_host::{Binding, CallError, DirectoryError, Trust, Unfit};
use serde_json::json;

use crate::world::{World, by, community, morning, person, request, resident};

fn binding(elder: &str, relative: &str) -> Binding {
    Binding {
        elder: elder.to_owned(),
        relative: relative.to_owned(),
        scopes: vec!["notebook".to_owned()],
        confirmed_by_elder_at: Some(morning()),
        confirmed_by_relative_at: Some(morning()),
        expires_at: morning().plus_seconds(3_600),
    }
}

fn acting(relative: &str, elder: &str) -> Identity {
    Identity { acting_for: Some(elder.to_owned()), ..resident(relative) }
}

#[tokio::test]
async fn an_import_adds_updates_and_is_there_at_once() {
    let world = World::with(&[]).await;
    let directory = world.platform.directory();
    let mut known = person("r1", Role::Resident);
    known.grid = Some("第三网格".to_owned());
    let report = directory.import(&[known.clone(), person("r9", Role::Resident)], &[]).await.unwrap();
    assert_eq!((report.added, report.updated, report.bindings), (1, 1, 0));
    assert_eq!(directory.person("r1").unwrap(), Some(known));
    assert_eq!(directory.person("r10").unwrap(), None);
    assert_eq!(directory.people_of(community()).unwrap().len(), 4);
}

#[tokio::test]
async fn an_import_is_all_or_nothing() {
    let world = World::with(&[]).await;
    let directory = world.platform.directory();
    let mut unfit = person("r8", Role::Resident);
    unfit.birth_date = Some("2023-02-29".to_owned());
    let refused = directory.import(&[person("r7", Role::Resident), unfit], &[binding("r1", "nobody")]).await;
    let Err(DirectoryError::Invalid(faults)) = refused else { panic!("it was imported") };
    assert_eq!(faults.len(), 1);
    assert!(matches!(faults[0], Unfit { kind: "person", place: 1, .. }));
    let refused = directory.import(&[person("r7", Role::Resident)], &[binding("r1", "nobody")]).await;
    assert!(matches!(refused, Err(DirectoryError::Invalid(_))));
    assert_eq!(directory.person("r7").unwrap(), None);
}

#[tokio::test]
async fn a_large_import_is_one_commit() {
    let world = World::with(&[]).await;
    let people: Vec<_> = (0..5_000).map(|n| person(&format!("p{n}"), Role::Resident)).collect();
    let report = world.platform.directory().import(&people, &[]).await.unwrap();
    assert_eq!(report.added, 5_000);
    assert!(world.platform.directory().person("p4999").unwrap().is_some());
}

#[tokio::test]
async fn a_relative_acts_for_an_elder_within_the_binding() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let card = || request("notebook", "show_card", json!({}));
    assert_eq!(world.call(by(acting("r2", "r1"), card())).await, Err(CallError::NotBound));
    world.platform.directory().import(&[], &[binding("r1", "r2")]).await.unwrap();
    assert_eq!(world.ok(by(acting("r2", "r1"), card())).await["acted_for"], true);
    assert_eq!(
        world.call(by(acting("r1", "r2"), card())).await,
        Err(CallError::NotBound),
        "not the other way"
    );
    world.clock.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(world.call(by(acting("r2", "r1"), card())).await, Err(CallError::NotBound), "expired");
}

#[tokio::test]
async fn what_was_done_for_an_elder_is_the_elders() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.platform.directory().import(&[], &[binding("r1", "r2")]).await.unwrap();
    world.ok(by(acting("r2", "r1"), crate::world::note("for r1"))).await;
    let notes = world.ok(request("notebook", "list_notes", json!({}))).await;
    assert_eq!(notes["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_name_is_shown_masked() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    let card = world.ok(request("notebook", "show_card", json!({}))).await;
    assert_eq!(card["name"], "某**");
}
