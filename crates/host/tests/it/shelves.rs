//! Collections over time: an index that a new version gains, and documents whose time is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use linli_contract::Community;
use linli_host::{CallRequest, LoadError, ManualClock, MasterKey, Platform, PlatformConfig, Trust};
use linli_store::{
    Commit, CommitError, Kind, Oracle, Partition, Pending, Snapshot, Space, Store, StoreError, verify,
};
use serde_json::{Value as Json, json};

use crate::world::{World, guest, morning, request};

fn book(id: usize, rank: i64) -> CallRequest {
    request("shelf", "put_book", json!({ "id": format!("b{id:04}"), "rank": rank }))
}

async fn ranks(world: &World) -> Vec<i64> {
    let books = world.ok(request("shelf", "list_books", json!({}))).await;
    books["items"].as_array().unwrap().iter().map(|book| book["rank"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_version_with_a_new_index_finds_what_was_there_before() {
    let world = World::with(&[("shelf", Trust::Core)]).await;
    for number in 0..20 {
        world.ok(book(number, 100 - number as i64)).await;
    }
    assert_eq!(world.rows(Kind::Index), 0);
    world.platform.load(&guest("shelf-indexed"), Trust::Core).await.unwrap();
    let found = ranks(&world).await;
    assert_eq!(found, (81..=100).collect::<Vec<_>>(), "in the order of the index");
    // Version 1 again, as after a roll-back: it keeps up an index that it does not know.
    world.platform.load(&guest("shelf"), Trust::Core).await.unwrap();
    world.ok(book(0, 7)).await;
    world.ok(book(20, 200)).await;
    assert_eq!(verify(&*world.store).unwrap(), []);
    world.platform.load(&guest("shelf-indexed"), Trust::Core).await.unwrap();
    let found = ranks(&world).await;
    assert_eq!((found.first(), found.last(), found.len()), (Some(&7), Some(&200), 21));
    assert_eq!(verify(&*world.store).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_an_index_is_filled_is_in_it() {
    let world = Arc::new(World::with(&[("shelf", Trust::Core)]).await);
    for number in 0..1_200 {
        world.ok(book(number, 1)).await;
    }
    let writing = {
        let world = world.clone();
        tokio::spawn(async move {
            for round in 0..400_usize {
                // The same ones again and again, and new ones.
                world.ok(book(round * 3, 2)).await;
                world.ok(book(2_000 + round, 3)).await;
            }
        })
    };
    world.platform.load(&guest("shelf-indexed"), Trust::Core).await.unwrap();
    writing.await.unwrap();
    assert_eq!(world.rows(Kind::Index), 1_600);
    assert_eq!(verify(&*world.store).unwrap(), []);
}

/// A store that fails after so many commits, as if the process had ended there.
struct Mortal {
    store: Arc<Oracle>,
    commits: AtomicUsize,
}

impl Store for Mortal {
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

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.store.pending(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        let left =
            self.commits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_err() {
            return Err(StoreError::Closed.into());
        }
        self.store.commit(commit)
    }
}

#[tokio::test]
async fn a_filling_that_is_cut_off_goes_on_at_the_next_start() {
    let world = World::with(&[("shelf", Trust::Core)]).await;
    let communities = [330_105_001_001, 330_105_001_002, 330_105_002_001];
    for code in communities {
        let community = Community::from_code(code).unwrap();
        for number in 0..1_100 {
            world.ok(CallRequest { community, ..book(number, number as i64) }).await;
        }
    }
    let (store, clock) = (world.store.clone(), world.clock.clone());
    drop(world);
    let mut ends = 0;
    for commits in 0.. {
        let mortal = Arc::new(Mortal { store: store.clone(), commits: AtomicUsize::new(commits) });
        let platform = start(mortal, &clock);
        let Ok(platform) = platform else { continue };
        let loaded = platform.load(&guest("shelf-indexed"), Trust::Core).await;
        assert_eq!(verify(&*store).unwrap(), [], "after {commits} commits nothing is wrong at rest");
        match loaded {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, LoadError::Store(_)), "{error}"),
        }
        ends += 1;
    }
    assert!(ends >= 3, "it was cut off {ends} times");
    let rows = |code: u64| {
        let rows = store.rows(Partition::Community(Community::from_code(code).unwrap()));
        rows.iter().filter(|(key, _)| key.first() == Some(&(Kind::Index as u8))).count()
    };
    assert_eq!(communities.map(rows), [1_100; 3]);
    let left = store.rows(Partition::Platform);
    assert!(
        !left.iter().any(|(key, _)| key.first() == Some(&(Kind::Filling as u8))),
        "nothing is left to do"
    );
}

fn start(store: Arc<Mortal>, clock: &Arc<ManualClock>) -> Result<Arc<Platform>, linli_host::PlatformError> {
    Platform::new(PlatformConfig::new(clock.clone()), store, MasterKey::new([7; 32]))
}

#[tokio::test]
async fn documents_go_when_they_were_not_written_for_as_long_as_they_are_kept() {
    let world = World::with(&[("shelf-indexed", Trust::Core)]).await;
    let day = |days: u64, hours: u64| Duration::from_secs(days * 86_400 + hours * 3_600);
    let after = async |days: u64, hours: u64| {
        world.clock.set(morning().plus_seconds(day(days, hours).as_secs() as i64));
        world.platform.deliver_due().await;
        ranks(&world).await
    };
    for number in 0..1_300 {
        world.ok(book(number, 1)).await;
    }
    assert_eq!(after(20, 0).await.len(), 1_000, "a page of them");
    world.ok(book(5, 500)).await;
    world.ok(book(2_000, 600)).await;
    assert_eq!(after(29, 23).await.len(), 1_000);
    assert_eq!(after(30, 1).await, [500, 600], "at most an hour late, and only what nobody touched");
    assert_eq!(world.rows(Kind::Index), 2);
    assert_eq!(after(49, 23).await, [500, 600]);
    assert_eq!(after(50, 1).await, Vec::<i64>::new());
    assert_eq!((world.rows(Kind::Index), world.rows(Kind::Record)), (0, 0));
    world.ok(book(1, 1)).await;
    assert_eq!(after(80, 0).await, [1]);
    assert_eq!(verify(&*world.store).unwrap(), []);
}

#[tokio::test]
async fn what_has_no_time_stays() {
    let world = World::with(&[("notebook", Trust::Core)]).await;
    world.ok(crate::world::note("for ever")).await;
    world.clock.set(morning().plus_seconds(10 * 365 * 86_400));
    world.platform.deliver_due().await;
    let notes: Json = world.ok(request("notebook", "list_notes", json!({}))).await;
    assert_eq!(notes["items"].as_array().unwrap().len(), 1);
}
