//! `wit/context.wit`.

use linli_calls::imports::context as rules;

use crate::bindings::context::{self, Host, Level, Principal};
use crate::guest::Guest;

impl Host for Guest {
    fn caller(&mut self) -> wasmtime::Result<Principal> {
        Ok(rules::caller(self.run()?).into())
    }

    fn community(&mut self) -> wasmtime::Result<String> {
        Ok(rules::community(self.run()?))
    }

    fn now(&mut self) -> wasmtime::Result<i64> {
        Ok(rules::now(self.run()?))
    }

    fn has_passed(&mut self, moment: i64) -> wasmtime::Result<bool> {
        Ok(rules::has_passed(self.run()?, moment))
    }

    fn now_rounded(&mut self, seconds: u32) -> wasmtime::Result<i64> {
        Ok(rules::now_rounded(self.run()?, seconds)?)
    }

    fn new_id(&mut self) -> wasmtime::Result<String> {
        Ok(rules::new_id(self.run()?)?)
    }

    fn random(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        Ok(rules::random(self.run()?, length)?)
    }

    fn log(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        let run = self.run()?;
        let Some(message) = rules::log(run, &message)? else { return Ok(()) };
        let component = run.scope.service.descriptor().name.as_str();
        let (operation, request) = (run.scope.operation.as_str(), run.scope.request_id.as_str());
        match level {
            Level::Debug => tracing::debug!(target: "guest", component, operation, request, "{message}"),
            Level::Info => tracing::info!(target: "guest", component, operation, request, "{message}"),
            Level::Warn => tracing::warn!(target: "guest", component, operation, request, "{message}"),
            Level::Error => tracing::error!(target: "guest", component, operation, request, "{message}"),
        }
        Ok(())
    }
}

linli_calls::wit_context!();
