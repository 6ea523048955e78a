//! The call that is running on this thread, and what it sees of the platform.

use std::cell::RefCell;
use std::rc::Rc;

use linli_contract::limits::MAX_INTEGER;
use linli_contract::{Caller, PersonRef, Timestamp, base32};
use linli_store::{Account, Delivery, Fault, Hold, Mode, Space, Transaction, Transfer};
use sha2::{Digest, Sha256};

use super::world::{Published, Revealed, World};
use super::{COMMUNITY, SEED};
use crate::outbound::{Failure, Request, Response};

thread_local! {
    static RUNNING: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// One run of guest code.
pub(crate) struct Call {
    pub(crate) transaction: Transaction,
    pub(crate) caller: Caller,
    mode: Mode,
    space: Space,
    world: Rc<RefCell<World>>,
    number: u64,
    drawn: u64,
    pub(crate) effects: Effects,
}

/// What a call did besides writing.
#[derive(Default, PartialEq)]
pub(crate) struct Effects {
    pub(crate) published: Vec<Published>,
    pub(crate) revealed: Vec<Revealed>,
    pub(crate) log: Vec<String>,
}

/// Runs something on the call of this thread. A fault panics: misuse of the platform is a trap.
pub(crate) fn with<T>(run: impl FnOnce(&mut Call) -> Result<T, Fault>) -> T {
    RUNNING.with_borrow_mut(|running| {
        let call = running.as_mut().expect("the platform can be used in a call of `testing::Platform` only");
        match run(call) {
            Ok(value) => value,
            Err(fault) => panic!("misuse of the platform: {fault}"),
        }
    })
}

impl Call {
    pub(super) fn enter(
        transaction: Transaction,
        caller: Caller,
        mode: Mode,
        space: Space,
        world: Rc<RefCell<World>>,
    ) {
        let number = world.borrow().calls;
        let call =
            Self { transaction, caller, mode, space, world, number, drawn: 0, effects: Effects::default() };
        RUNNING.with_borrow_mut(|running| {
            assert!(running.is_none(), "a call does not make calls");
            *running = Some(call);
        });
    }

    pub(super) fn leave() -> (Transaction, Effects) {
        let call = RUNNING.with_borrow_mut(Option::take).expect("a call that was entered");
        (call.transaction, call.effects)
    }

    pub(crate) fn community(&self) -> &'static str {
        COMMUNITY
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.transaction.now()
    }

    pub(crate) fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world.borrow())
    }

    /// The next bytes of the call's stream: SHA-256 of seed, call and a counter.
    pub(crate) fn random(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 32);
        while bytes.len() < length {
            let block = Sha256::new()
                .chain_update(SEED)
                .chain_update(self.number.to_be_bytes())
                .chain_update(self.drawn.to_be_bytes())
                .finalize();
            self.drawn += 1;
            bytes.extend_from_slice(&block);
        }
        bytes.truncate(length);
        bytes
    }

    /// Ten characters of milliseconds, sixteen of randomness, in lower-case Crockford base32.
    pub(crate) fn new_id(&mut self) -> String {
        let millis = (self.now().micros() / 1_000) as u64;
        let time = (0..10).rev().map(|place| (millis >> (5 * place)) as usize % 32);
        let random = self.random(16).into_iter().map(|byte| usize::from(byte) % 32);
        time.chain(random).map(|digit| char::from(base32::DIGITS[digit])).collect()
    }

    pub(crate) fn publish(&mut self, name: &str, content: &str) -> Result<String, Fault> {
        let (declared, own) = self.world(|world| {
            let descriptor = world.descriptor();
            let component = descriptor.name.as_str();
            let declared = descriptor.publishes.iter().find(|event| event.name == name);
            let own = descriptor.subscribes.iter().any(|s| s.publisher == component && s.name == name);
            (declared.map(|event| (component.to_owned(), event.schema.clone())), own)
        });
        let (component, schema) = declared.ok_or(Fault::Undeclared("the event"))?;
        let json = serde_json::from_str(content).map_err(|_| Fault::BadDocument)?;
        if let Err(violations) = super::schemas::check(&schema, &json) {
            panic!("`{name}` breaks its schema: {violations}");
        }
        let id = self.new_id();
        let delivery = Delivery {
            id: id.clone(),
            publisher: component.clone(),
            name: name.to_owned(),
            content: content.to_owned(),
            published_at: self.now(),
            subscriber: component,
            attempts: 0,
        };
        if own {
            self.transaction.publish(self.space, &delivery)?;
        }
        self.effects.published.push(Published { name: name.to_owned(), content: json });
        Ok(id)
    }

    /// What the platform tells the component of an order, if it subscribed.
    pub(crate) fn publish_order(&mut self, hold: &Hold) -> Result<(), Fault> {
        let wanted = self.world(|world| world.order_delivery(hold, self.transaction.now()));
        wanted.map_or(Ok(()), |delivery| self.transaction.publish_order(self.space, &delivery))
    }

    /// Sends a task's request to whoever answers in the test; nobody can be reached without.
    pub(crate) fn send(&self, request: &Request) -> Result<Result<Response, Failure>, Fault> {
        if self.mode != Mode::Publish {
            return Err(Fault::Undeclared("an outside call in a query or command"));
        }
        Ok(self.world(|world| world.send(request)))
    }
}

/// A person's account.
pub(crate) fn account_of(person: &PersonRef, book: &str) -> Account {
    Account { book: book.to_owned(), owner: format!("person:{person}"), floor: 0 }
}

/// Credits a person out of an account of the test platform's own.
pub(super) fn fund(transaction: &mut Transaction, person: &PersonRef, book: &str, amount: i64) {
    let debit = Account { book: book.to_owned(), owner: "platform:test".to_owned(), floor: -MAX_INTEGER };
    let credit = account_of(person, book);
    let transfer = Transfer { debit, credit, amount, memo: "test".to_owned() };
    let posted = transaction.post(&format!("fund-{}", transaction.base()), &[transfer]);
    posted.expect("an amount").expect("the test platform's floor is out of reach");
}
