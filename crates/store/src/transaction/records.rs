//! Documents and scans: the snapshot, with the call's own pending writes laid over it.

use std::collections::BTreeSet;
use std::ops::{Bound as StdBound, ControlFlow};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use linli_contract::check_integers;
use linli_contract::limits::{
    MAX_COUNT_LIMIT, MAX_DOCUMENT_BYTES, MAX_GET_MANY, MAX_ID_BYTES, MAX_RECORDS_READ, MAX_SCAN_LIMIT,
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::{Fault, Transaction};
use crate::commit::RangeRead;
use crate::encoding::{self, IndexValue};
use crate::key::{self, Key, Kind, Value};
use crate::layout::CollectionLayout;
use crate::read::StoreError;

/// One end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The value at the end.
    pub value: IndexValue,
    /// Whether it belongs to the range.
    pub inclusive: bool,
}

/// A stretch of an index: the first fields equal to `equals`, the next one between the bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// Values of the first fields.
    pub equals: Vec<IndexValue>,
    /// Lower end of the next field.
    pub lower: Option<Bound>,
    /// Upper end of the next field.
    pub upper: Option<Bound>,
    /// From the upper end down.
    pub descending: bool,
}

/// A page of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Ids and contents.
    pub documents: Vec<(String, String)>,
    /// Where the next page starts.
    pub next: Option<String>,
}

/// Why a scan was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ScanError {
    /// The cursor belongs to another scan, or to none.
    #[error("the cursor does not belong to this list")]
    CursorInvalid,
    /// Misuse, or failure of the store.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A stretch of keys, and how to get from its keys to ids.
struct Stretch {
    start: Key,
    end: Key,
    /// Bytes of `kind | space` before ids, or before index values.
    prefix: usize,
    /// Index fields before the id; none for documents by id.
    fields: Option<usize>,
}

impl Stretch {
    fn id<'k>(&self, key: &'k [u8]) -> Result<&'k str, Fault> {
        let damaged = || Fault::Store(StoreError::Damaged("index entry"));
        let rest = key.get(self.prefix..).ok_or_else(damaged)?;
        let id = self.fields.map_or(Some(rest), |n| encoding::skip(rest, n)).ok_or_else(damaged)?;
        std::str::from_utf8(id).map_err(|_| damaged())
    }
}

impl Transaction {
    /// The document, or none.
    ///
    /// # Errors
    /// For a collection not declared, or when the store fails.
    pub fn get(&mut self, collection: &str, id: &str) -> Result<Option<String>, Fault> {
        let space = self.collection(collection)?.space;
        check_id(id)?;
        self.read(&key::record(space, id))?.map(text).transpose()
    }

    /// The documents in the order of the ids.
    ///
    /// # Errors
    /// As [`Transaction::get`]; and for more than 256 ids.
    pub fn get_many(&mut self, collection: &str, ids: &[String]) -> Result<Vec<Option<String>>, Fault> {
        if ids.len() > MAX_GET_MANY {
            return Err(Fault::Limit("MAX_GET_MANY"));
        }
        ids.iter().map(|id| self.get(collection, id)).collect()
    }

    /// Creates or replaces a document, and its index entries.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn put(&mut self, collection: &str, id: &str, content: &str) -> Result<(), Fault> {
        self.count_write()?;
        check_id(id)?;
        if content.len() > MAX_DOCUMENT_BYTES {
            return Err(Fault::Limit("MAX_DOCUMENT_BYTES"));
        }
        let document: Json = serde_json::from_str(content).map_err(|_| Fault::BadDocument)?;
        if !document.is_object() || check_integers(&document).is_err() {
            return Err(Fault::BadDocument);
        }
        self.replace(collection, id, Some((&document, content)))?;
        Ok(())
    }

    /// Deletes a document; whether there was one.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn delete(&mut self, collection: &str, id: &str) -> Result<bool, Fault> {
        self.count_write()?;
        check_id(id)?;
        self.replace(collection, id, None)
    }

    /// Up to `limit` documents of the range, in order.
    ///
    /// # Errors
    /// See [`ScanError`].
    pub fn scan(
        &mut self,
        collection: &str,
        index: Option<&str>,
        range: &Range,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<Page, ScanError> {
        if !(1..=MAX_SCAN_LIMIT).contains(&limit) {
            return Err(Fault::Limit("MAX_SCAN_LIMIT").into());
        }
        let space = self.collection(collection)?.space;
        let mut stretch = self.stretch(collection, index, range)?;
        let tag = cursor_tag(collection, index, range);
        if let Some(cursor) = cursor {
            let from = open_cursor(cursor, &tag).filter(|k| **k >= *stretch.start && **k < *stretch.end);
            let from = from.ok_or(ScanError::CursorInvalid)?;
            if range.descending {
                stretch.end = from.into();
            } else {
                stretch.start = [from.as_slice(), &[0]].concat().into();
            }
        }
        // One more than asked for tells whether there is a next page.
        let mut keys = self.keys(&stretch, range.descending, limit as usize + 1)?;
        let more = keys.len() > limit as usize;
        keys.truncate(limit as usize);
        let mut page = Page::default();
        for key in &keys {
            let id = stretch.id(key)?.to_owned();
            let damaged = Fault::Store(StoreError::Damaged("index entry without a document"));
            let content = text(self.read(&key::record(space, &id))?.ok_or(damaged)?)?;
            page.documents.push((id, content));
        }
        page.next = keys.last().filter(|_| more).map(|key| seal_cursor(key, &tag));
        Ok(page)
    }

    /// How many documents the range holds, counted up to `limit`.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn count(
        &mut self,
        collection: &str,
        index: Option<&str>,
        range: &Range,
        limit: u32,
    ) -> Result<u32, Fault> {
        if !(1..=MAX_COUNT_LIMIT).contains(&limit) {
            return Err(Fault::Limit("MAX_COUNT_LIMIT"));
        }
        let stretch = self.stretch(collection, index, range)?;
        let keys = self.keys(&stretch, range.descending, limit as usize)?;
        // Bounded by the limit.
        Ok(keys.len() as u32)
    }

    fn collection(&self, name: &str) -> Result<&CollectionLayout, Fault> {
        self.layout.collection(name).ok_or(Fault::Undeclared("the collection"))
    }

    /// Puts or deletes a document with its index entries; whether there was one before.
    fn replace(&mut self, collection: &str, id: &str, new: Option<(&Json, &str)>) -> Result<bool, Fault> {
        let layout = self.layout.clone();
        let layout = layout.collection(collection).ok_or(Fault::Undeclared("the collection"))?;
        let key = key::record(layout.space, id);
        // A collection without indexes is overwritten blindly: nothing depends on what was there, unless it is counted.
        let blind = layout.indexes.is_empty() && new.is_some() && self.storage.is_none();
        let old = if blind {
            None
        } else if self.drawn.iter().any(|drawn| drawn == id) && !self.writes.contains_key(&key) {
            self.reads.keys.push((key.clone(), 0));
            None
        } else {
            self.read(&key)?
        };
        let was = old.is_some();
        let bytes = |content: usize| i64::try_from(id.len() + content).unwrap_or(i64::MAX);
        let before = old.as_ref().map_or(0, |old| bytes(old.len()));
        self.stored(new.map_or(0, |(_, content)| bytes(content.len())) - before)?;
        let damaged = |_| Fault::Store(StoreError::Damaged("document"));
        let old: Option<Json> =
            old.map(|bytes| serde_json::from_slice(&bytes).map_err(damaged)).transpose()?;
        for index in &layout.indexes {
            let before = old.as_ref().and_then(|document| index.values(document));
            let after = new.and_then(|(document, _)| index.values(document));
            if before == after {
                continue;
            }
            if let Some(values) = before {
                self.write(key::index(index.space, &values, id), None)?;
            }
            if let Some(values) = after {
                self.write(key::index(index.space, &values, id), Some(Value::from([])))?;
            }
        }
        if was || new.is_some() {
            self.write(key, new.map(|(_, content)| content.as_bytes().into()))?;
        }
        Ok(was)
    }

    fn stretch(&self, collection: &str, index: Option<&str>, range: &Range) -> Result<Stretch, Fault> {
        let collection = self.collection(collection)?;
        let Some(index) = index else {
            let base = key::prefix(Kind::Record, collection.space, &[]);
            let id = |value: &IndexValue| match value {
                IndexValue::Text(text) => Ok(text.as_bytes().to_vec()),
                IndexValue::Integer(_) | IndexValue::Flag(_) => Err(Fault::BadId),
            };
            if !range.equals.is_empty() {
                return Err(Fault::Undeclared("the index"));
            }
            // `id | 00` is the first key after an id, since ids hold no zero bytes.
            let (start, end) = ends(&base, range, &|value| Ok((id(value)?, [id(value)?, vec![0]].concat())))?;
            return Ok(Stretch { start, end, prefix: base.len(), fields: None });
        };
        let index = collection.index(index).ok_or(Fault::Undeclared("the index"))?;
        let bounds = usize::from(range.lower.is_some() || range.upper.is_some());
        if range.equals.len() + bounds > index.fields.len() {
            return Err(Fault::Undeclared("that many index fields"));
        }
        let mut equals = Vec::new();
        range.equals.iter().for_each(|value| encoding::encode(value, &mut equals));
        let base = key::prefix(Kind::Index, index.space, &equals);
        let prefix = base.len() - equals.len();
        let (start, end) = ends(&base, range, &|value| {
            let mut bytes = Vec::new();
            encoding::encode(value, &mut bytes);
            let beyond = key::after(&bytes).to_vec();
            Ok((bytes, beyond))
        })?;
        Ok(Stretch { start, end, prefix, fields: Some(index.fields.len()) })
    }

    /// Keys of the stretch as this call sees them, in order, and remembered as read as far as they were looked at.
    fn keys(&mut self, stretch: &Stretch, descending: bool, limit: usize) -> Result<Vec<Key>, Fault> {
        let pending: Vec<(Key, bool)> = self
            .writes
            .range::<Key, _>((StdBound::Included(&stretch.start), StdBound::Excluded(&stretch.end)))
            .map(|(key, value)| (key.clone(), value.is_some()))
            .collect();
        let deleted: BTreeSet<&Key> = pending.iter().filter(|(_, put)| !put).map(|(key, _)| key).collect();
        let mut found: BTreeSet<Key> =
            pending.iter().filter(|(_, put)| *put).map(|(key, _)| key.clone()).collect();
        let own = found.len();
        let (mut count, mut highest, mut last, mut kept) = (0_u64, 0, None::<Key>, 0);
        let left = u64::from(MAX_RECORDS_READ.saturating_sub(self.usage.reads));
        let allowed = if self.bounded { left } else { u64::MAX };
        self.snapshot.range(&stretch.start, &stretch.end, descending, &mut |key, version, _| {
            let key: Key = key.into();
            count += 1;
            highest = highest.max(version);
            if !deleted.contains(&key) && found.insert(key.clone()) {
                kept += 1;
            }
            last = Some(key);
            if kept >= limit || count > allowed { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        self.usage.reads = self.usage.reads.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        if count > allowed {
            return Err(Fault::Limit("MAX_RECORDS_READ"));
        }
        let stopped = kept >= limit;
        let (start, end) = match last {
            Some(last) if stopped && descending => (last, stretch.end.clone()),
            Some(last) if stopped => (stretch.start.clone(), [&last, [0].as_slice()].concat().into()),
            _ => (stretch.start.clone(), stretch.end.clone()),
        };
        self.reads.ranges.push(RangeRead { start, end, count, highest });
        // Own pending keys and the first `limit` of the snapshot: the first `limit` of both are among them.
        debug_assert!(found.len() <= own + kept);
        let ordered: Box<dyn Iterator<Item = Key>> =
            if descending { Box::new(found.into_iter().rev()) } else { Box::new(found.into_iter()) };
        Ok(ordered.take(limit).collect())
    }
}

/// A value's first key part, and the first one beyond it.
type Encoded = (Vec<u8>, Vec<u8>);

/// The half-open stretch of a range; `encode` gives a value's first key part and the first one beyond it.
fn ends(
    base: &[u8],
    range: &Range,
    encode: &dyn Fn(&IndexValue) -> Result<Encoded, Fault>,
) -> Result<(Key, Key), Fault> {
    let at = |part: Vec<u8>| -> Key { [base, part.as_slice()].concat().into() };
    let start = match &range.lower {
        None => base.into(),
        Some(bound) => {
            let (first, beyond) = encode(&bound.value)?;
            at(if bound.inclusive { first } else { beyond })
        }
    };
    let end = match &range.upper {
        None => key::after(base),
        Some(bound) => {
            let (first, beyond) = encode(&bound.value)?;
            at(if bound.inclusive { beyond } else { first })
        }
    };
    Ok((start.clone(), end.max(start)))
}

fn check_id(id: &str) -> Result<(), Fault> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._~:-".contains(&b);
    if (1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(allowed) { Ok(()) } else { Err(Fault::BadId) }
}

fn text(bytes: Value) -> Result<String, Fault> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Store(StoreError::Damaged("document")))
}

/// Binds a cursor to its collection, index and range.
fn cursor_tag(collection: &str, index: Option<&str>, range: &Range) -> [u8; 8] {
    let digest = Sha256::digest(format!("{collection}\0{index:?}\0{range:?}"));
    let mut tag = [0; 8];
    tag.copy_from_slice(&digest[..8]);
    tag
}

fn seal_cursor(key: &Key, tag: &[u8; 8]) -> String {
    URL_SAFE_NO_PAD.encode([tag.as_slice(), key].concat())
}

fn open_cursor(cursor: &str, tag: &[u8; 8]) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    bytes.strip_prefix(tag.as_slice()).map(<[u8]>::to_vec)
}
