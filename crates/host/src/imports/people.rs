//! `wit/people.wit`.

use std::sync::Arc;

use linli_calls::imports::people as rules;
use linli_calls::{Misuse, Person};
use wasmtime::component::Resource;

use crate::bindings::people::{self, Denial, Host, HostPerson};
use crate::bindings::types::Attribute;
use crate::guest::Guest;

/// What a guest's handle to a person stands for; the person itself is in [`Guest::people`].
pub struct Handle;

impl Host for Guest {
    fn open(&mut self, reference: String) -> wasmtime::Result<Option<Resource<Handle>>> {
        let person = rules::open(self.run()?, &reference)?;
        Ok(person.map(|person| {
            let handle = self.next_handle;
            self.next_handle += 1;
            self.people.insert(handle, person);
            Resource::new_own(handle)
        }))
    }
}

impl HostPerson for Guest {
    fn reveal(
        &mut self,
        person: Resource<Handle>,
        attribute: Attribute,
        purpose: String,
    ) -> wasmtime::Result<Result<String, Denial>> {
        let person = self.opened(&person)?;
        let value = rules::reveal(self.run()?, &person, attribute.into(), purpose)?;
        Ok(value.map_err(Into::into))
    }

    fn masked(
        &mut self,
        person: Resource<Handle>,
        attribute: Attribute,
    ) -> wasmtime::Result<Result<String, Denial>> {
        let person = self.opened(&person)?;
        Ok(rules::masked(self.run()?, &person, attribute.into())?.map_err(Into::into))
    }

    fn drop(&mut self, person: Resource<Handle>) -> wasmtime::Result<()> {
        self.people.remove(&person.rep());
        Ok(())
    }
}

impl Guest {
    fn opened(&self, handle: &Resource<Handle>) -> Result<Arc<Person>, Misuse> {
        self.people.get(&handle.rep()).cloned().ok_or(Misuse("a handle of another call"))
    }
}

linli_calls::wit_people!();
