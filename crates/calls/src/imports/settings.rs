//! `wit/settings.wit`.

use linli_store::Fault;

use crate::run::Run;
use crate::trap::Trap;

/// JSON of a declared setting.
///
/// # Errors
/// One that is not declared.
pub fn get(run: &mut Run, name: &str) -> Result<String, Trap> {
    let value = run.scope.component.setting(name).ok_or(Fault::Undeclared("the setting"))?.to_owned();
    run.cross(name.len() + value.len())?;
    Ok(value)
}
