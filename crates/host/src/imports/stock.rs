//! `wit/stock.wit`.

use linli_calls::imports::stock;

use crate::bindings::stock::{Counter, Host};
use crate::guest::Guest;

impl Host for Guest {
    fn open(&mut self, name: String, ceiling: i64) -> wasmtime::Result<()> {
        Ok(stock::open(self.run()?, &name, ceiling)?)
    }

    fn take(&mut self, name: String, n: i64) -> wasmtime::Result<bool> {
        Ok(stock::take(self.run()?, &name, n)?)
    }

    fn give(&mut self, name: String, n: i64) -> wasmtime::Result<()> {
        Ok(stock::give(self.run()?, &name, n)?)
    }

    fn resize(&mut self, name: String, ceiling: i64) -> wasmtime::Result<bool> {
        Ok(stock::resize(self.run()?, &name, ceiling)?)
    }

    fn level(&mut self, name: String) -> wasmtime::Result<Option<Counter>> {
        let level = stock::level(self.run()?, &name)?;
        Ok(level.map(|level| Counter { available: level.available, ceiling: level.ceiling }))
    }

    fn close(&mut self, name: String) -> wasmtime::Result<bool> {
        Ok(stock::close(self.run()?, &name)?)
    }
}
