//! `wit/records.wit`.

use linli_calls::imports::records as rules;

use crate::bindings::records::{self, Host, Page, Range, ScanError};
use crate::guest::Guest;

impl Host for Guest {
    fn get(&mut self, collection: String, id: String) -> wasmtime::Result<Option<String>> {
        Ok(rules::get(self.run()?, &collection, &id)?)
    }

    fn get_many(&mut self, collection: String, ids: Vec<String>) -> wasmtime::Result<Vec<Option<String>>> {
        Ok(rules::get_many(self.run()?, &collection, &ids)?)
    }

    fn scan(
        &mut self,
        collection: String,
        index: Option<String>,
        range: Range,
        limit: u32,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<Page, ScanError>> {
        let (run, range) = (self.run()?, range.into());
        let page = rules::scan(run, &collection, index.as_deref(), &range, limit, cursor.as_deref())?;
        Ok(page.map(Into::into).map_err(|rules::CursorInvalid| ScanError::CursorInvalid))
    }

    fn count(
        &mut self,
        collection: String,
        index: Option<String>,
        range: Range,
        limit: u32,
    ) -> wasmtime::Result<u32> {
        Ok(rules::count(self.run()?, &collection, index.as_deref(), &range.into(), limit)?)
    }

    fn put(&mut self, collection: String, id: String, content: String) -> wasmtime::Result<()> {
        Ok(rules::put(self.run()?, &collection, &id, &content)?)
    }

    fn delete(&mut self, collection: String, id: String) -> wasmtime::Result<bool> {
        Ok(rules::delete(self.run()?, &collection, &id)?)
    }
}

linli_calls::wit_records!();
