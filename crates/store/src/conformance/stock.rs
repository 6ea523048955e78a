//! Bounded counters.

use super::world::World;
use crate::stock::Level;
use crate::store::CommitError;
use crate::transaction::Fault;

/// See the name.
pub fn takes_that_fit_do_not_conflict(world: &World) {
    world.run(|call| call.stock_open("places", 10).unwrap());
    let mut calls: Vec<_> = (0..5).map(|_| world.begin()).collect();
    for call in &mut calls {
        assert!(call.stock_take("places", 2).unwrap());
    }
    for call in calls {
        world.commit(call).unwrap();
    }
    assert_eq!(world.begin().stock_level("places").unwrap(), Some(Level { available: 0, ceiling: 10 }));
    world.check();
}

/// See the name.
pub fn a_take_that_does_not_fit_is_validated(world: &World) {
    world.run(|call| {
        call.stock_open("places", 2).unwrap();
        assert!(call.stock_take("places", 2).unwrap());
    });
    let mut late = world.begin();
    assert!(!late.stock_take("places", 1).unwrap());
    late.put("plain", "waiting", "{}").unwrap();
    world.run(|call| call.stock_give("places", 1).unwrap());
    assert!(matches!(world.commit(late), Err(CommitError::Conflict)), "a place was freed meanwhile");
    let mut looking = world.begin();
    assert_eq!(looking.stock_level("places").unwrap().unwrap().available, 1);
    looking.put("plain", "seen", "{}").unwrap();
    world.run(|call| assert!(call.stock_take("places", 1).unwrap()));
    assert!(matches!(world.commit(looking), Err(CommitError::Conflict)), "the level it saw has changed");
}

/// See the name.
pub fn stock_never_leaves_its_bounds(world: &World) {
    world.run(|call| call.stock_open("places", 3).unwrap());
    let mut calls: Vec<_> = (0..3).map(|_| world.begin()).collect();
    for call in &mut calls {
        assert!(call.stock_take("places", 2).unwrap(), "each fits in its own snapshot");
    }
    let accepted = calls.into_iter().filter_map(|call| world.commit(call).ok()).count();
    assert_eq!(accepted, 1);
    let mut call = world.begin();
    assert!(matches!(call.stock_give("places", 3), Err(Fault::Stock(_))), "above the ceiling");
    assert!(matches!(call.stock_take("places", 0), Err(Fault::BadAmount)));
    assert!(matches!(call.stock_take("places", -1), Err(Fault::BadAmount)));
    assert!(matches!(call.stock_take("none", 1), Err(Fault::Stock(_))));
    assert!(matches!(call.stock_open("places", 1), Err(Fault::Stock(_))));
    assert!(matches!(call.stock_open("x", linli_contract::limits::MAX_INTEGER + 1), Err(Fault::BadAmount)));
    world.check();
}

/// See the name.
pub fn a_counter_is_resized_with_what_is_taken(world: &World) {
    world.run(|call| {
        call.stock_open("places", 5).unwrap();
        assert!(call.stock_take("places", 3).unwrap());
        assert!(!call.stock_resize("places", 2).unwrap());
        assert!(call.stock_resize("places", 4).unwrap());
        assert_eq!(call.stock_level("places").unwrap(), Some(Level { available: 1, ceiling: 4 }));
        assert!(call.stock_take("places", 1).unwrap());
    });
    world.run(|call| {
        assert_eq!(call.stock_level("places").unwrap(), Some(Level { available: 0, ceiling: 4 }));
        assert!(call.stock_close("places").unwrap());
        assert!(!call.stock_close("places").unwrap());
        call.stock_open("places", 1).unwrap();
    });
    assert_eq!(world.begin().stock_level("places").unwrap(), Some(Level { available: 1, ceiling: 1 }));
}
