//! A small component, a community, and calls in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use linli_contract::{Answer, Collection, Community, Descriptor, Idempotency, Index, Text, Timestamp};

use crate::audit::AuditEntry;
use crate::commit::{Commit, Row};
use crate::key::{Key, Partition};
use crate::layout::Layout;
use crate::read::{Snapshot, StoreError, Versioned};
use crate::store::{CommitError, Pending, Store};
use crate::transaction::{Mode, Transaction};

/// A store with one component `things` (collection `thing`, index `by_owner` on owner and rank, `by_rank` on rank)
/// and calls that are made by hand.
pub struct World {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// The component.
    pub things: Arc<Layout>,
    /// Where calls run unless they say otherwise.
    pub home: Partition,
    clock: AtomicI64,
}

impl World {
    /// Opens the component on an empty store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let things = Arc::new(Layout::open(&*store, &descriptor("things")).expect("an empty store opens"));
        Self { store, things, home: community("330105001001"), clock: AtomicI64::new(1_780_000_000_000_000) }
    }

    /// The next second.
    pub fn tick(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.fetch_add(1_000_000, Ordering::Relaxed))
    }

    /// Begins a command at home.
    pub fn begin(&self) -> Transaction {
        self.begin_at(self.home, self.tick(), Mode::Write)
    }

    /// Begins a call on the durable state.
    pub fn begin_at(&self, partition: Partition, now: Timestamp, mode: Mode) -> Transaction {
        let snapshot = self.store.snapshot(partition).expect("a snapshot");
        self.begin_on(partition, snapshot, now, mode)
    }

    /// Begins a call on a given snapshot.
    pub fn begin_on(
        &self,
        partition: Partition,
        snapshot: Box<dyn Snapshot>,
        now: Timestamp,
        mode: Mode,
    ) -> Transaction {
        Transaction::begin(partition, self.things.clone(), snapshot, now, mode).expect("a transaction begins")
    }

    /// Commits and waits until it is durable.
    pub fn commit(&self, call: Transaction) -> Result<Pending, CommitError> {
        self.send(call.into_commit(None, false, vec![audit("ok")]))
    }

    /// Commits with an answer kept for a key.
    pub fn answer(
        &self,
        call: Transaction,
        key: Idempotency,
        answer: Answer,
    ) -> Result<Pending, CommitError> {
        let refused = matches!(answer, Answer::Problem(_));
        self.send(call.into_commit(Some((key, answer)), refused, vec![audit("ok")]))
    }

    /// Sends a commit and waits until it is durable.
    pub fn send(&self, commit: Commit) -> Result<Pending, CommitError> {
        let mut pending = self.store.commit(commit)?;
        pollster::block_on(&mut pending.durable).map_err(CommitError::Store)?;
        Ok(pending)
    }

    /// One command that must be accepted.
    pub fn run<T>(&self, work: impl FnOnce(&mut Transaction) -> T) -> T {
        let mut call = self.begin();
        let result = work(&mut call);
        self.commit(call).expect("nothing else is running");
        result
    }

    /// Writes rows as they are, past every rule.
    pub fn force(&self, writes: Vec<Row>) {
        let mut commit = self.begin().into_commit(None, false, vec![]);
        commit.writes = writes;
        self.send(commit).expect("a blind write is accepted");
    }

    /// Every row of a partition.
    ///
    /// # Errors
    /// When the store fails.
    pub fn rows(&self, partition: Partition) -> Result<Vec<(Key, Versioned)>, StoreError> {
        let mut rows = Vec::new();
        self.store.snapshot(partition)?.range(&[0], &[0xFF], false, &mut |key, version, value| {
            rows.push((key.into(), Versioned { version, value: value.into() }));
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Asserts that nothing can be found wrong at rest.
    pub fn check(&self) {
        assert_eq!(crate::verify(&*self.store).expect("the store reads"), []);
    }
}

/// A community's partition.
pub fn community(code: &str) -> Partition {
    Partition::Community(code.parse::<Community>().expect("twelve digits"))
}

/// A descriptor of that name with the collection of [`World`].
pub fn descriptor(name: &str) -> Descriptor {
    let index = |name: &str, fields: &[&str]| Index {
        name: name.into(),
        fields: fields.iter().map(|field| (*field).into()).collect(),
    };
    let thing = Collection {
        name: "thing".into(),
        indexes: vec![index("by_owner", &["/owner", "/rank"]), index("by_rank", &["/rank"])],
        personal: vec![],
        keep_days: None,
    };
    let plain = Collection { name: "plain".into(), indexes: vec![], personal: vec![], keep_days: None };
    Descriptor {
        name: name.parse().expect("a component name"),
        version: "0.1.0".into(),
        title: Text::new("东西", "Things"),
        operations: vec![],
        collections: vec![thing, plain],
        publishes: vec![],
        subscribes: vec![],
        settings: vec![],
        accounts: vec![],
        permissions: vec![],
    }
}

/// A line for the audit log.
pub fn audit(outcome: &str) -> AuditEntry {
    AuditEntry {
        actor: None,
        acted_for: None,
        component: "things".into(),
        operation: "do_thing".into(),
        outcome: outcome.into(),
        request_id: "r".into(),
        accesses: vec![],
    }
}

/// A thing as JSON.
pub fn thing(owner: &str, rank: i64) -> String {
    format!(r#"{{"owner":"{owner}","rank":{rank}}}"#)
}
