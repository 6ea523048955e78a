//! What is kept of partitions in memory.

use linli_store::{CommitError, Mode, Store};

use super::{Home, commit, community, durable};
use crate::SqliteOptions;

#[test]
fn many_partitions_are_served_with_few_in_memory() {
    let home = Home::with(SqliteOptions { max_resident_partitions: 8, ..SqliteOptions::default() });
    for round in 1..=3 {
        for n in 0..50 {
            let mut call = home.world.begin_at(community(n), home.world.tick(), Mode::Write);
            call.put("plain", "round", &format!(r#"{{"n":{round}}}"#)).unwrap();
            let pending = home.world.commit(call).unwrap();
            assert_eq!(pending.seq, round);
        }
    }
    let resident = home.store.stats().partitions;
    assert!(resident <= 8, "{resident}");
    home.world.check();
}

#[test]
fn partitions_with_commits_on_their_way_are_kept_whatever_the_limit() {
    let home = Home::with(SqliteOptions { max_resident_partitions: 2, ..SqliteOptions::default() });
    let held = home.hold();
    let mut sent = Vec::new();
    for round in 1..=2 {
        for n in 0..10 {
            let snapshot = home.store.pending(community(n)).unwrap();
            let mut call = home.world.begin_on(community(n), snapshot, home.world.tick(), Mode::Write);
            call.put("plain", "round", "{}").unwrap();
            let pending = home.store.commit(commit(call)).unwrap();
            assert_eq!(pending.seq, round);
            sent.push(pending);
        }
    }
    assert_eq!(home.store.stats().partitions, 10);
    drop(held);
    sent.into_iter().for_each(|pending| durable(pending).unwrap());
}

#[test]
fn conflicts_are_found_after_a_partition_was_forgotten() {
    let home = Home::with(SqliteOptions { max_resident_partitions: 2, ..SqliteOptions::default() });
    home.world.run(|call| call.put("plain", "a", r#"{"n":1}"#).unwrap());
    let reader = |id: &str| {
        let mut call = home.world.begin();
        call.get("plain", id).unwrap();
        call.put("plain", &format!("from-{id}"), "{}").unwrap();
        commit(call)
    };
    let (stale, fresh) = (reader("a"), reader("b"));
    home.world.run(|call| call.put("plain", "a", r#"{"n":2}"#).unwrap());
    for n in 10..20 {
        home.store.pending(community(n)).unwrap();
    }
    assert!(matches!(home.store.commit(stale), Err(CommitError::Conflict)));
    durable(home.store.commit(fresh).unwrap()).unwrap();
}

/// The memory of recent commits ends somewhere; beyond it the rows themselves are compared.
#[test]
fn conflicts_are_found_beyond_what_is_remembered() {
    let home = Home::new();
    home.world.run(|call| call.put("plain", "a", r#"{"n":1}"#).unwrap());
    let reader = |id: &str| {
        let mut call = home.world.begin();
        call.get("plain", id).unwrap();
        call.put("plain", &format!("from-{id}"), "{}").unwrap();
        commit(call)
    };
    let (stale, fresh) = (reader("a"), reader("b"));
    home.world.run(|call| call.put("plain", "a", r#"{"n":2}"#).unwrap());
    for round in 0..4 {
        home.world.run(|call| {
            for n in 0..crate::options::MAX_RECENT_KEYS {
                call.put("plain", &format!("filler-{round}-{n}"), "{}").unwrap();
            }
        });
    }
    assert!(matches!(home.store.commit(stale), Err(CommitError::Conflict)));
    durable(home.store.commit(fresh).unwrap()).unwrap();
}
