//! `wit/settings.wit`.

use linli_store::Fault;

use crate::bindings::settings::Host;
use crate::guest::Guest;

impl Host for Guest {
    fn get(&mut self, name: String) -> wasmtime::Result<String> {
        let run = self.run()?;
        let value = run.scope.service.setting(&name).ok_or(Fault::Undeclared("the setting"))?.to_owned();
        run.cross(name.len() + value.len())?;
        Ok(value)
    }
}
