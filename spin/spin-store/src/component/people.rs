//! `wit/people.wit`: handles belong to one call, and hold the person they are of.

use std::sync::Arc;

use linli_calls::Person;
use linli_calls::imports::people as rules;

use super::{Adapter, in_run, types, wit_people as people};

/// What a handle stands for.
pub(super) struct Handle(Arc<Person>);

impl people::Guest for Adapter {
    type Person = Handle;

    fn open(reference: String) -> Option<people::Person> {
        in_run(|run| rules::open(run, &reference)).map(|person| people::Person::new(Handle(person)))
    }
}

impl people::GuestPerson for Handle {
    fn reveal(&self, attribute: types::Attribute, purpose: String) -> Result<String, people::Denial> {
        in_run(|run| rules::reveal(run, &self.0, attribute.into(), purpose)).map_err(Into::into)
    }

    fn masked(&self, attribute: types::Attribute) -> Result<String, people::Denial> {
        in_run(|run| rules::masked(run, &self.0, attribute.into())).map_err(Into::into)
    }
}

linli_calls::wit_people!();
