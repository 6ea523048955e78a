//! `wit/events.wit`.

use linli_calls::imports::events;

use crate::bindings::events::Host;
use crate::guest::Guest;

impl Host for Guest {
    fn publish(&mut self, name: String, content: String) -> wasmtime::Result<String> {
        Ok(events::publish(self.run()?, &name, &content)?)
    }

    fn schedule(&mut self, at: i64, name: String, content: String) -> wasmtime::Result<String> {
        Ok(events::schedule(self.run()?, at, &name, &content)?)
    }

    fn cancel(&mut self, timer: String) -> wasmtime::Result<bool> {
        Ok(events::cancel(self.run()?, &timer)?)
    }
}
