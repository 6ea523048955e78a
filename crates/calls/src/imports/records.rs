//! `wit/records.wit`.

use linli_store::{Page, Range, ScanError};

use crate::run::Run;
use crate::trap::Trap;

/// The cursor given to a scan belongs to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cursor of another scan")]
pub struct CursorInvalid;

/// A document.
///
/// # Errors
/// A collection that is not declared, what is no id, over the limits; when the store fails.
pub fn get(run: &mut Run, collection: &str, id: &str) -> Result<Option<String>, Trap> {
    let found = run.transaction.get(collection, id)?;
    run.cross(id.len() + found.as_ref().map_or(0, String::len))?;
    Ok(found)
}

/// Documents, in the order they are asked for.
///
/// # Errors
/// As [`get`].
pub fn get_many(run: &mut Run, collection: &str, ids: &[String]) -> Result<Vec<Option<String>>, Trap> {
    let found = run.transaction.get_many(collection, ids)?;
    run.cross(ids.iter().map(String::len).sum::<usize>())?;
    run.cross(found.iter().flatten().map(String::len).sum::<usize>())?;
    Ok(found)
}

/// A page of documents in the order of an index, or of their ids.
///
/// # Errors
/// As [`get`].
pub fn scan(
    run: &mut Run,
    collection: &str,
    index: Option<&str>,
    range: &Range,
    limit: u32,
    cursor: Option<&str>,
) -> Result<Result<Page, CursorInvalid>, Trap> {
    let page = match run.transaction.scan(collection, index, range, limit, cursor) {
        Ok(page) => page,
        Err(ScanError::CursorInvalid) => return Ok(Err(CursorInvalid)),
        Err(ScanError::Fault(fault)) => return Err(fault.into()),
    };
    run.cross(page.documents.iter().map(|(id, content)| id.len() + content.len()).sum())?;
    Ok(Ok(page))
}

/// How many documents are in a range, up to `limit`.
///
/// # Errors
/// As [`get`].
pub fn count(
    run: &mut Run,
    collection: &str,
    index: Option<&str>,
    range: &Range,
    limit: u32,
) -> Result<u32, Trap> {
    Ok(run.transaction.count(collection, index, range, limit)?)
}

/// Writes a document.
///
/// # Errors
/// As [`get`]; what is no document; outside commands.
pub fn put(run: &mut Run, collection: &str, id: &str, content: &str) -> Result<(), Trap> {
    run.cross(id.len() + content.len())?;
    Ok(run.transaction.put(collection, id, content)?)
}

/// Deletes a document; whether there was one.
///
/// # Errors
/// As [`get`]; outside commands.
pub fn delete(run: &mut Run, collection: &str, id: &str) -> Result<bool, Trap> {
    run.cross(id.len())?;
    Ok(run.transaction.delete(collection, id)?)
}
