//! `wit/records.wit`.

use linli_store::{self as store, IndexValue};

use crate::bindings::records::{Bound, Document, Host, Page, Range, ScanError, Value};
use crate::guest::Guest;

impl Host for Guest {
    fn get(&mut self, collection: String, id: String) -> wasmtime::Result<Option<String>> {
        let run = self.run()?;
        let found = run.transaction.get(&collection, &id)?;
        run.cross(id.len() + found.as_ref().map_or(0, String::len))?;
        Ok(found)
    }

    fn get_many(&mut self, collection: String, ids: Vec<String>) -> wasmtime::Result<Vec<Option<String>>> {
        let run = self.run()?;
        let found = run.transaction.get_many(&collection, &ids)?;
        run.cross(ids.iter().map(String::len).sum::<usize>())?;
        run.cross(found.iter().flatten().map(String::len).sum::<usize>())?;
        Ok(found)
    }

    fn scan(
        &mut self,
        collection: String,
        index: Option<String>,
        range: Range,
        limit: u32,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<Page, ScanError>> {
        let run = self.run()?;
        let range = store::Range::from(range);
        let page = match run.transaction.scan(&collection, index.as_deref(), &range, limit, cursor.as_deref())
        {
            Ok(page) => page,
            Err(store::ScanError::CursorInvalid) => return Ok(Err(ScanError::CursorInvalid)),
            Err(store::ScanError::Fault(fault)) => return Err(fault.into()),
        };
        run.cross(page.documents.iter().map(|(id, content)| id.len() + content.len()).sum())?;
        let document = |(id, content)| Document { id, content };
        let documents = page.documents.into_iter().map(document).collect();
        Ok(Ok(Page { documents, next: page.next }))
    }

    fn count(
        &mut self,
        collection: String,
        index: Option<String>,
        range: Range,
        limit: u32,
    ) -> wasmtime::Result<u32> {
        let range = store::Range::from(range);
        Ok(self.run()?.transaction.count(&collection, index.as_deref(), &range, limit)?)
    }

    fn put(&mut self, collection: String, id: String, content: String) -> wasmtime::Result<()> {
        let run = self.run()?;
        run.cross(id.len() + content.len())?;
        Ok(run.transaction.put(&collection, &id, &content)?)
    }

    fn delete(&mut self, collection: String, id: String) -> wasmtime::Result<bool> {
        let run = self.run()?;
        run.cross(id.len())?;
        Ok(run.transaction.delete(&collection, &id)?)
    }
}

impl From<Value> for IndexValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Integer(integer) => Self::Integer(integer),
            Value::Flag(flag) => Self::Flag(flag),
        }
    }
}

impl From<Bound> for store::Bound {
    fn from(bound: Bound) -> Self {
        Self { value: bound.value.into(), inclusive: bound.inclusive }
    }
}

impl From<Range> for store::Range {
    fn from(range: Range) -> Self {
        Self {
            equals: range.equals.into_iter().map(Into::into).collect(),
            lower: range.lower.map(Into::into),
            upper: range.upper.map(Into::into),
            descending: range.descending,
        }
    }
}
