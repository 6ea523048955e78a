//! Random histories of overlapping calls: the store accepts, refuses and keeps exactly what the oracle does.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::world::{World, thing};
use crate::commit::ReadSet;
use crate::encoding::IndexValue;
use crate::ledger::Account;
use crate::oracle::Oracle;
use crate::store::{CommitError, Store};
use crate::transaction::{Range, Transaction, Transfer};

/// Histories tried in one run.
const HISTORIES: u32 = 48;
/// Calls that may be open at once.
const SLOTS: usize = 3;

/// One step of a history; ids, owners and counters are drawn from few, so that calls meet.
#[derive(Debug, Clone)]
enum Step {
    Get(usize, u8),
    Put(usize, u8, u8, i64),
    Delete(usize, u8),
    Scan(usize, u8, u32),
    Count(usize),
    Take(usize, u8, i64),
    Give(usize, u8, i64),
    Level(usize, u8),
    Resize(usize, u8, i64),
    Pay(usize, u8, u8, i64),
    Balance(usize, u8),
    Commit(usize),
    Abandon(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..SLOTS;
    let few = 0_u8..4;
    prop_oneof![
        1 => (slot.clone(), few.clone()).prop_map(|(s, i)| Step::Get(s, i)),
        3 => (slot.clone(), few.clone(), 0_u8..2, 0_i64..4).prop_map(|(s, i, o, r)| Step::Put(s, i, o, r)),
        1 => (slot.clone(), few.clone()).prop_map(|(s, i)| Step::Delete(s, i)),
        1 => (slot.clone(), 0_u8..2, 1_u32..4).prop_map(|(s, o, l)| Step::Scan(s, o, l)),
        1 => slot.clone().prop_map(Step::Count),
        2 => (slot.clone(), 0_u8..2, 1_i64..4).prop_map(|(s, c, n)| Step::Take(s, c, n)),
        1 => (slot.clone(), 0_u8..2, 1_i64..3).prop_map(|(s, c, n)| Step::Give(s, c, n)),
        1 => (slot.clone(), 0_u8..2).prop_map(|(s, c)| Step::Level(s, c)),
        1 => (slot.clone(), 0_u8..2, 0_i64..9).prop_map(|(s, c, n)| Step::Resize(s, c, n)),
        2 => (slot.clone(), 0_u8..3, 0_u8..3, 1_i64..40).prop_map(|(s, a, b, n)| Step::Pay(s, a, b, n)),
        1 => (slot.clone(), 0_u8..3).prop_map(|(s, a)| Step::Balance(s, a)),
        4 => slot.clone().prop_map(Step::Commit),
        1 => slot.prop_map(Step::Abandon),
    ]
}

fn account(n: u8) -> Account {
    let floor = if n == 0 { -1_000 } else { 0 };
    Account { book: "points".into(), owner: format!("person:{n}"), floor }
}

/// What a step showed its caller, as text to compare. What calls had read that were given up goes to `seen`.
fn play(
    world: &World,
    open: &mut [Option<Transaction>],
    seen: &mut Vec<(u64, ReadSet)>,
    step: &Step,
    serial: usize,
) -> String {
    let slot = match step {
        Step::Get(s, ..) | Step::Put(s, ..) | Step::Delete(s, ..) | Step::Scan(s, ..) | Step::Count(s) => *s,
        Step::Take(s, ..) | Step::Give(s, ..) | Step::Level(s, ..) | Step::Resize(s, ..) => *s,
        Step::Pay(s, ..) | Step::Balance(s, ..) | Step::Commit(s) | Step::Abandon(s) => *s,
    };
    if matches!(step, Step::Commit(_)) {
        return match open[slot].take().map(|call| world.commit(call)) {
            None => "nothing".into(),
            Some(Ok(pending)) => format!("commit {}", pending.seq),
            Some(Err(CommitError::Conflict)) => "conflict".into(),
            Some(Err(error)) => format!("{error:?}"),
        };
    }
    if matches!(step, Step::Abandon(_)) {
        seen.extend(open[slot].take().map(Transaction::into_reads));
        return "abandoned".into();
    }
    let call = open[slot].get_or_insert_with(|| world.begin());
    let owner = |o: &u8| Range { equals: vec![IndexValue::Text(format!("o{o}"))], ..Range::default() };
    match step {
        Step::Get(_, i) => format!("{:?}", call.get("thing", &format!("t{i}"))),
        Step::Put(_, i, o, r) => {
            format!("{:?}", call.put("thing", &format!("t{i}"), &thing(&format!("o{o}"), *r)))
        }
        Step::Delete(_, i) => format!("{:?}", call.delete("thing", &format!("t{i}"))),
        Step::Scan(_, o, limit) => {
            format!("{:?}", call.scan("thing", Some("by_owner"), &owner(o), *limit, None))
        }
        Step::Count(_) => format!("{:?}", call.count("thing", Some("by_rank"), &Range::default(), 100)),
        Step::Take(_, c, n) => format!("{:?}", call.stock_take(&format!("c{c}"), *n)),
        Step::Give(_, c, n) => format!("{:?}", call.stock_give(&format!("c{c}"), *n)),
        Step::Level(_, c) => format!("{:?}", call.stock_level(&format!("c{c}"))),
        Step::Resize(_, c, n) => format!("{:?}", call.stock_resize(&format!("c{c}"), *n)),
        Step::Pay(_, from, to, amount) => {
            let transfer = Transfer {
                debit: account(*from),
                credit: account(*to),
                amount: *amount,
                memo: String::new(),
            };
            format!("{:?}", call.post(&format!("p{serial}"), &[transfer]))
        }
        Step::Balance(_, a) => format!("{:?}", call.balance(&account(*a))),
        Step::Commit(_) | Step::Abandon(_) => String::new(),
    }
}

/// See the name. The seed is fixed; a failing history is printed, shrunk.
pub fn histories_match_the_oracle(world: &World) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"linli: histories match the oracl");
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let community = std::cell::Cell::new(330_105_001_001_u64);
    let histories = proptest::collection::vec(step(), 1..60);
    let outcome = runner.run(&histories, |steps| {
        // A community of its own for each history, on one store.
        community.set(community.get() + 1);
        let code = linli_contract::Community::from_code(community.get()).expect("twelve digits");
        let oracle = World::new(Arc::new(Oracle::new()) as Arc<dyn Store>);
        let pair = [World::new(world.store.clone()), oracle];
        let [store, oracle] = pair.map(|mut w| {
            w.home = crate::Partition::Community(code);
            w.run(|call| {
                call.stock_open("c0", 5).expect("new");
                call.stock_open("c1", 2).expect("new");
            });
            w
        });
        let (mut left, mut right) = ([const { None }; SLOTS], [const { None }; SLOTS]);
        let (mut seen_left, mut seen_right) = (Vec::new(), Vec::new());
        for (serial, step) in steps.iter().enumerate() {
            let shown = play(&store, &mut left, &mut seen_left, step, serial);
            let expected = play(&oracle, &mut right, &mut seen_right, step, serial);
            prop_assert_eq!(shown, expected, "step {}: {:?}", serial, step);
            prop_assert_eq!(&seen_left, &seen_right);
            for (base, reads) in &seen_left {
                // The store may not know; what it says is so.
                let said = store.store.unchanged(store.home, *base, reads);
                let so = oracle.store.unchanged(oracle.home, *base, reads);
                prop_assert!(said.is_none() || said == so, "step {}: {:?}, not {:?}", serial, said, so);
            }
        }
        drop((left, right));
        let rows = |w: &World| w.rows(w.home).expect("the store reads");
        prop_assert_eq!(rows(&store), rows(&oracle));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    world.check();
}
