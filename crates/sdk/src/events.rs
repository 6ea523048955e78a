//! What leaves with the commit: events for others, timers for oneself.

use std::marker::PhantomData;

use linli_contract::{EventDeclaration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::component::DeclaresEvent;
use crate::{host, schema};

/// An event the component publishes, with content of one type. A constant, listed in
/// [`Component::publishes`](crate::Component::publishes).
pub struct Event<T> {
    name: &'static str,
    content: PhantomData<fn(T)>,
}

impl<T> Event<T> {
    /// `noun.verb-in-past-tense`.
    pub const fn new(name: &'static str) -> Self {
        Self { name, content: PhantomData }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: Serialize> Event<T> {
    /// Publishes it to every subscriber, with the commit; its id. At most 64 KiB, 1,000 in one call.
    pub fn publish(&self, content: &T) -> String {
        host::events::publish(self.name, &text(content))
    }
}

impl<T: JsonSchema> DeclaresEvent for Event<T> {
    fn declaration(&self) -> EventDeclaration {
        EventDeclaration { name: self.name.to_owned(), schema: schema::output::<T>() }
    }
}

/// A durable timer of the component, with content of one type. A constant; what it does stands in
/// [`Component::reactions`](crate::Component::reactions), by [`on_timer!`](crate::on_timer).
pub struct Timer<T> {
    name: &'static str,
    content: PhantomData<fn(T) -> T>,
}

impl<T> Timer<T> {
    /// `noun.verb-in-past-tense`, unique in the component.
    pub const fn new(name: &'static str) -> Self {
        Self { name, content: PhantomData }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<T: Serialize> Timer<T> {
    /// Fires at that time (at most 1,100 days ahead), or at once when it is past; the id of the timer.
    pub fn schedule(&self, at: Timestamp, content: &T) -> String {
        host::events::schedule(at, self.name, &text(content))
    }
}

/// Cancels a timer of the component; whether it was still waiting.
pub fn cancel(timer: &str) -> bool {
    host::events::cancel(timer)
}

fn text(content: &impl Serialize) -> String {
    serde_json::to_string(content).expect("an event serializes: its maps have text keys")
}
