//! What a condition is about: what the form says, and what the directory knows.

use std::cell::OnceCell;

use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::affair::Condition;
use crate::format;

/// A day in microseconds.
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Why the age is looked at, in the access log.
const PURPOSE: &str = "办理事项资格核对 / eligibility for an affair";

/// What a condition tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<'t> {
    /// Whole years, from the directory.
    Age,
    /// What stands at a JSON pointer into the form.
    Field(&'t str),
    /// Whole days from the date at a JSON pointer until now.
    DaysSince(&'t str),
}

impl<'t> Fact<'t> {
    /// As it is written in a definition.
    pub fn parse(text: &'t str) -> Option<Self> {
        match text.strip_prefix("days-since:") {
            Some(pointer) if pointer.starts_with('/') => Some(Self::DaysSince(pointer)),
            Some(_) => None,
            None if text == "age" => Some(Self::Age),
            None => text.starts_with('/').then_some(Self::Field(text)),
        }
    }
}

/// What is known in one call.
pub struct Facts<'f> {
    form: &'f Map<String, Value>,
    person: Option<PersonRef>,
    now: Timestamp,
    /// Looked at once, and only when a condition is about it: every look is written to the access log.
    age: OnceCell<Option<i64>>,
}

impl<'f> Facts<'f> {
    /// About the answers of somebody, or of nobody in particular.
    pub fn new(form: &'f Map<String, Value>, person: Option<PersonRef>, now: Timestamp) -> Self {
        Self { form, person, now, age: OnceCell::new() }
    }

    /// Whether it is so; none when that is not known.
    pub fn hold(&self, condition: &Condition) -> Option<bool> {
        let value = match Fact::parse(&condition.fact)? {
            Fact::Age => Value::from(self.age()?),
            Fact::Field(pointer) => field(self.form, pointer)?.clone(),
            Fact::DaysSince(pointer) => {
                let day = format::day(field(self.form, pointer)?.as_str()?)?;
                Value::from((self.now.micros() - day.micros()).div_euclid(DAY_MICROS))
            }
        };
        let Condition { equals, one_of, at_least, at_most, .. } = condition;
        let is = |wanted: &Value| *wanted == value;
        let reaches = |least: &i64| value.as_i64().is_some_and(|number| number >= *least);
        let stays = |most: &i64| value.as_i64().is_some_and(|number| number <= *most);
        Some(
            equals.as_ref().is_none_or(is)
                && one_of.as_ref().is_none_or(|options| options.iter().any(is))
                && at_least.as_ref().is_none_or(reaches)
                && at_most.as_ref().is_none_or(stays),
        )
    }

    /// Whether something applies: only when its condition is known to hold, or there is none.
    pub fn apply(&self, when: Option<&Condition>) -> bool {
        when.is_none_or(|condition| self.hold(condition) == Some(true))
    }

    fn age(&self) -> Option<i64> {
        let look = || {
            let person = people::open(self.person.as_ref()?)?;
            person.reveal(Attribute::Age, PURPOSE).ok()?.parse().ok()
        };
        *self.age.get_or_init(look)
    }
}

/// What stands at an RFC 6901 pointer into a form.
pub fn field<'f>(form: &'f Map<String, Value>, pointer: &str) -> Option<&'f Value> {
    let path = pointer.strip_prefix('/')?;
    let (first, rest) = path.find('/').map_or((path, ""), |slash| path.split_at(slash));
    form.get(first)?.pointer(rest)
}
