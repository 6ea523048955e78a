//! `wit/settings.wit`.

use linli_calls::imports::settings;

use crate::bindings::settings::Host;
use crate::guest::Guest;

impl Host for Guest {
    fn get(&mut self, name: String) -> wasmtime::Result<String> {
        Ok(settings::get(self.run()?, &name)?)
    }
}
