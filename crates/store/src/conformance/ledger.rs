//! Accounts, postings, holds.

use linli_contract::Timestamp;

use super::world::World;
use crate::ledger::{Account, HoldStatus, Refusal};
use crate::store::CommitError;
use crate::transaction::{Delivery, HoldRequest, Mode, ScanError, Transaction, Transfer};

fn account(owner: &str) -> Account {
    Account { book: "points".into(), owner: owner.into(), floor: 0 }
}

fn mint() -> Account {
    Account { floor: -1_000_000, ..account("own:points/mint") }
}

fn transfer(debit: Account, credit: Account, amount: i64) -> Transfer {
    Transfer { debit, credit, amount, memo: "test".into() }
}

fn give(world: &World, owner: &str, amount: i64) -> Timestamp {
    let id = format!("give-{owner}-{}", world.tick().micros());
    world.run(|call| {
        call.post(&id, &[transfer(mint(), account(owner), amount)]).unwrap().unwrap();
        call.now()
    })
}

fn balance(world: &World, owner: &str) -> i64 {
    world.begin().balance(&account(owner)).unwrap()
}

/// See the name.
pub fn transfers_balance_or_are_refused(world: &World) {
    give(world, "a", 100);
    world.run(|call| {
        let two = [transfer(account("a"), account("b"), 60), transfer(account("a"), account("c"), 41)];
        assert_eq!(call.post("p1", &two).unwrap(), Err(Refusal::Insufficient));
        assert_eq!(call.balance(&account("b")).unwrap(), 0, "nothing of a refused posting stays");
        let through = [transfer(account("a"), account("b"), 100), transfer(account("b"), account("c"), 30)];
        assert_eq!(call.post("p2", &through).unwrap(), Ok(()));
        assert_eq!(call.balance(&account("b")).unwrap(), 70);
        assert!(call.post("p3", &[transfer(account("b"), account("c"), 0)]).is_err());
        assert!(call.post("p4", &[]).is_err());
        let other = Account { book: "CNY".into(), ..account("c") };
        assert!(call.post("p5", &[transfer(account("b"), other, 1)]).is_err());
    });
    assert_eq!((balance(world, "a"), balance(world, "b"), balance(world, "c")), (0, 70, 30));
    assert_eq!(world.begin().balance(&mint()).unwrap(), -100);
    world.check();
}

/// See the name.
pub fn debits_that_fit_do_not_conflict_until_they_do_not_fit(world: &World) {
    give(world, "a", 10);
    let spend = |amount| {
        let mut call = world.begin();
        let id = format!("spend-{}", call.now().micros());
        call.post(&id, &[transfer(account("a"), account("b"), amount)]).unwrap().unwrap();
        call
    };
    let calls = [spend(4), spend(4), spend(4)];
    let results: Vec<_> = calls.into_iter().map(|call| world.commit(call)).collect();
    assert!(results[0].is_ok() && results[1].is_ok());
    assert!(matches!(results[2], Err(CommitError::Conflict)), "it no longer fits");
    let mut poor = world.begin();
    assert_eq!(
        poor.post("x", &[transfer(account("a"), account("b"), 3)]).unwrap(),
        Err(Refusal::Insufficient)
    );
    poor.put("plain", "refused", "{}").unwrap();
    give(world, "a", 5);
    assert!(matches!(world.commit(poor), Err(CommitError::Conflict)), "a refusal is validated");
    world.check();
}

fn hold(call: &mut Transaction, id: &str, maximum: i64, seconds: i64) -> Result<(), Refusal> {
    let request = HoldRequest {
        id: id.into(),
        payer: account("a"),
        payee: account("shop"),
        maximum,
        commission: 500,
        commission_to: account("platform:commission"),
        expires_at: call.now().plus_seconds(seconds),
        memo: "booking".into(),
    };
    call.hold(request).unwrap()
}

/// See the name.
pub fn a_hold_is_captured_once_less_commission(world: &World) {
    give(world, "a", 1_000);
    world.run(|call| {
        assert_eq!(hold(call, "h1", 1_001, 3_600), Err(Refusal::Insufficient));
        assert_eq!(hold(call, "h1", 800, 3_600), Ok(()));
        assert_eq!(hold(call, "h2", 300, 3_600), Err(Refusal::Insufficient), "held money is spoken for");
    });
    assert_eq!(balance(world, "a"), 200);
    world.run(|call| {
        assert_eq!(call.capture("c0", "h1", 801).unwrap(), Err(Refusal::AboveMaximum));
        assert_eq!(call.capture("c1", "h1", 500).unwrap(), Ok(()));
        assert_eq!(call.capture("c2", "h1", 100).unwrap(), Err(Refusal::HoldClosed));
        assert_eq!(call.capture("c3", "none", 100).unwrap(), Err(Refusal::UnknownHold));
    });
    let state = world.begin().hold_of("h1").unwrap().unwrap();
    assert_eq!((state.status, state.captured), (HoldStatus::Captured, 500));
    let after = (balance(world, "a"), balance(world, "shop"), balance(world, "platform:commission"));
    assert_eq!(after, (500, 475, 25));
    assert_eq!(
        Delivery::next_due(&*world.store.snapshot(world.home).unwrap()).unwrap(),
        None,
        "no timer is left"
    );
    world.check();
}

/// See the name.
pub fn a_refund_gives_the_commission_back_in_proportion(world: &World) {
    give(world, "a", 1_000);
    world.run(|call| {
        hold(call, "h", 800, 3_600).unwrap();
        assert_eq!(call.refund("r", "h", 1).unwrap(), Err(Refusal::NotAllowed), "nothing was captured");
        call.capture("c", "h", 500).unwrap().unwrap();
        assert_eq!(call.refund("r", "none", 1).unwrap(), Err(Refusal::UnknownHold));
        assert_eq!(call.refund("r", "h", 501).unwrap(), Err(Refusal::AboveMaximum));
    });
    let balances = || (balance(world, "a"), balance(world, "shop"), balance(world, "platform:commission"));
    assert_eq!(balances(), (500, 475, 25));
    world.run(|call| assert_eq!(call.refund("r1", "h", 99).unwrap(), Ok(())));
    // 25 of 500 is 4.95 of 99, rounded down.
    assert_eq!(balances(), (599, 475 - 95, 25 - 4));
    let (first, second) = (world.begin(), world.begin());
    let [first, second] = [first, second].map(|mut call| {
        let id = format!("r-{}", call.now().micros());
        assert_eq!(call.refund(&id, "h", 401).unwrap(), Ok(()));
        call
    });
    world.commit(first).unwrap();
    assert!(matches!(world.commit(second), Err(CommitError::Conflict)), "it is given back once");
    assert_eq!(balances(), (1_000, 0, 0));
    world.run(|call| assert_eq!(call.refund("r4", "h", 1).unwrap(), Err(Refusal::AboveMaximum)));
    let state = world.begin().hold_of("h").unwrap().unwrap();
    assert_eq!((state.status, state.captured, state.refunded), (HoldStatus::Captured, 500, 500));
    world.check();
}

/// See the name: any amount, commission and way to cut it.
pub fn refunds_give_back_what_was_captured_and_no_more(world: &World) {
    use proptest::prelude::*;
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    let cuts = proptest::collection::vec(1_i64..400, 1..8);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let outcome = runner.run(&(1_i64..1_000, 0_u32..=10_000, cuts), |(captured, commission, cuts)| {
        let payer = format!("payer-{}", world.tick().micros());
        let (shop, platform) = (format!("shop-of-{payer}"), format!("platform-of-{payer}"));
        give(world, &payer, captured);
        world.run(|call| {
            let request = HoldRequest {
                id: payer.clone(),
                payer: account(&payer),
                payee: account(&shop),
                maximum: captured,
                commission,
                commission_to: account(&platform),
                expires_at: call.now().plus_seconds(60),
                memo: String::new(),
            };
            call.hold(request).unwrap().unwrap();
            call.capture(&format!("{payer}-c"), &payer, captured).unwrap().unwrap();
        });
        let taken = balance(world, &platform);
        let mut left = captured;
        for (number, cut) in cuts.into_iter().chain([1_000]).enumerate() {
            // The last one takes what is left.
            let amount = if cut == 1_000 { left.max(1) } else { cut };
            let refunded =
                world.run(|call| call.refund(&format!("{payer}-{number}"), &payer, amount).unwrap());
            if amount > left {
                prop_assert_eq!(refunded, Err(Refusal::AboveMaximum));
                continue;
            }
            prop_assert_eq!(refunded, Ok(()));
            left -= amount;
            let back = taken - balance(world, &platform);
            prop_assert_eq!(back, taken * (captured - left) / captured, "in proportion, rounded down");
            prop_assert_eq!(balance(world, &payer), captured - left);
            prop_assert_eq!(balance(world, &shop), captured - taken - (captured - left - back));
        }
        prop_assert_eq!(left, 0);
        prop_assert_eq!((balance(world, &shop), balance(world, &platform)), (0, 0));
        Ok(())
    });
    outcome.expect("what is given back is what was taken");
    world.check();
}

/// See the name.
pub fn a_refund_takes_nothing_that_is_not_there(world: &World) {
    give(world, "a", 1_000);
    world.run(|call| {
        hold(call, "h", 500, 3_600).unwrap();
        call.capture("c", "h", 500).unwrap().unwrap();
        // The shop has spent most of it since.
        call.post("s", &[transfer(account("shop"), account("b"), 400)]).unwrap().unwrap();
    });
    let mut refused = world.begin();
    assert_eq!(refused.refund("r", "h", 100).unwrap(), Err(Refusal::Insufficient));
    assert_eq!(refused.balance(&account("a")).unwrap(), 500, "nothing of it stays");
    refused.put("plain", "refused", "{}").unwrap();
    world.run(|call| {
        assert_eq!(call.refund("r1", "h", 78).unwrap(), Ok(()), "75 of the shop's, 3 of commission")
    });
    assert!(matches!(world.commit(refused), Err(CommitError::Conflict)), "a refusal is validated");
    world.run(|call| assert_eq!(call.refund("r2", "h", 422).unwrap(), Err(Refusal::Insufficient)));
    assert_eq!((balance(world, "shop"), balance(world, "platform:commission")), (0, 22));
    world.check();
}

/// See the name.
pub fn a_hold_is_released_once(world: &World) {
    give(world, "a", 1_000);
    world.run(|call| hold(call, "h", 800, 3_600).unwrap());
    let (mut first, mut second) = (world.begin(), world.begin());
    assert_eq!(first.release("h").unwrap(), Ok(()));
    assert_eq!(second.capture("c", "h", 1).unwrap(), Ok(()));
    world.commit(first).unwrap();
    assert!(matches!(world.commit(second), Err(CommitError::Conflict)));
    world.run(|call| assert_eq!(call.release("h").unwrap(), Err(Refusal::HoldClosed)));
    assert_eq!((balance(world, "a"), balance(world, "shop")), (1_000, 0));
    world.check();
}

/// See the name.
pub fn a_hold_expires_by_now(world: &World) {
    give(world, "a", 1_000);
    let expires = world.run(|call| {
        hold(call, "h", 800, 60).unwrap();
        call.now().plus_seconds(60)
    });
    let late = |now| world.begin_at(world.home, now, Mode::Write);
    let mut early = late(expires.plus_micros(-1));
    early.expire("h").unwrap();
    assert_eq!(early.hold_of("h").unwrap().unwrap().status, HoldStatus::Open);
    let mut call = late(expires);
    assert_eq!(call.capture("c", "h", 1).unwrap(), Err(Refusal::HoldClosed), "before any timer ran");
    let due = Delivery::due(&*world.store.snapshot(world.home).unwrap(), expires, 10).unwrap();
    assert_eq!(
        due.iter().map(|(_, d)| (d.name.as_str(), d.content.as_str())).collect::<Vec<_>>(),
        [(Delivery::HOLD_EXPIRED, "h")]
    );
    call.expire("h").unwrap();
    world.commit(call).unwrap();
    assert_eq!(balance(world, "a"), 1_000);
    world.check();
}

/// See the name.
pub fn balances_as_of_a_past_moment(world: &World) {
    let first = give(world, "a", 10);
    let second = give(world, "a", 5);
    let mut call = world.begin();
    let mut at = |moment: Timestamp| call.balance_at(&account("a"), moment).unwrap();
    assert_eq!(at(first.plus_micros(-1)), 0);
    assert_eq!(at(first), 10);
    assert_eq!(at(second.plus_micros(-1)), 10);
    assert_eq!(at(second), 15);
}

/// See the name.
pub fn statements_are_paged_newest_first(world: &World) {
    for amount in 1..=7 {
        give(world, "a", amount);
    }
    let mut call = world.begin();
    let first = call.entries(&account("a"), 3, None).unwrap();
    assert_eq!(
        first.entries.iter().map(|e| (e.amount, e.balance)).collect::<Vec<_>>(),
        [(7, 28), (6, 21), (5, 15)]
    );
    let second = call.entries(&account("a"), 4, first.next.as_deref()).unwrap();
    assert_eq!(second.entries.iter().map(|e| e.amount).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(second.next, None);
    assert!(matches!(call.entries(&account("a"), 4, Some("AAAA")), Err(ScanError::CursorInvalid)));
}
