//! Whether what was read still stands: said only when it is so.

use super::world::{World, thing};
use crate::commit::ReadSet;
use crate::encoding::IndexValue;
use crate::ledger::Account;
use crate::store::Unchanged;
use crate::transaction::{Range, Transaction, Transfer};

type Step = fn(&mut Transaction);

/// What is read, and what is written to it afterwards.
const TOUCHED: [(&str, Step, Step); 9] = [
    ("a document", |call| drop(call.get("thing", "a").unwrap()), |call| put(call, "a", 2)),
    (
        "a document that goes",
        |call| drop(call.get("thing", "a").unwrap()),
        |call| {
            assert!(call.delete("thing", "a").unwrap());
        },
    ),
    ("a document that is not there", |call| drop(call.get("thing", "b").unwrap()), |call| put(call, "b", 1)),
    ("a range that gains one", |call| scan(call, 10), |call| put(call, "c", 3)),
    (
        "a range that loses one",
        |call| scan(call, 10),
        |call| {
            assert!(call.delete("thing", "a").unwrap());
        },
    ),
    (
        "a count",
        |call| assert!(call.count("thing", Some("by_rank"), &Range::default(), 9).unwrap() > 0),
        |call| put(call, "d", 4),
    ),
    (
        "a level",
        |call| assert!(call.stock_level("places").unwrap().is_some()),
        |call| {
            assert!(call.stock_take("places", 1).unwrap());
        },
    ),
    ("a balance", |call| assert_eq!(call.balance(&account("wang")).unwrap(), 0), pay),
    ("a statement", |call| drop(call.entries(&account("wang"), 5, None).unwrap()), pay),
];

fn put(call: &mut Transaction, id: &str, rank: i64) {
    call.put("thing", id, &thing("wang", rank)).unwrap();
}

fn scan(call: &mut Transaction, limit: u32) {
    let of_wang = Range { equals: vec![IndexValue::Text("wang".into())], ..Range::default() };
    call.scan("thing", Some("by_owner"), &of_wang, limit, None).unwrap();
}

fn account(owner: &str) -> Account {
    Account { book: "points".into(), owner: owner.into(), floor: if owner == "bank" { -100 } else { 0 } }
}

fn pay(call: &mut Transaction) {
    let (debit, credit) = (account("bank"), account("wang"));
    let transfer = Transfer { debit, credit, amount: 1, memo: String::new() };
    call.post("posting", &[transfer]).unwrap().unwrap();
}

fn furnish(world: &World) {
    world.run(|call| {
        put(call, "a", 1);
        call.stock_open("places", 5).unwrap();
    });
}

fn read(world: &World, look: Step) -> (u64, ReadSet) {
    let mut call = world.begin();
    look(&mut call);
    call.into_reads()
}

fn asked(world: &World, (base, reads): &(u64, ReadSet)) -> Option<Unchanged> {
    world.store.unchanged(world.home, *base, reads)
}

/// See the name. A store that never says so passes.
pub fn what_was_written_does_not_stand(world: &World) {
    for (number, (what, look, touch)) in TOUCHED.iter().enumerate() {
        let mut apart = World::new(world.store.clone());
        apart.home = super::world::community(&format!("3301050010{number:02}"));
        furnish(&apart);
        let seen = read(&apart, *look);
        let stood = asked(&apart, &seen);
        assert!(stood.is_none_or(|stood| stood.until == seen.0), "{what}: {stood:?}");
        apart.run(|call| call.put("plain", "elsewhere", "{}").unwrap());
        let stood = asked(&apart, &seen);
        assert!(stood.is_none_or(|stood| stood.until == seen.0 + 1), "{what}: {stood:?}");
        apart.run(touch);
        assert_eq!(asked(&apart, &seen), None, "{what}");
        // Not though it is asked from where it was last seen to stand.
        assert_eq!(asked(&apart, &(seen.0 + 1, seen.1)), None, "{what}");
    }
}

/// For stores that hear of every commit: what nobody wrote is told to stand, up to the last commit and its time. Not one
/// of the suite, since a store need not know.
pub fn what_nobody_wrote_stands(world: &World) {
    furnish(world);
    for (what, look, _) in TOUCHED {
        let seen = read(world, look);
        let at_once = asked(world, &seen).unwrap_or_else(|| panic!("{what}"));
        assert_eq!(at_once.until, seen.0, "{what}");
        let pending = world.run(|call| {
            call.put("plain", "elsewhere", "{}").unwrap();
            call.now()
        });
        let later = asked(world, &seen).unwrap_or_else(|| panic!("{what}"));
        assert_eq!((later.until, later.at), (seen.0 + 1, pending), "{what}");
        assert_eq!(asked(world, &(later.until, seen.1)), Some(later), "{what}");
    }
}
