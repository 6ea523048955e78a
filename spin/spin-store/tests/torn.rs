//! A call that was shown two states of the database counts for nothing and is run again.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{World, note, put, reply, request};
use linli_contract::{Answer, Problem};
use linli_spin_store::{Begun, CallFailure, Ended};
use linli_store::{
    About, Commit, CommitError, Oracle, Partition, Pending, Read, Snapshot, Space, Store, StoreError,
    Versioned, Visit,
};

/// The oracle, whose next snapshots of calls turn out not to be of one state.
struct Tears {
    store: Oracle,
    next: AtomicU32,
}

struct Torn(Box<dyn Snapshot>);

impl Read for Torn {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        self.0.get(key)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        self.0.range(start, end, descending, visit)
    }
}

impl Snapshot for Torn {
    fn is_whole(&self) -> bool {
        false
    }
}

impl Store for Tears {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        self.store.space(name)
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        self.store.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.store.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.snapshot(partition)
    }

    fn snapshot_about(
        &self,
        partition: Partition,
        about: &About<'_>,
    ) -> Result<Box<dyn Snapshot>, StoreError> {
        assert!(about.may_run_again);
        let snapshot = self.store.snapshot(partition)?;
        if partition == Partition::Platform {
            return Ok(snapshot);
        }
        let torn = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        Ok(if torn.is_ok() { Box::new(Torn(snapshot)) } else { snapshot })
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.pending(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        self.store.commit(commit)
    }
}

fn tears(next: u32) -> (Arc<Tears>, World) {
    let tears = Arc::new(Tears { store: Oracle::new(), next: AtomicU32::new(next) });
    (tears.clone(), World::on(tears))
}

#[test]
fn what_a_command_or_a_query_says_of_two_states_is_not_answered() {
    let refusal = || Answer::Problem(Problem::conflict("no", "不行。", "No."));
    for (operation, answer) in [("write", reply("done")), ("write", refusal()), ("read", reply("seen"))] {
        let (_, world) = tears(1);
        let instance = world.open("notes", None);
        for expected in [Ended::Again, Ended::Answered { answer: answer.clone(), due: false }] {
            assert_eq!(instance.begin(&request(operation, "a")), Ok(Begun::Run));
            if operation == "write" {
                instance.in_run(put("one")).expect("it writes");
            }
            assert_eq!(instance.commit(answer.clone()), Ok(expected));
        }
        assert_eq!(note(&instance).is_some(), answer == reply("done"));
    }
}

#[test]
fn there_is_an_end_to_running_again() {
    let (tears, world) = tears(u32::MAX);
    let instance = world.open("notes", None);
    let ended = std::iter::repeat_with(|| {
        instance.begin(&request("write", "a")).expect("it begins");
        instance.in_run(put("one")).expect("it writes");
        instance.commit(reply("done"))
    });
    let ended: Vec<_> = ended.take(12).collect();
    let (last, before) = ended.split_last().expect("there are twelve");
    assert!(before.iter().all(|ended| *ended == Ok(Ended::Again)));
    assert_eq!(*last, Err(CallFailure::Unavailable), "it counts for nothing as the others did");
    tears.next.store(0, Ordering::Relaxed);
    assert_eq!(note(&instance), None);
}
