//! `wit/people.wit`.

use std::sync::Arc;

use linli_contract::limits::MAX_PURPOSE_BYTES;
use linli_contract::{Attribute, Role, Text};
use linli_store::audit::Access;
use linli_store::{Fault, StoreError};

use crate::consents::Ask;
use crate::directory::{Person, mask};
use crate::run::Run;
use crate::trap::Trap;

/// Why a value is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The component was not granted this attribute.
    NotGranted,
    /// The person is not of the caller's area.
    OutOfArea,
    /// The person has not agreed to this purpose, or no longer agrees.
    NoConsent,
    /// The directory does not hold it.
    Unknown,
}

/// The person behind a reference; none when it is not one of this component's, or the person is gone.
///
/// # Errors
/// When the store fails.
pub fn open(run: &mut Run, reference: &str) -> Result<Option<Arc<Person>>, Trap> {
    run.cross(reference.len())?;
    // Each look is logged, and the directory is another partition's.
    run.looked.own = true;
    let scope = &run.scope;
    let row = scope.component.refs().open(reference);
    Ok(row.map(|row| scope.surroundings.directory().by_row(row)).transpose()?.flatten())
}

/// The value, remembered for the access log; or why not.
///
/// # Errors
/// A purpose of no or too many bytes, over the limits; when the store fails.
pub fn reveal(
    run: &mut Run,
    person: &Person,
    attribute: Attribute,
    purpose: String,
) -> Result<Result<String, Denial>, Trap> {
    if !(1..=MAX_PURPOSE_BYTES).contains(&purpose.len()) {
        return Err(Fault::Limit("MAX_PURPOSE_BYTES").into());
    }
    let value = match seen(run, person, attribute)? {
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

/// The value with all but what tells two neighbours apart covered; or why not. Not logged.
///
/// # Errors
/// Over the limits; when the store fails.
pub fn masked(run: &mut Run, person: &Person, attribute: Attribute) -> Result<Result<String, Denial>, Trap> {
    let value = seen(run, person, attribute)?.map(|value| mask(attribute, &value));
    run.cross(value.as_ref().map_or(0, String::len))?;
    Ok(value)
}

/// The value, if this component may see this attribute of this person in this call, at this very moment.
fn seen(run: &mut Run, person: &Person, attribute: Attribute) -> Result<Result<String, Denial>, StoreError> {
    let scope = run.scope.clone();
    let asks =
        scope.component.granted().filter_map(Ask::of).filter(|ask| ask.attributes.contains(&attribute));
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
    if let Some(grant) = scope.component.grant() {
        let (consents, name) = (scope.surroundings.consents(), &scope.component.descriptor().name);
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
