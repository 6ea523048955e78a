//! What the platform counts of a component: bytes stored, money charged.

use linli_contract::Timestamp;

use super::world::World;
use crate::key::{Key, Kind};
use crate::store::CommitError;
use crate::transaction::{Fault, Mode, Transaction, is_platform_counter, stored_bytes};

const QUOTA: i64 = 1_000;

fn metered(world: &World) -> Transaction {
    world.begin().metered(QUOTA)
}

fn run<T>(world: &World, work: impl FnOnce(&mut Transaction) -> T) -> T {
    let mut call = metered(world);
    let result = work(&mut call);
    world.commit(call).unwrap();
    result
}

fn stored(world: &World) -> i64 {
    stored_bytes(&*world.store.snapshot(world.home).unwrap(), world.things.space).unwrap()
}

fn counters(world: &World) -> Vec<Key> {
    let rows = world.rows(world.home).unwrap().into_iter().map(|(key, _)| key);
    rows.filter(|key| is_platform_counter(key)).collect()
}

/// A document of so many bytes, its id of one byte included.
fn document(bytes: usize) -> String {
    let frame = r#"{"x":""}"#.len() + 1;
    format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - frame))
}

/// See the name.
pub fn no_component_reaches_the_platforms_counters(world: &World) {
    run(world, |call| call.put("plain", "a", &document(100)).unwrap());
    let mut call = metered(world);
    for name in ["\0storage", "\0", "\0money:2026-05-01"] {
        assert!(matches!(call.stock_open(name, 1), Err(Fault::Stock(_))), "{name:?}");
        assert!(matches!(call.stock_give(name, 1), Err(Fault::Stock(_))), "{name:?}");
        assert!(matches!(call.stock_resize(name, 1_000_000), Err(Fault::Stock(_))), "{name:?}");
        assert!(matches!(call.stock_level(name), Err(Fault::Stock(_))), "{name:?}");
        assert!(matches!(call.stock_close(name), Err(Fault::Stock(_))), "{name:?}");
    }
}

/// See the name.
pub fn what_is_stored_is_counted_and_bounded(world: &World) {
    run(world, |call| {
        call.put("plain", "a", &document(600)).unwrap();
        call.put("plain", "a", &document(500)).unwrap();
        call.put("thing", "b", &document(300)).unwrap();
    });
    assert_eq!(stored(world), 800);
    let mut call = metered(world);
    assert!(matches!(call.put("plain", "c", &document(201)), Err(Fault::StorageFull)));
    run(world, |call| {
        assert!(call.delete("thing", "b").unwrap());
        call.put("plain", "c", &document(500)).unwrap();
    });
    assert_eq!(stored(world), 1_000);
    // A refusal takes nothing, and unmetered calls of the same component are not held up.
    let call = {
        let mut call = metered(world);
        call.delete("plain", "a").unwrap();
        call
    };
    world.send(call.into_commit(None, true, vec![])).unwrap();
    assert_eq!(stored(world), 1_000);
    world.check();
}

/// See the name.
pub fn uses_that_fit_do_not_conflict(world: &World) {
    run(world, |call| call.put("plain", "0", &document(100)).unwrap());
    let mut calls: Vec<_> = (0..4).map(|_| metered(world)).collect();
    for (n, call) in calls.iter_mut().enumerate() {
        call.put("plain", &format!("{}", n + 1), &document(300)).unwrap();
        assert!(call.spend(1, 100).unwrap());
    }
    let outcomes: Vec<_> = calls.into_iter().map(|call| world.commit(call)).collect();
    // The first one of the day makes the counter of the day.
    assert!(outcomes[0].is_ok());
    assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, Err(CommitError::Conflict))));
    let mut calls: Vec<_> = (0..3).map(|_| metered(world)).collect();
    for (n, call) in calls.iter_mut().enumerate() {
        call.put("plain", &format!("{}", n + 5), &document(300)).unwrap();
        assert!(call.spend(50, 100).unwrap());
    }
    let outcomes: Vec<_> = calls.into_iter().map(|call| world.commit(call).is_ok()).collect();
    assert_eq!(outcomes, [true, false, false], "two would fit the quota, but not the money of the day");
    assert_eq!(stored(world), 700);
    world.check();
}

/// See the name.
pub fn waiting_timers_count_as_stored(world: &World) {
    let content = format!("{:?}", "x".repeat(500));
    let timer = run(world, |call| {
        let at = call.now().plus_seconds(60);
        call.schedule(at, "timer", "thing.due", &content).unwrap()
    });
    let counted = stored(world);
    assert!((502..600).contains(&counted), "{counted}");
    let mut second = metered(world);
    let at = second.now().plus_seconds(60);
    assert!(matches!(second.schedule(at, "second", "thing.due", &content), Err(Fault::StorageFull)));
    run(world, |call| assert!(call.cancel(&timer).unwrap()));
    assert_eq!(stored(world), 0);
}

/// See the name.
pub fn a_changed_quota_is_followed(world: &World) {
    run(world, |call| call.put("plain", "a", &document(600)).unwrap());
    let mut lowered = world.begin().metered(500);
    assert!(matches!(lowered.put("plain", "b", &document(100)), Err(Fault::StorageFull)));
    let mut lowered = world.begin().metered(500);
    lowered.put("plain", "a", &document(550)).unwrap();
    world.commit(lowered).unwrap();
    let mut raised = world.begin().metered(2_000);
    raised.put("plain", "b", &document(1_000)).unwrap();
    world.commit(raised).unwrap();
    assert_eq!(stored(world), 1_550);
    world.check();
}

/// See the name.
pub fn what_is_charged_is_bounded_by_the_day(world: &World) {
    // 15:59 UTC is 23:59 in Shanghai.
    let evening: Timestamp = "2026-06-01T15:59:00Z".parse().unwrap();
    let day = |at| world.begin_at(world.home, at, Mode::Write);
    let mut call = day(evening);
    assert!(call.spend(70, 100).unwrap() && !call.spend(31, 100).unwrap() && call.spend(30, 100).unwrap());
    assert_eq!(call.spent(), 100);
    world.commit(call).unwrap();
    let mut call = day(evening.plus_seconds(1));
    assert!(!call.spend(1, 100).unwrap());
    call.unspend(world.things.space, evening, 40).unwrap();
    assert_eq!(call.spent(), -40);
    assert!(call.spend(40, 100).unwrap());
    world.commit(call).unwrap();
    let mut next = day(evening.plus_seconds(60));
    next.unspend(world.things.space, evening, 40).unwrap();
    assert!(next.spend(100, 100).unwrap(), "another day");
    assert_eq!(next.spent(), 100, "what was of the day before is over");
    world.commit(next).unwrap();
    let counters = counters(world);
    assert_eq!(counters.len(), 1, "those of earlier days are gone");
    assert!(counters[0].starts_with(&[Kind::Stock as u8]));
    world.check();
}
