//! `wit/stock.wit`.

use crate::bindings::stock::{Counter, Host};
use crate::guest::Guest;

impl Host for Guest {
    fn open(&mut self, name: String, ceiling: i64) -> wasmtime::Result<()> {
        Ok(self.run()?.transaction.stock_open(&name, ceiling)?)
    }

    fn take(&mut self, name: String, n: i64) -> wasmtime::Result<bool> {
        Ok(self.run()?.transaction.stock_take(&name, n)?)
    }

    fn give(&mut self, name: String, n: i64) -> wasmtime::Result<()> {
        Ok(self.run()?.transaction.stock_give(&name, n)?)
    }

    fn resize(&mut self, name: String, ceiling: i64) -> wasmtime::Result<bool> {
        Ok(self.run()?.transaction.stock_resize(&name, ceiling)?)
    }

    fn level(&mut self, name: String) -> wasmtime::Result<Option<Counter>> {
        let level = self.run()?.transaction.stock_level(&name)?;
        Ok(level.map(|level| Counter { available: level.available, ceiling: level.ceiling }))
    }

    fn close(&mut self, name: String) -> wasmtime::Result<bool> {
        Ok(self.run()?.transaction.stock_close(&name)?)
    }
}
