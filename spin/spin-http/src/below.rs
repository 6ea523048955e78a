//! What is below: the function, and the adapter that keeps its call.

use std::borrow::Cow;

use linli_contract::{Answer, Content, Descriptor, Problem, Reply, Status, Timestamp};

use crate::bindings::{Begun, Call, Delivery, Ended, Failure, capability, session};

/// The function, and the adapter that keeps its call; see `spin/wit/session.wit`. In tests, something that stands for them.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "documented where the interfaces are")]
pub trait Below {
    fn describe(&self) -> Option<Descriptor>;
    fn open(&self, descriptor: &str) -> Result<(), String>;
    fn is_ready(&self) -> bool;
    fn now(&self) -> Timestamp;
    fn public_keys(&self) -> String;
    fn communities(&self, area: &str, most: u32) -> Result<Vec<String>, Failure>;
    fn begin(&self, call: &Call) -> Result<Begun, Failure>;
    fn handle(&self, operation: &str, input: &str) -> Answer;
    fn commit(&self, answer: &str) -> Result<Ended, Failure>;
    fn next_delivery(&self, community: Option<&str>) -> Result<Option<Delivery>, Failure>;
    fn react(&self, delivery: &Delivery) -> Answer;
    fn begin_again(&self) -> Result<bool, Failure>;
}

/// What this component is composed with.
pub struct Composed;

impl Below for Composed {
    fn describe(&self) -> Option<Descriptor> {
        capability::describe().try_into().ok()
    }

    fn open(&self, descriptor: &str) -> Result<(), String> {
        session::open(descriptor)
    }

    fn is_ready(&self) -> bool {
        session::is_ready()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(session::now())
    }

    fn public_keys(&self) -> String {
        session::public_keys()
    }

    fn communities(&self, area: &str, most: u32) -> Result<Vec<String>, Failure> {
        session::communities(area, most)
    }

    fn begin(&self, call: &Call) -> Result<Begun, Failure> {
        session::begin(call)
    }

    fn handle(&self, operation: &str, input: &str) -> Answer {
        let request = capability::Request { operation: operation.to_owned(), input: input.to_owned() };
        match capability::handle(&request) {
            Ok(reply) => Answer::Reply(reply.into()),
            Err(problem) => Answer::Problem(problem.into()),
        }
    }

    fn commit(&self, answer: &str) -> Result<Ended, Failure> {
        session::commit(answer)
    }

    fn next_delivery(&self, community: Option<&str>) -> Result<Option<Delivery>, Failure> {
        session::next_delivery(community)
    }

    fn react(&self, delivery: &Delivery) -> Answer {
        let event = capability::Event {
            id: delivery.id.clone(),
            publisher: delivery.publisher.clone(),
            name: delivery.name.clone(),
            content: delivery.content.clone(),
            published_at: delivery.published_at,
        };
        match capability::react(&event) {
            Ok(()) => Answer::Reply(Reply { status: Status::NoContent, content: Content::None, next: None }),
            Err(problem) => Answer::Problem(Problem::from(problem)),
        }
    }

    fn begin_again(&self) -> Result<bool, Failure> {
        session::begin_again()
    }
}

/// A text of an answer, as the adapter below takes it.
pub(crate) fn json(answer: &Answer) -> Cow<'static, str> {
    // Texts, numbers and bytes always serialize; what is no answer is refused below.
    serde_json::to_string(answer).map_or(Cow::Borrowed(""), Cow::Owned)
}
