//! Documents go when their days are over, at a full drain.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{COMMUNITY, World, descriptor, note, put, reply, request};
use linli_contract::Descriptor;
use linli_spin_store::Instance;
use linli_store::verify;

const DAY: Duration = Duration::from_secs(86_400);

/// Notes are kept for so many days.
fn notes(keep_days: u32) -> Descriptor {
    let mut notes = descriptor("notes", None);
    notes.collections[0].keep_days = Some(keep_days);
    notes
}

fn write(instance: &Arc<Instance>) {
    instance.begin(&request("write", "a")).expect("it begins");
    instance.in_run(put("one")).expect("it writes");
    instance.commit(reply("done")).expect("it commits");
}

fn drain(instance: &Arc<Instance>) {
    assert_eq!(instance.next_delivery(None), Ok(None));
}

#[test]
fn a_document_goes_when_its_days_are_over() {
    let world = World::new();
    let instance = world.open_as(notes(30));
    write(&instance);
    world.clock.advance(29 * DAY);
    drain(&instance);
    assert!(note(&instance).is_some());
    world.clock.advance(DAY + Duration::from_secs(1));
    assert_eq!(instance.next_delivery(COMMUNITY.parse().ok()), Ok(None));
    assert!(note(&instance).is_some(), "a command drains its own community, and does not clean up");
    // Another instance knows when to look from what the first one has written down.
    let other = world.open_as(notes(30));
    drain(&other);
    assert_eq!(note(&instance), None);
    assert_eq!(verify(&*world.store).expect("readable"), []);

    write(&instance);
    world.clock.advance(31 * DAY);
    drain(&instance);
    assert_eq!(note(&other), None, "and so does the next one");
}

#[test]
fn nobody_looks_before_something_can_be_due() {
    let world = World::new();
    let instance = world.open_as(notes(30));
    write(&instance);
    let commits = || {
        let partition = linli_store::Partition::Community(COMMUNITY.parse().expect("a community"));
        world.store.snapshot(partition).and_then(|now| now.head()).expect("a head").seq
    };
    drain(&instance);
    let looked = commits();
    for _ in 0..3 {
        world.clock.advance(9 * DAY);
        drain(&instance);
    }
    assert_eq!(commits(), looked);
    world.clock.advance(4 * DAY);
    drain(&instance);
    assert!(commits() > looked);
}

#[test]
fn a_version_that_keeps_documents_for_another_time_looks_anew() {
    let world = World::new();
    let instance = world.open_as(notes(300));
    write(&instance);
    drain(&instance);
    world.clock.advance(31 * DAY);
    drain(&instance);
    assert!(note(&instance).is_some());
    let stricter = world.open_as(notes(30));
    drain(&stricter);
    assert_eq!(note(&stricter), None);
}

#[test]
fn where_everything_is_kept_nothing_is_written_down() {
    let world = World::new();
    let instance = world.open("notes", None);
    write(&instance);
    world.clock.advance(10_000 * DAY);
    drain(&instance);
    assert!(note(&instance).is_some());
    assert!(world.store.spaces().expect("readable").iter().all(|(_, name)| !name.contains("retention")));
}
