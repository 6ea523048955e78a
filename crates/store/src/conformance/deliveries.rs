//! Events and timers.

use super::world::World;
use crate::key::Kind;
use crate::store::CommitError;
use crate::transaction::Delivery;

fn event(id: &str) -> Delivery {
    Delivery {
        id: id.into(),
        publisher: "things".into(),
        name: "thing.made".into(),
        content: "{}".into(),
        published_at: linli_contract::Timestamp::EPOCH,
        subscriber: "things".into(),
        attempts: 0,
    }
}

fn due(world: &World, seconds: i64) -> Vec<(crate::Key, Delivery)> {
    let snapshot = world.store.snapshot(world.home).expect("a snapshot");
    let now = world.tick().plus_seconds(seconds);
    Delivery::due(&*snapshot, now, 100).expect("the queue reads")
}

/// See the name.
pub fn deliveries_come_in_the_order_they_are_due(world: &World) {
    let earliest = world.run(|call| {
        call.schedule(call.now().plus_seconds(90), "late", "tick", "{}").unwrap();
        call.publish(world.things.space, &event("now")).unwrap();
        call.schedule(call.now().plus_seconds(30), "soon", "tick", "{}").unwrap();
        call.schedule(call.now().plus_seconds(-30), "past", "tick", "{}").unwrap();
        call.now()
    });
    let ids = |seconds| due(world, seconds).iter().map(|(_, d)| d.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(0).len(), 2, "what lies in the past is due at once");
    let all = ids(100);
    assert_eq!(all.len(), 4);
    assert!(all[2].ends_with("soon") && all[3].ends_with("late"));
    let snapshot = world.store.snapshot(world.home).unwrap();
    assert_eq!(Delivery::next_due(&*snapshot).unwrap(), Some(earliest));
}

/// See the name.
pub fn a_delivery_is_in_effect_once(world: &World) {
    world.run(|call| call.publish(world.things.space, &event("e")).unwrap());
    let (key, _) = due(world, 0).remove(0);
    let (mut first, mut second) = (world.begin(), world.begin());
    for (n, call) in [(1, &mut first), (2, &mut second)] {
        assert!(call.acknowledge(&key).unwrap());
        call.put("plain", &format!("effect{n}"), "{}").unwrap();
    }
    world.commit(first).unwrap();
    assert!(matches!(world.commit(second), Err(CommitError::Conflict)));
    assert!(!world.begin().acknowledge(&key).unwrap());
    assert_eq!(due(world, 0), []);
}

/// See the name.
pub fn timers_are_cancelled_once(world: &World) {
    let timer = world.run(|call| call.schedule(call.now().plus_seconds(30), "t", "tick", "{}").unwrap());
    world.run(|call| {
        assert!(call.cancel(&timer).unwrap());
        assert!(!call.cancel(&timer).unwrap());
        assert!(!call.cancel("nonsense").unwrap());
        assert!(!call.cancel("时间时间时间").unwrap());
    });
    assert_eq!(due(world, 100), []);
    let far = linli_contract::limits::MAX_TIMER_MICROS + 1;
    let mut call = world.begin();
    assert!(call.schedule(call.now().plus_micros(far), "t", "tick", "{}").is_err());
}

/// See the name.
pub fn failed_deliveries_come_again_and_then_rest(world: &World) {
    world.run(|call| call.publish(world.things.space, &event("e")).unwrap());
    let (key, delivery) = due(world, 0).remove(0);
    world.run(|call| {
        let later = call.now().plus_seconds(60);
        call.postpone(&key, world.things.space, &delivery, Some(later)).unwrap();
    });
    assert_eq!(due(world, 0), []);
    let (key, delivery) = due(world, 100).remove(0);
    assert_eq!((delivery.id.as_str(), delivery.attempts), ("e", 1));
    world.run(|call| call.postpone(&key, world.things.space, &delivery, None).unwrap());
    assert_eq!(due(world, 10_000), []);
    let snapshot = world.store.snapshot(world.home).unwrap();
    assert_eq!(Delivery::dead(&*snapshot, 10).unwrap()[0].1.attempts, 2);
    world.check();
}

/// See the name: each sort of damage has its own finding.
pub fn damage_is_found(world: &World) {
    world.run(|call| {
        call.put("thing", "a", &super::world::thing("wang", 1)).unwrap();
        call.stock_open("s", 5).unwrap();
    });
    world.check();
    let rows = world.rows(world.home).unwrap();
    let first = |kind: Kind| rows.iter().find(|(key, _)| key[0] == kind as u8).cloned().expect("a row");
    let rules = |world: &World| {
        let found = crate::verify(&*world.store).unwrap();
        found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let (index, _) = first(Kind::Index);
    world.force(vec![(index.clone(), None)]);
    assert_eq!(rules(world), ["indexes"]);
    world.force(vec![(index, Some([].into()))]);
    assert_eq!(rules(world), [""; 0]);
    let (stock, _) = first(Kind::Stock);
    world.force(vec![(stock.clone(), Some(crate::Level { available: 6, ceiling: 5 }.encode()))]);
    assert_eq!(rules(world), ["stock bounds"]);
    world.force(vec![(stock, Some(crate::Level { available: 5, ceiling: 5 }.encode()))]);
    let lone = crate::Account { book: "points".into(), owner: "person:1".into(), floor: 0 };
    let state = r#"{"account":{"book":"points","owner":"person:1","floor":0},"balance":7,"held":0}"#;
    world.force(vec![(lone.key(), Some(state.as_bytes().into()))]);
    assert_eq!(rules(world), ["ledger balances", "ledger sums"]);
}
