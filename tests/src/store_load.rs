//! What `store-writer` writes, and what must be found of it: one document, one portion and one point by each commit,
//! all of them or none.

use std::sync::Arc;

use linli_contract::Community;
use linli_store::conformance::World;
use linli_store::{Account, Partition, Store, StoreError, Transfer};

/// Writers at once. Two of them share a community, so that their commits meet.
pub const LANES: usize = 4;
/// Portions there are: more than any test takes.
const PORTIONS: i64 = 1_000_000;
/// Reads of one call, far enough below the limit of the contract.
const READS: usize = 1_000;

/// One writer's commits in its community.
pub struct Lane {
    /// Which.
    pub number: usize,
    world: World,
}

impl Lane {
    /// Makes what its commits need; one lane at a time.
    ///
    /// # Panics
    /// When the store fails.
    pub fn open(store: Arc<dyn Store>, number: usize) -> Self {
        let mut world = World::new(store);
        let code = 330_105_001_001 + (number as u64 / 2);
        world.home = Partition::Community(Community::from_code(code).unwrap());
        let lane = Self { number, world };
        if lane.world.begin().stock_level("portions").unwrap().is_none() {
            lane.world.run(|call| call.stock_open("portions", PORTIONS).unwrap());
        }
        lane
    }

    fn id(&self, word: &str, number: usize) -> String {
        format!("{word}-{}-{number}", self.number)
    }

    /// One commit, durable when it returns.
    ///
    /// # Panics
    /// When the store refuses it: nothing in it conflicts.
    pub fn commit(&self, word: &str, number: usize) {
        let account = |owner: &str, floor| Account { book: "points".into(), owner: owner.to_owned(), floor };
        let transfer = Transfer {
            debit: account("fund", -PORTIONS),
            credit: account("eater", 0),
            amount: 1,
            memo: String::new(),
        };
        self.world.run(|call| {
            let id = self.id(word, number);
            call.put("thing", &id, &format!(r#"{{"owner":"{word}","rank":{number}}}"#)).unwrap();
            assert!(call.stock_take("portions", 1).unwrap());
            call.post(&id, &[transfer]).unwrap().unwrap();
        });
    }

    /// How many commits of this word are there, from the first on.
    ///
    /// # Errors
    /// When one is there and one before it is not, or when the store fails.
    pub fn found(&self, word: &str) -> Result<usize, String> {
        let mut found = 0;
        loop {
            let mut call = self.world.begin();
            let first = found;
            let mut there = |number| {
                let document = call.get("thing", &self.id(word, number));
                document.map(|document| document.is_some()).map_err(|fault| fault.to_string())
            };
            while found < first + READS && there(found)? {
                found += 1;
            }
            if found < first + READS {
                let gap = there(found + 1)?;
                return if gap {
                    Err(format!("lane {}: {found} is missing", self.number))
                } else {
                    Ok(found)
                };
            }
        }
    }
}

/// Asserts that portions and points tell of as many commits as documents, in the community of these lanes.
///
/// # Errors
/// When the store fails.
///
/// # Panics
/// When they do not.
pub fn check_sums(lanes: &[Lane], commits: usize) -> Result<(), StoreError> {
    let commits = i64::try_from(commits).unwrap();
    let mut call = lanes[0].world.begin();
    let level = call.stock_level("portions").unwrap().unwrap();
    assert_eq!(level.available, PORTIONS - commits, "portions");
    let eater = Account { book: "points".into(), owner: "eater".into(), floor: 0 };
    assert_eq!(call.balance(&eater).unwrap(), commits, "points");
    assert_eq!(linli_store::verify(&*lanes[0].world.store)?, []);
    Ok(())
}
