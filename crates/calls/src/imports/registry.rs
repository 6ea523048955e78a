//! `wit/registry.wit`.

use linli_contract::{Permission, Provider};
use linli_store::{Delivery, Fault};

use crate::run::Run;
use crate::trap::{Misuse, Trap};

/// Registers a provider, or changes what is registered of it, after the commit.
///
/// # Errors
/// Without the permission; what is no provider.
pub fn put(run: &mut Run, provider: &Provider) -> Result<(), Trap> {
    let run = granted(run)?;
    provider.check().map_err(|_| Misuse("not a provider that can be registered"))?;
    let content = serde_json::to_string(provider).map_err(|_| Fault::BadDocument)?;
    run.cross(content.len())?;
    let id = run.new_id()?;
    Ok(run.transaction.tell_platform(Delivery::PROVIDER_PUT, &id, &content)?)
}

/// What is registered of a provider.
///
/// # Errors
/// Without the permission.
pub fn get(run: &mut Run, id: &str) -> Result<Option<Provider>, Trap> {
    let run = granted(run)?;
    run.looked.registry = true;
    let found = run.scope.registry.get(id).cloned();
    run.cross(id.len() + found.as_ref().map_or(0, |found| found.name.len() + found.category.len() + 128))?;
    Ok(found)
}

fn granted(run: &mut Run) -> Result<&mut Run, Misuse> {
    if run.scope.component.granted().any(|permission| *permission == Permission::Registry) {
        Ok(run)
    } else {
        Err(Misuse("`registry` was not granted"))
    }
}
