//! `wit/people.wit`.

use std::sync::Arc;

use linli_contract::limits::MAX_PURPOSE_BYTES;
use linli_contract::{Attribute, Role, Text};
use linli_store::audit::Access;
use linli_store::{Fault, StoreError};
use wasmtime::component::Resource;

use crate::bindings::people::{Denial, Host, HostPerson};
use crate::bindings::types;
use crate::consents::Ask;
use crate::directory::{Person, mask};
use crate::guest::{Guest, Misuse, Run};

/// What a guest's handle to a person stands for; the person itself is in [`Guest::people`].
pub struct Handle;

impl Host for Guest {
    fn open(&mut self, reference: String) -> wasmtime::Result<Option<Resource<Handle>>> {
        let run = self.run()?;
        run.cross(reference.len())?;
        // Each look is logged, and the directory is another partition's.
        run.looked.own = true;
        let scope = &run.scope;
        let row = scope.service.refs().open(&reference);
        let person = row.map(|row| scope.shared.directory.by_row(row)).transpose()?.flatten();
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
        attribute: types::Attribute,
        purpose: String,
    ) -> wasmtime::Result<Result<String, Denial>> {
        if !(1..=MAX_PURPOSE_BYTES).contains(&purpose.len()) {
            return Err(Fault::Limit("MAX_PURPOSE_BYTES").into());
        }
        let person = self.opened(&person)?;
        let attribute = Attribute::from(attribute);
        let run = self.run()?;
        let value = match seen(run, &person, attribute)? {
            Ok(value) => value,
            Err(denial) => return Ok(Err(denial)),
        };
        run.cross(purpose.len() + value.len())?;
        run.looked(Access {
            person: person.record.id.clone(),
            attribute: attribute.as_str().to_owned(),
            purpose,
        })?;
        Ok(Ok(value))
    }

    fn masked(
        &mut self,
        person: Resource<Handle>,
        attribute: types::Attribute,
    ) -> wasmtime::Result<Result<String, Denial>> {
        let person = self.opened(&person)?;
        let attribute = Attribute::from(attribute);
        let run = self.run()?;
        let value = seen(run, &person, attribute)?.map(|value| mask(attribute, &value));
        run.cross(value.as_ref().map_or(0, String::len))?;
        Ok(value)
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

/// The value, if this component may see this attribute of this person in this call, at this very moment.
fn seen(run: &mut Run, person: &Person, attribute: Attribute) -> Result<Result<String, Denial>, StoreError> {
    let scope = run.scope.clone();
    let asks = scope.service.granted().filter_map(Ask::of).filter(|ask| ask.attributes.contains(&attribute));
    let purposes: Vec<Text> = asks.map(|ask| ask.purpose).collect();
    if purposes.is_empty() {
        return Ok(Err(Denial::NotGranted));
    }
    let community = person.record.community;
    let own = |known: &Option<Arc<Person>>| known.as_ref().is_some_and(|known| known.row == person.row);
    let in_area = if scope.caller.has(Role::System) {
        community == scope.community
    } else {
        own(&scope.subject)
            || own(&scope.acted_by)
            || scope.caller.area.as_ref().is_some_and(|area| area.contains(community))
    };
    if !in_area {
        return Ok(Err(Denial::OutOfArea));
    }
    if let Some(grant) = scope.service.grant() {
        let (consents, name) = (&scope.shared.consents, &scope.service.descriptor().name);
        if !consents.covers(&person.record.id, name, &grant.provider, attribute, purposes.iter())? {
            if own(&scope.subject) {
                // Whichever of its purposes the person agrees to, it is enough.
                let ask = Ask { attributes: vec![attribute], purpose: purposes[0].clone() };
                run.ask_for(ask);
            }
            return Ok(Err(Denial::NoConsent));
        }
    }
    Ok(person.record.attribute(attribute, run.transaction.now()).ok_or(Denial::Unknown))
}
