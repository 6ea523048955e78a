//! Concurrent commands: what was accepted, replayed one by one, gives the same rows.

use std::sync::{Arc, Mutex};

use linli_store::conformance::World;
use linli_store::{
    Account, Commit, CommitError, IndexValue, Mode, Oracle, Range, Store, Transaction, Transfer,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Home, durable};

/// Histories tried in one run, each on its own community of one store.
const HISTORIES: u32 = 24;
const THREADS: usize = 3;

/// A command; documents, counters and accounts are drawn from few, so that commands meet.
#[derive(Debug, Clone)]
enum Step {
    /// Reads one document into another.
    Copy(u8, u8),
    /// Moves a document to another owner, or removes it.
    Assign(u8, Option<u8>),
    /// Writes down how many an owner has.
    Count(u8),
    Take(u8, i64),
    /// Sets a ceiling.
    Resize(u8, i64),
    Pay(u8, u8, i64),
}

fn step() -> impl Strategy<Value = Step> {
    let few = 0_u8..3;
    prop_oneof![
        (few.clone(), few.clone()).prop_map(|(a, b)| Step::Copy(a, b)),
        (few.clone(), proptest::option::of(few.clone())).prop_map(|(a, o)| Step::Assign(a, o)),
        few.clone().prop_map(Step::Count),
        (0_u8..2, 1_i64..4).prop_map(|(c, n)| Step::Take(c, n)),
        (0_u8..2, 10_i64..30).prop_map(|(c, n)| Step::Resize(c, n)),
        (few.clone(), few, 1_i64..50).prop_map(|(a, b, n)| Step::Pay(a, b, n)),
    ]
}

fn account(n: u8) -> Account {
    Account { book: "points".into(), owner: format!("person:{n}"), floor: if n == 0 { -500 } else { 0 } }
}

fn play(call: &mut Transaction, step: &Step, serial: &str) {
    match step {
        Step::Copy(from, to) => {
            let found = call.get("plain", &format!("p{from}")).unwrap().unwrap_or_else(|| "{}".into());
            let next = format!(r#"{{"of":"{serial}","length":{}}}"#, found.len());
            call.put("plain", &format!("p{to}"), &next).unwrap();
        }
        Step::Assign(id, Some(owner)) => {
            let thing = format!(r#"{{"owner":"o{owner}","rank":{id}}}"#);
            call.put("thing", &format!("t{id}"), &thing).unwrap();
        }
        Step::Assign(id, None) => {
            call.delete("thing", &format!("t{id}")).unwrap();
        }
        Step::Count(owner) => {
            let range = Range { equals: vec![IndexValue::Text(format!("o{owner}"))], ..Range::default() };
            let count = call.count("thing", Some("by_owner"), &range, 10).unwrap();
            call.put("plain", &format!("count{owner}"), &format!(r#"{{"n":{count}}}"#)).unwrap();
        }
        Step::Take(counter, n) => {
            call.stock_take(&format!("c{counter}"), *n).unwrap();
        }
        Step::Resize(counter, ceiling) => {
            call.stock_resize(&format!("c{counter}"), *ceiling).unwrap();
        }
        Step::Pay(from, to, amount) => {
            let (debit, credit) = (account(*from), account(*to));
            let transfer = Transfer { debit, credit, amount: *amount, memo: String::new() };
            // Refused when there is not enough, which counts as a read.
            let _ = call.post(serial, &[transfer]).unwrap();
        }
    }
}

/// Runs a thread's commands, each until it is accepted; every other time on what is pending.
fn run(world: &World, steps: &[Step], thread: usize, accepted: &Mutex<Vec<(u64, Commit)>>) {
    for (n, step) in steps.iter().enumerate() {
        for attempt in 0.. {
            let pending = attempt > 0 || n % 2 == 0;
            let snapshot =
                if pending { world.store.pending(world.home) } else { world.store.snapshot(world.home) };
            let mut call = world.begin_on(world.home, snapshot.unwrap(), world.tick(), Mode::Write);
            play(&mut call, step, &format!("s{thread}-{n}"));
            let commit = call.into_commit(None, false, vec![]);
            match world.store.commit(commit.clone()) {
                Ok(pending) => {
                    accepted.lock().unwrap().push((pending.seq, commit));
                    if n % 3 == 0 {
                        durable(pending).unwrap();
                    }
                    break;
                }
                Err(CommitError::Conflict) => assert!(attempt < 10_000, "others cannot always be faster"),
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn accepted_commits_in_their_order_give_the_same_rows() {
    let home = Home::new();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"linli: accepted commits in order");
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let community = std::cell::Cell::new(0);
    let plans = proptest::collection::vec(proptest::collection::vec(step(), 1..30), THREADS);
    let outcome = TestRunner::new_with_rng(config, rng).run(&plans, |plans| {
        community.set(community.get() + 1);
        let mut world = World::new(home.store.clone());
        world.home = super::community(community.get());
        let oracle = Arc::new(Oracle::new());
        let mut replay = World::new(oracle.clone());
        replay.home = world.home;
        let accepted = Mutex::new(Vec::new());
        let mut open = world.begin();
        open.stock_open("c0", 20).unwrap();
        open.stock_open("c1", 15).unwrap();
        let open = open.into_commit(None, false, vec![]);
        durable(world.store.commit(open.clone()).unwrap()).unwrap();
        accepted.lock().unwrap().push((1, open));
        std::thread::scope(|scope| {
            for (thread, steps) in plans.iter().enumerate() {
                let (world, accepted) = (&world, &accepted);
                scope.spawn(move || run(world, steps, thread, accepted));
            }
        });
        let mut accepted = accepted.into_inner().unwrap();
        accepted.sort_by_key(|(seq, _)| *seq);
        for (at, (seq, commit)) in (1..).zip(accepted) {
            prop_assert_eq!(seq, at, "numbers are given once each, without gaps");
            let again = oracle.commit(commit);
            prop_assert_eq!(again.map(|pending| pending.seq).ok(), Some(seq), "the oracle accepts it too");
        }
        // The last of them may still be on their way.
        world.run(|_| ());
        replay.run(|_| ());
        let values = |world: &World| {
            let rows = world.rows(world.home).unwrap();
            // The last commit's own time and audit line differ by the two worlds' clocks.
            rows.into_iter().filter(|(key, _)| key[0] > 1 && key[0] < 0x60).collect::<Vec<_>>()
        };
        prop_assert_eq!(values(&world), values(&replay));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    home.world.check();
}
