//! Collections over time: indexes that are gained, and documents that go.

use std::sync::Arc;

use linli_contract::Index;

use super::world::{World, audit, descriptor, thing};
use crate::commit::{Commit, Row};
use crate::filling::{FillBatch, Filling};
use crate::key::Partition;
use crate::layout::Layout;
use crate::retention::{Expired, commit_time, last_commit_at};
use crate::transaction::{Fault, Mode, Range, Transaction};

fn ids(call: &mut Transaction, index: &str) -> Vec<String> {
    let page = call.scan("thing", Some(index), &Range::default(), 1_000, None).unwrap();
    page.documents.into_iter().map(|(id, _)| id).collect()
}

/// A commit of the platform's own.
fn write(world: &World, partition: Partition, change: impl FnOnce(&mut Commit)) -> bool {
    let call = world.begin_at(partition, world.tick(), Mode::Write);
    let mut commit = call.into_commit(None, false, vec![]);
    change(&mut commit);
    world.send(commit).is_ok()
}

fn mark(world: &World, fillings: &[Filling], filled: bool) {
    let rows: Vec<Row> = fillings.iter().map(|filling| filling.row(filled).unwrap()).collect();
    assert!(write(world, Partition::Platform, |commit| commit.writes = rows));
}

/// See the name.
pub fn an_index_gained_later_is_filled(world: &World) {
    for number in 0..10 {
        world.run(|call| call.put("thing", &format!("t{number}"), &thing("o", 10 - number)).unwrap());
    }
    let mut later = descriptor("things");
    later.collections[0]
        .indexes
        .push(Index { name: "by_both".into(), fields: vec!["/rank".into(), "/owner".into()] });
    assert_eq!(Filling::needed(&*world.store, &descriptor("things")).unwrap(), []);
    assert_eq!(Filling::needed(&*world.store, &descriptor("others")).unwrap(), [], "nothing is there yet");
    let needed = Filling::needed(&*world.store, &later).unwrap();
    assert_eq!(needed.len(), 1);
    mark(world, &needed, false);
    let layout = Arc::new(Layout::open(&*world.store, &later).unwrap());
    world.check();
    // The earlier version keeps up what it does not know, and cannot read it.
    let earlier = Arc::new(Layout::open(&*world.store, &descriptor("things")).unwrap());
    let begin = |layout: &Arc<Layout>, mode| {
        let snapshot = world.store.snapshot(world.home).unwrap();
        Transaction::begin(world.home, layout.clone(), snapshot, world.tick(), mode).unwrap()
    };
    let mut call = begin(&earlier, Mode::Write);
    call.put("thing", "t3", &thing("o", 0)).unwrap();
    let refused = call.scan("thing", Some("by_both"), &Range::default(), 1, None);
    assert!(matches!(refused, Err(crate::transaction::ScanError::Fault(Fault::Undeclared(_)))));
    world.commit(call).unwrap();
    let collection = layout.collection("thing").unwrap();
    let (mut after, mut batches) = (None, 0);
    loop {
        let snapshot = world.store.snapshot(world.home).unwrap();
        let base = snapshot.head().unwrap().seq;
        let batch = FillBatch::read(&*snapshot, collection, after.as_ref(), 3).unwrap();
        if batches == 1 {
            // Written in between: the batch is made of what is no longer so.
            let mut call = begin(&earlier, Mode::Write);
            call.put("thing", "t4", &thing("o", 99)).unwrap();
            world.commit(call).unwrap();
            batches += 1;
            let stale = |commit: &mut Commit| {
                (commit.base, commit.reads, commit.writes) = (base, batch.reads, batch.writes);
            };
            assert!(!write(world, world.home, stale));
            continue;
        }
        let (reads, writes) = (batch.reads, batch.writes);
        assert!(write(world, world.home, |commit| (commit.base, commit.reads, commit.writes) =
            (base, reads, writes)));
        batches += 1;
        after = batch.next;
        if after.is_none() {
            break;
        }
    }
    let left = Filling::needed(&*world.store, &later).unwrap();
    assert_eq!(left, needed, "until it is said to be done, the next start looks again");
    mark(world, &needed, true);
    assert_eq!(Filling::needed(&*world.store, &later).unwrap(), []);
    let mut call = begin(&layout, Mode::Read);
    assert_eq!(ids(&mut call, "by_both"), ["t3", "t9", "t8", "t7", "t6", "t5", "t2", "t1", "t0", "t4"]);
    world.check();
}

/// See the name.
pub fn an_index_that_was_not_filled_is_found(world: &World) {
    world.run(|call| call.put("thing", "t", &thing("o", 1)).unwrap());
    let mut later = descriptor("things");
    later.collections[0]
        .indexes
        .push(Index { name: "by_both".into(), fields: vec!["/rank".into(), "/owner".into()] });
    Layout::open(&*world.store, &later).unwrap();
    let found = crate::verify(&*world.store).unwrap();
    assert_eq!(found.len(), 1, "nobody said that it is being filled: {found:?}");
    assert_eq!(found[0].rule, "indexes");
}

/// See the name.
pub fn documents_are_told_by_when_they_were_written_last(world: &World) {
    let put = |id: &str, rank| {
        world.run(|call| {
            call.put("thing", id, &thing("o", rank)).unwrap();
            call.now()
        })
    };
    let first = put("a", 1);
    put("b", 2);
    let third = put("c", 3);
    let last = put("a", 4);
    let snapshot = || world.store.snapshot(world.home).unwrap();
    let read = |moment, after: Option<&_>, limit| {
        let last = last_commit_at(&*snapshot(), moment).unwrap();
        Expired::read(&*snapshot(), world.things.collection("thing").unwrap(), last, after, limit).unwrap()
    };
    assert_eq!(last_commit_at(&*snapshot(), first.plus_micros(-1)).unwrap(), 0);
    let seqs = [first, third, last].map(|moment| last_commit_at(&*snapshot(), moment).unwrap());
    assert_eq!(seqs, [1, 3, 4]);
    assert_eq!(commit_time(&*snapshot(), 3).unwrap(), Some(third));
    assert!(read(first, None, 10).writes.is_empty(), "it was written again since");
    let expired = read(third, None, 10);
    assert_eq!((expired.reads.keys.len(), expired.writes.len(), expired.oldest), (2, 6, Some(4)));
    let page = read(third, None, 2);
    assert_eq!((page.reads.keys.len(), page.oldest), (1, Some(4)));
    let rest = read(third, page.next.as_ref(), 2);
    assert_eq!((rest.reads.keys.len(), rest.oldest, rest.next), (1, None, None));
    // One that is written before it goes stays.
    let base = snapshot().head().unwrap().seq;
    put("b", 5);
    let delete = |expired: Expired| {
        write(world, world.home, |commit| {
            (commit.base, commit.reads, commit.writes) = (base, expired.reads, expired.writes);
            commit.audit = vec![audit("ok")];
        })
    };
    assert!(!delete(expired));
    assert!(delete(read(third, None, 10)));
    assert_eq!(ids(&mut world.begin(), "by_rank"), ["a", "b"]);
    world.check();
}
