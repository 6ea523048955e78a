//! Functions that share a database: the store's oracle, which each has to itself.
#![allow(dead_code, reason = "each test file takes what it needs")]

pub mod counted;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use counted::Counted;
use linli_calls::imports::records;
use linli_calls::{Directory, ManualClock, MasterKey, PersonRecord, Run, Trap};
use linli_contract::{
    Answer, Attribute, Collection, Content, Descriptor, EventDeclaration, Identity, Method, Operation,
    OperationKind, Permission, Reply, Role, Status, Subscription, Text, Timestamp,
};
use linli_spin_store::configuration::Configuration;
use linli_spin_store::{Begun, CallRequest, Instance};
use linli_store::{Oracle, Store};

pub const COMMUNITY: &str = "330105001001";

fn operation(name: &str, kind: OperationKind) -> Operation {
    Operation {
        name: name.to_owned(),
        kind,
        method: if kind == OperationKind::Query { Method::Get } else { Method::Post },
        path: format!("/{name}"),
        roles: vec![Role::Resident],
        title: Text::new("操作", "Operation"),
        input: "{}".to_owned(),
        output: String::new(),
        joined_by: vec![],
    }
}

pub fn descriptor(name: &str, hears: Option<&str>) -> Descriptor {
    let collection =
        Collection { name: "notes".to_owned(), indexes: vec![], personal: vec![], keep_days: None };
    let name_of_people = Permission::People {
        attributes: vec![Attribute::Name],
        purpose: Text::new("称呼", "To address people"),
    };
    let subscription =
        |publisher: &str| Subscription { publisher: publisher.to_owned(), name: "note.written".to_owned() };
    Descriptor {
        name: name.parse().expect("a name"),
        version: "1.0.0".to_owned(),
        title: Text::new("记事", "Notes"),
        operations: vec![
            operation("write", OperationKind::Command),
            operation("read", OperationKind::Query),
            operation("send", OperationKind::Task),
        ],
        collections: vec![collection],
        publishes: vec![EventDeclaration { name: "note.written".to_owned(), schema: "{}".to_owned() }],
        subscribes: hears.map(subscription).into_iter().collect(),
        settings: vec![],
        accounts: vec![],
        permissions: vec![name_of_people],
    }
}

pub struct World {
    pub store: Arc<dyn Store>,
    pub clock: Arc<ManualClock>,
    /// Calls that may be run again and are to see two states yet.
    pub tears: Arc<AtomicU32>,
}

impl World {
    pub fn new() -> Self {
        Self::on(Arc::new(Oracle::new()))
    }

    pub fn on(store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_777_600_000_000_000)));
        let world = Self { store, clock, tears: Arc::default() };
        let person = PersonRecord {
            id: "wang".to_owned(),
            roles: vec![Role::Resident],
            community: COMMUNITY.parse().expect("a community"),
            name: "王秀英".to_owned(),
            phone: None,
            birth_date: None,
            citizen_number: None,
            address: None,
            grid: None,
        };
        let directory = Directory::open(world.store.clone(), world.clock.clone(), 0).expect("a directory");
        futures(directory.import(&[person], &[])).expect("an import");
        world
    }

    pub fn open(&self, name: &str, hears: Option<&str>) -> Arc<Instance> {
        self.open_as(descriptor(name, hears))
    }

    pub fn open_as(&self, descriptor: Descriptor) -> Arc<Instance> {
        let store = Arc::new(Counted::over(self.store.clone(), self.tears.clone()));
        let opened = Instance::open(store, self.clock.clone(), configuration(), descriptor);
        opened.expect("a function")
    }
}

/// Nothing but what must be.
pub fn configuration() -> Configuration {
    Configuration {
        master: MasterKey::new([7; 32]),
        settings: Default::default(),
        signatures: Default::default(),
        outbound: Default::default(),
        grant: None,
    }
}

/// The oracle is durable at once.
fn futures<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => done,
        std::task::Poll::Pending => panic!("nothing waits here"),
    }
}

pub fn request(operation: &str, id: &str) -> CallRequest {
    CallRequest {
        operation: operation.to_owned(),
        community: COMMUNITY.parse().expect("a community"),
        identity: Identity {
            subject: Some("wang".to_owned()),
            roles: vec![Role::Resident],
            area: COMMUNITY.parse().ok(),
            ..Identity::default()
        },
        idempotency: None,
        request_id: id.to_owned(),
        words: vec![],
    }
}

pub fn reply(text: &str) -> Answer {
    let content = Content::Json(format!("{text:?}"));
    Answer::Reply(Reply { status: Status::Ok, content, next: None })
}

pub fn put(text: &str) -> impl FnOnce(&mut Run) -> Result<(), Trap> {
    let content = format!("{{\"text\":{text:?}}}");
    move |run| records::put(run, "notes", "1", &content)
}

pub fn note(instance: &Arc<Instance>) -> Option<String> {
    assert_eq!(instance.begin(&request("read", "look")), Ok(Begun::Run));
    let found = instance.in_run(|run| records::get(run, "notes", "1")).expect("readable");
    assert!(instance.commit(reply("looked")).is_ok());
    found
}
