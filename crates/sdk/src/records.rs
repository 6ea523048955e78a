//! Typed collections of JSON documents.

use std::marker::PhantomData;

use linli_contract::Problem;
use linli_contract::limits::MAX_GET_MANY;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::component::DeclaresCollection;
use crate::host;
use crate::reply::Page;

/// A set of documents of one type, kept in each community. A constant of the component:
///
/// ```
/// # use linli_sdk::prelude::*;
/// # #[derive(Serialize, Deserialize)] struct Tool { name: String, lent: bool }
/// const BY_NAME: Index = Index::new("by_name", &["/lent", "/name"]);
/// const TOOLS: Collection<Tool> = Collection::new("tools").indexes(&[BY_NAME]).keep_days(365);
/// ```
pub struct Collection<T> {
    name: &'static str,
    indexes: &'static [Index],
    personal: &'static [&'static str],
    keep_days: Option<u32>,
    documents: PhantomData<fn() -> T>,
}

/// An ordered index. A document in which one of the fields is absent or null is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    name: &'static str,
    fields: &'static [&'static str],
}

/// A value an index can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Compared by UTF-8 bytes.
    Text(String),
    /// Within ±(2^53-1).
    Integer(i64),
    /// False before true.
    Flag(bool),
}

/// One end of a stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Where.
    pub value: Value,
    /// Whether the value itself belongs to it.
    pub inclusive: bool,
}

/// A stretch of a collection: the first fields of an index equal to some values, the next one between bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub(crate) index: Option<&'static str>,
    pub(crate) equals: Vec<Value>,
    pub(crate) lower: Option<Bound>,
    pub(crate) upper: Option<Bound>,
    pub(crate) descending: bool,
}

impl Index {
    /// An index over JSON pointers, compared in this order (1 to 4).
    pub const fn new(name: &'static str, fields: &'static [&'static str]) -> Self {
        Self { name, fields }
    }

    /// All of it.
    pub fn all(&self) -> Stretch {
        Stretch { index: Some(self.name), equals: vec![], lower: None, upper: None, descending: false }
    }

    /// Where the first field is equal to this value.
    pub fn equal(&self, value: impl Into<Value>) -> Stretch {
        self.all().equal(value)
    }
}

impl Stretch {
    /// The collection in the order of its ids, where they start with `prefix`.
    pub fn ids(prefix: &str) -> Self {
        let bound = |text: String, inclusive| Some(Bound { value: Value::Text(text), inclusive });
        let (lower, upper) = if prefix.is_empty() {
            (None, None)
        } else {
            // Ids are of `[A-Za-z0-9._~:-]`, all below U+007F.
            (bound(prefix.to_owned(), true), bound(format!("{prefix}\u{7f}"), false))
        };
        Self { index: None, equals: vec![], lower, upper, descending: false }
    }

    /// Where the next field, too, is equal to this value.
    #[must_use]
    pub fn equal(mut self, value: impl Into<Value>) -> Self {
        self.equals.push(value.into());
        self
    }

    /// Where the next field is this value or after it.
    #[must_use]
    pub fn from(self, value: impl Into<Value>) -> Self {
        Self { lower: Some(Bound { value: value.into(), inclusive: true }), ..self }
    }

    /// Where the next field is after this value.
    #[must_use]
    pub fn after(self, value: impl Into<Value>) -> Self {
        Self { lower: Some(Bound { value: value.into(), inclusive: false }), ..self }
    }

    /// Where the next field is this value or before it.
    #[must_use]
    pub fn up_to(self, value: impl Into<Value>) -> Self {
        Self { upper: Some(Bound { value: value.into(), inclusive: true }), ..self }
    }

    /// Where the next field is before this value.
    #[must_use]
    pub fn before(self, value: impl Into<Value>) -> Self {
        Self { upper: Some(Bound { value: value.into(), inclusive: false }), ..self }
    }

    /// The last ones first.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { descending: true, ..self }
    }
}

impl<T> Collection<T> {
    /// A collection of that name, unique in the component.
    pub const fn new(name: &'static str) -> Self {
        Self { name, indexes: &[], personal: &[], keep_days: None, documents: PhantomData }
    }

    /// Its ordered indexes; each costs a row per document in it.
    #[must_use]
    pub const fn indexes(self, indexes: &'static [Index]) -> Self {
        Self { indexes, ..self }
    }

    /// JSON pointers of fields that hold personal values.
    #[must_use]
    pub const fn personal(self, personal: &'static [&'static str]) -> Self {
        Self { personal, ..self }
    }

    /// Days a document is kept after it was last written; for ever without.
    #[must_use]
    pub const fn keep_days(self, days: u32) -> Self {
        Self { keep_days: Some(days), ..self }
    }
}

/// Reading a document that is not a `T` panics: a component reads what it wrote, so that is a defect of the component.
impl<T: Serialize + DeserializeOwned> Collection<T> {
    /// The document, if there is one.
    pub fn get(&self, id: &str) -> Option<T> {
        host::records::get(self.name, id).map(|content| self.read(&content))
    }

    /// The documents in the order of `ids`, as many as you like.
    pub fn get_many(&self, ids: &[String]) -> Vec<Option<T>> {
        let chunks = ids.chunks(MAX_GET_MANY).flat_map(|ids| host::records::get_many(self.name, ids));
        chunks.map(|content| content.map(|content| self.read(&content))).collect()
    }

    /// Creates or replaces. The id has 1 to 128 bytes of `[A-Za-z0-9._~:-]`.
    ///
    /// # Panics
    /// For another id, a document above 256 KiB or one that is not a JSON object; outside commands.
    pub fn put(&self, id: &str, document: &T) {
        let content =
            serde_json::to_string(document).expect("a document serializes: its maps have text keys");
        host::records::put(self.name, id, &content);
    }

    /// Whether there was one.
    pub fn delete(&self, id: &str) -> bool {
        host::records::delete(self.name, id)
    }

    /// Up to `limit` (1 to 1,000) documents in order, after `cursor`.
    ///
    /// # Errors
    /// 422 at `/cursor` when the cursor does not belong to this stretch.
    pub fn scan(&self, stretch: &Stretch, limit: u32, cursor: Option<&str>) -> Result<Page<T>, Problem> {
        let (contents, next) =
            host::records::scan(self.name, stretch, limit, cursor).map_err(|CursorInvalid| {
                Problem::invalid(
                    "cursor-invalid",
                    "翻页标记已失效，请从第一页重新查看。",
                    "The page marker is not valid here; start again from the first page.",
                )
                .at("/cursor")
            })?;
        Ok(Page { items: contents.iter().map(|content| self.read(content)).collect(), next })
    }

    /// The first `limit` documents of a stretch.
    pub fn first(&self, stretch: &Stretch, limit: u32) -> Vec<T> {
        let found = host::records::scan(self.name, stretch, limit, None);
        let (contents, _) = found.expect("without a cursor, none can be invalid");
        contents.iter().map(|content| self.read(content)).collect()
    }

    /// How many documents a stretch holds, counted up to `limit` (1 to 10,000).
    pub fn count(&self, stretch: &Stretch, limit: u32) -> u32 {
        host::records::count(self.name, stretch, limit)
    }

    fn read(&self, content: &str) -> T {
        match serde_json::from_str(content) {
            Ok(document) => document,
            // Line and column only: the content may be personal.
            Err(error) => {
                panic!("`{}` holds a document of another shape (column {})", self.name, error.column())
            }
        }
    }
}

impl<T> DeclaresCollection for Collection<T> {
    fn declaration(&self) -> linli_contract::Collection {
        let owned = |texts: &[&str]| texts.iter().map(|&t| t.to_owned()).collect();
        linli_contract::Collection {
            name: self.name.to_owned(),
            indexes: self
                .indexes
                .iter()
                .map(|i| linli_contract::Index { name: i.name.to_owned(), fields: owned(i.fields) })
                .collect(),
            personal: owned(self.personal),
            keep_days: self.keep_days,
        }
    }
}

/// The cursor does not belong to the scan.
#[derive(Debug)]
pub(crate) struct CursorInvalid;

/// Contents of documents, and the next cursor.
pub(crate) type Scanned = (Vec<String>, Option<String>);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// As microseconds, for fields stored with [`micros`](crate::micros).
impl From<linli_contract::Timestamp> for Value {
    fn from(time: linli_contract::Timestamp) -> Self {
        Self::Integer(time.micros())
    }
}
