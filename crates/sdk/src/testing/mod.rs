//! An in-memory platform for unit tests: the store's own transaction on its oracle, a clock that is set by hand, a fixed
//! seed, residents with made-up names.
//!
//! Every call goes the way it goes in production: role, input schema, handler, commit. On top of that each call is run
//! twice on the same snapshot, and both runs must want exactly the same; and every reply must meet its output schema.
//!
//! What is not here: tokens, idempotency keys, limits on time and memory (the host's own tests have those), and conflicts
//! between concurrent calls: calls come one after the other.

mod actor;
mod call;
mod outcome;
mod schemas;
mod world;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use linli_contract::{
    Answer, Caller, Community, Descriptor, OperationKind, Problem, Provider, Reply, Role, Timestamp,
};
use linli_store::{Commit, Delivery, Key, Layout, Mode, Oracle, Partition, Store, Transaction};
use serde_json::Value as Json;

use crate::component::{Component, Delivered};
use crate::outbound;

pub use actor::Actor;
pub(crate) use call::{Call, account_of, with};
pub use outcome::Outcome;
pub use world::{Footprint, Published, Revealed};

use schemas::Schemas;
use world::World;

/// The community everything happens in.
pub const COMMUNITY: &str = "330105001001";
/// Where the clock stands at first: 09:00 on 1 May 2026 in Asia/Shanghai.
pub const START: &str = "2026-05-01T09:00:00+08:00";
/// Seed of ids, randomness and keys. Fixed, so that a test that fails fails again.
const SEED: [u8; 32] = *b"linli test platform, fixed seed.";

/// One component on a platform of its own.
pub struct Platform {
    component: &'static Component,
    descriptor: Descriptor,
    schemas: Schemas,
    layout: Arc<Layout>,
    store: Oracle,
    world: Rc<RefCell<World>>,
}

/// What a run of guest code came to.
enum Ran<T> {
    Done(T, Box<(Commit, call::Effects)>),
    Trapped(String),
}

impl Platform {
    /// A platform with this component on it, its settings at their defaults.
    ///
    /// # Panics
    /// When the descriptor breaks a rule of the contract, or one of its schemas is not one.
    pub fn new(component: &'static Component) -> Self {
        let descriptor = component.describe();
        if let Err(errors) = descriptor.validate() {
            panic!("the descriptor breaks the contract: {errors:?}");
        }
        let store = Oracle::new();
        let layout = Layout::open(&store, &descriptor).expect("the oracle does not fail");
        let world = World::new(descriptor.clone());
        Self {
            component,
            schemas: Schemas::compile(&descriptor),
            descriptor,
            layout: Arc::new(layout),
            store,
            world: Rc::new(RefCell::new(world)),
        }
    }

    /// The community everything happens in.
    pub fn community(&self) -> Community {
        COMMUNITY.parse().expect("a constant that parses")
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.world.borrow().now
    }

    /// Moves the clock forward to an RFC 3339 time, firing every timer and delivery on the way at its own time.
    ///
    /// # Panics
    /// When the time is not one, or lies in the past; when a reaction answers a problem or traps.
    pub fn advance_to(&self, time: &str) {
        let time: Timestamp = time.parse().expect("an RFC 3339 time");
        assert!(time >= self.now(), "time does not go back");
        self.fire_until(time);
        self.world.borrow_mut().now = time;
    }

    /// Moves the clock forward by so many seconds; see [`Platform::advance_to`].
    ///
    /// # Panics
    /// As [`Platform::advance_to`].
    pub fn advance(&self, seconds: i64) {
        self.advance_to(&self.now().plus_seconds(seconds).to_string());
    }

    /// Delivers everything that is due now, and what comes of it; see [`Platform::advance_to`].
    ///
    /// # Panics
    /// As [`Platform::advance_to`].
    pub fn settle(&self) {
        self.fire_until(self.now());
    }

    /// Configures a setting.
    ///
    /// # Panics
    /// When the component does not declare it, or the value does not meet its schema.
    pub fn configure(&self, setting: &str, value: Json) {
        let declared = self.descriptor.settings.iter().find(|s| s.name == setting);
        let schema = &declared.expect("a setting the component declares").schema;
        schemas::check(schema, &value).expect("a value that meets the setting's schema");
        self.world.borrow_mut().settings.insert(setting.to_owned(), value.to_string());
    }

    /// What answers outside calls of tasks.
    pub fn answer_outbound(
        &self,
        answers: impl Fn(&outbound::Request) -> Result<outbound::Response, outbound::Failure> + 'static,
    ) {
        self.world.borrow_mut().answers = Some(Box::new(answers));
    }

    /// The events published since this was last asked.
    pub fn take_published(&self) -> Vec<Published> {
        std::mem::take(&mut self.world.borrow_mut().published)
    }

    /// The access log since this was last asked.
    pub fn take_revealed(&self) -> Vec<Revealed> {
        std::mem::take(&mut self.world.borrow_mut().revealed)
    }

    /// The log lines since this was last asked.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.world.borrow_mut().log)
    }

    /// How much of the store the last call touched that was not refused.
    pub fn footprint(&self) -> Footprint {
        self.world.borrow().footprint
    }

    /// Registers a provider with the platform, as another component would.
    ///
    /// # Panics
    /// When it breaks a rule of the registry.
    pub fn register(&self, provider: Provider) {
        provider.check().expect("a provider that can be registered");
        self.world.borrow_mut().providers.insert(provider.id.clone(), provider);
    }

    /// What is registered under this id. What a call has put is there when it has been delivered; see
    /// [`Platform::settle`].
    pub fn registered(&self, id: &str) -> Option<Provider> {
        self.world.borrow().provider(id).cloned()
    }

    /// The public key that `keys.sign` signs under.
    pub fn public_key(&self) -> [u8; 32] {
        self.world.borrow().key.verifying_key().to_bytes()
    }

    /// Credits a person's account out of nowhere, as points earned elsewhere would.
    ///
    /// # Panics
    /// For an amount below 1 or beyond 2^53-1.
    pub fn fund(&self, actor: &Actor, book: &str, amount: i64) {
        let mut transaction = self.begin(Mode::Write);
        call::fund(&mut transaction, &actor.person(), book, amount);
        self.store.commit(transaction.into_commit(None, false, vec![])).expect("nothing else is running");
    }

    /// What a person can spend.
    pub fn balance(&self, actor: &Actor, book: &str) -> i64 {
        let account = call::account_of(&actor.person(), book);
        self.begin(Mode::Read).balance(&account).expect("the oracle does not fail")
    }

    /// Checks index against records, bounds of stock, sums of the ledger.
    ///
    /// # Panics
    /// When anything stored breaks an invariant of the store.
    pub fn verify(&self) {
        let findings = linli_store::verify(&self.store).expect("the oracle does not fail");
        assert!(findings.is_empty(), "{findings:?}");
    }

    /// Calls an operation. Input and caller are checked as the gateway does; a problem or trap writes nothing.
    ///
    /// # Panics
    /// When there is no such operation, the reply does not meet its schema, or two runs differ.
    pub fn call(&self, actor: &Actor, operation: &str, input: Json) -> Outcome {
        let declared = self.descriptor.operation(operation).expect("an operation of the component");
        let open = declared.roles.contains(&Role::Anyone);
        if !open && !declared.roles.iter().any(|role| actor.caller().has(*role)) {
            return Outcome::refused(Problem::forbidden(
                "role-missing",
                "没有权限。",
                "The role is missing.",
            ));
        }
        if let Err(violations) = self.schemas.check_input(operation, &input) {
            let problem = Problem::invalid("schema-violated", "输入不符合要求。", violations);
            return Outcome::refused(problem);
        }
        let mode = match declared.kind {
            OperationKind::Query => Mode::Read,
            OperationKind::Command => Mode::Write,
            OperationKind::Task => Mode::Publish,
        };
        let text = input.to_string();
        let ran = self.run_twice(actor.caller(), mode, None, &|| self.component.handle(operation, &text));
        match ran {
            Ran::Trapped(message) => Outcome::trapped(message),
            Ran::Done(answer, wanted) => {
                if let Ok(reply) = &answer {
                    self.schemas.check_reply(operation, reply);
                }
                self.finish(*wanted, answer.is_ok());
                Outcome::from(answer)
            }
        }
    }

    /// Delivers an event of another component, or of the `platform`.
    ///
    /// # Errors
    /// The problem the reaction answered; the platform would try again.
    ///
    /// # Panics
    /// When it traps, or two runs differ.
    pub fn deliver(&self, publisher: &str, name: &str, content: Json) -> Result<(), Problem> {
        let calls = self.world.borrow().calls;
        let event = Delivered {
            id: format!("event-{calls}"),
            publisher: publisher.to_owned(),
            name: name.to_owned(),
            published_at: self.now(),
        };
        self.deliver_event(&event, content)
    }

    /// Delivers an event in an envelope of the test's own: twice, or late.
    ///
    /// # Errors
    /// As [`Platform::deliver`].
    ///
    /// # Panics
    /// As [`Platform::deliver`].
    pub fn deliver_event(&self, event: &Delivered, content: Json) -> Result<(), Problem> {
        self.react(event, &content.to_string(), None)
    }

    fn react(&self, event: &Delivered, content: &str, delivery: Option<&Key>) -> Result<(), Problem> {
        let run = || self.component.react(event, content);
        match self.run_twice(&Caller::system(), Mode::Write, delivery, &run) {
            Ran::Trapped(message) => panic!("the reaction to `{}` trapped: {message}", event.name),
            Ran::Done(answer, wanted) => {
                self.finish(*wanted, answer.is_ok());
                answer
            }
        }
    }

    /// Fires what is due, the earliest first, each at its own time.
    fn fire_until(&self, until: Timestamp) {
        loop {
            let snapshot = self.store.snapshot(self.partition()).expect("the oracle does not fail");
            let due = Delivery::due(&*snapshot, until, 1).expect("the oracle is not damaged");
            let Some((key, delivery)) = due.into_iter().next() else { return };
            let at = linli_store::queue_due(&key).expect("a key of the queue");
            let now = self.now().max(at);
            self.world.borrow_mut().now = now;
            if delivery.subscriber == linli_contract::ComponentName::PLATFORM {
                self.serve_itself(&key, &delivery);
                continue;
            }
            let event = Delivered {
                id: delivery.id,
                publisher: delivery.publisher,
                name: delivery.name,
                published_at: delivery.published_at,
            };
            if let Err(problem) = self.react(&event, &delivery.content, Some(&key)) {
                panic!("the reaction to `{}` answered a problem: {problem}", event.name);
            }
        }
    }

    /// What the platform itself does: when the time of a hold is over, and when a provider is registered.
    fn serve_itself(&self, key: &Key, delivery: &Delivery) {
        let mut transaction = self.begin(Mode::Write);
        transaction.acknowledge(key).expect("the delivery was just read");
        if delivery.name == Delivery::PROVIDER_PUT {
            let provider = serde_json::from_str(&delivery.content).expect("checked when it was put");
            self.register(provider);
        } else if let Some(hold) = transaction.expire(&delivery.content).expect("the oracle does not fail") {
            let wanted = self.world.borrow().order_delivery(&hold, self.now());
            if let Some(order) = wanted {
                transaction.publish_order(self.layout.space, &order).expect("it is small");
            }
        }
        self.store.commit(transaction.into_commit(None, false, vec![])).expect("nothing else is running");
    }

    /// Runs guest code twice on one snapshot; both runs must come to the same, or the component is not deterministic.
    fn run_twice<T: PartialEq + std::fmt::Debug>(
        &self,
        caller: &Caller,
        mode: Mode,
        delivery: Option<&Key>,
        code: &dyn Fn() -> T,
    ) -> Ran<T> {
        let first = self.run(caller, mode, delivery, code);
        let second = self.run(caller, mode, delivery, code);
        self.world.borrow_mut().calls += 1;
        match (&first, &second) {
            (Ran::Done(answer, wanted), Ran::Done(again, rewanted)) => {
                assert_eq!(answer, again, "two runs of one call answered differently");
                assert!(wanted == rewanted, "two runs of one call wrote differently");
            }
            (Ran::Trapped(_), Ran::Trapped(_)) => {}
            _ => panic!("of two runs of one call only one trapped"),
        }
        first
    }

    fn run<T>(&self, caller: &Caller, mode: Mode, delivery: Option<&Key>, code: &dyn Fn() -> T) -> Ran<T> {
        let mut transaction = self.begin(mode);
        if let Some(key) = delivery {
            transaction.acknowledge(key).expect("the delivery was just read");
        }
        Call::enter(transaction, caller.clone(), mode, self.layout.space, self.world.clone());
        let answer = catch_unwind(AssertUnwindSafe(code));
        let (transaction, effects) = Call::leave();
        match answer {
            Ok(answer) => {
                Ran::Done(answer, Box::new((transaction.into_commit(None, false, vec![]), effects)))
            }
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned()));
                Ran::Trapped(text.unwrap_or_default())
            }
        }
    }

    fn begin(&self, mode: Mode) -> Transaction {
        let snapshot = self.store.snapshot(self.partition()).expect("the oracle does not fail");
        let begun = Transaction::begin(self.partition(), self.layout.clone(), snapshot, self.now(), mode);
        begun.expect("the oracle does not fail")
    }

    /// Commits, or drops everything that a refused call wanted.
    fn finish(&self, (commit, effects): (Commit, call::Effects), done: bool) {
        let mut world = self.world.borrow_mut();
        world.revealed.extend(effects.revealed);
        world.log.extend(effects.log);
        if done {
            world.footprint = Footprint::of(&commit);
            world.published.extend(effects.published);
            self.store.commit(commit).expect("calls come one after the other, so nothing conflicts");
        }
    }

    fn partition(&self) -> Partition {
        Partition::Community(self.community())
    }
}

impl From<Result<Reply, Problem>> for Outcome {
    fn from(answer: Result<Reply, Problem>) -> Self {
        match answer {
            Ok(reply) => Self::answered(Answer::Reply(reply)),
            Err(problem) => Self::answered(Answer::Problem(problem)),
        }
    }
}
