//! `wit/registry.wit`.

use linli_calls::imports::registry as rules;

use crate::bindings::registry::{self, Host, Provider};
use crate::guest::Guest;

impl Host for Guest {
    fn put(&mut self, provider: Provider) -> wasmtime::Result<()> {
        Ok(rules::put(self.run()?, &provider.try_into()?)?)
    }

    fn get(&mut self, id: String) -> wasmtime::Result<Option<Provider>> {
        Ok(rules::get(self.run()?, &id)?.map(Into::into))
    }
}

linli_calls::wit_registry!();
