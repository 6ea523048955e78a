//! A function is opened in one read transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use linli_calls::{ManualClock, MasterKey};
use linli_contract::{Descriptor, Text, Timestamp};
use linli_spin_store::Instance;
use linli_spin_store::configuration::Configuration;
use linli_store::{
    Commit, CommitError, Oracle, Partition, Pending, Read, Snapshot, Space, Store, StoreError, Versioned,
    Visit,
};

/// Counts the snapshots that were begun while none was open: where one is, a store of rows reads in its transaction.
#[derive(Default)]
struct Counted {
    oracle: Oracle,
    open: Arc<AtomicUsize>,
    transactions: AtomicUsize,
}

struct Open(Box<dyn Snapshot>, Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Read for Open {
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

impl Snapshot for Open {}

impl Store for Counted {
    fn space(&self, name: &str) -> Result<Space, StoreError> {
        self.oracle.space(name)
    }

    fn spaces(&self) -> Result<Vec<(Space, String)>, StoreError> {
        self.oracle.spaces()
    }

    fn partitions(&self) -> Result<Vec<Partition>, StoreError> {
        self.oracle.partitions()
    }

    fn snapshot(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        let snapshot = self.oracle.snapshot(partition)?;
        if self.open.fetch_add(1, Ordering::Relaxed) == 0 {
            self.transactions.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Box::new(Open(snapshot, self.open.clone())))
    }

    fn pending(&self, partition: Partition) -> Result<Box<dyn Snapshot>, StoreError> {
        self.snapshot(partition)
    }

    fn commit(&self, commit: Commit) -> Result<Pending, CommitError> {
        self.oracle.commit(commit)
    }
}

#[test]
fn a_function_is_opened_in_one_read_transaction() {
    let store = Arc::new(Counted::default());
    let descriptor = Descriptor {
        name: "notes".parse().expect("a name"),
        version: "1.0.0".to_owned(),
        title: Text::new("记事", "Notes"),
        operations: vec![],
        collections: vec![],
        publishes: vec![],
        subscribes: vec![],
        settings: vec![],
        accounts: vec![],
        permissions: vec![],
    };
    let open = || {
        let configuration = Configuration {
            master: MasterKey::new([7; 32]),
            settings: Default::default(),
            signatures: Default::default(),
            outbound: Default::default(),
            grant: None,
        };
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_777_600_000_000_000)));
        let opened = Instance::open(store.clone(), clock, configuration, descriptor.clone());
        drop(opened.expect("a function"));
        (store.transactions.swap(0, Ordering::Relaxed), store.open.load(Ordering::Relaxed))
    };
    open();
    assert_eq!(open(), (1, 0), "one, and it has ended");
}
