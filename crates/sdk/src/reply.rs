//! What a handler may give back.

use linli_contract::{Content, Reply, Status};
use schemars::JsonSchema;
use serde::Serialize;

use crate::schema;

/// Something that becomes a reply. Every type that serializes is a 200 with JSON; the wrappers here are the rest.
pub trait IntoReply {
    /// The reply.
    fn into_reply(self) -> Reply;
    /// JSON Schema of its JSON content; empty when it is not JSON.
    fn schema() -> String;
}

impl<T: Serialize + JsonSchema> IntoReply for T {
    fn into_reply(self) -> Reply {
        json(Status::Ok, &self, None)
    }

    fn schema() -> String {
        schema::output::<T>()
    }
}

/// 201: something new, shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Created<T> {
    fn into_reply(self) -> Reply {
        json(Status::Created, &self.0, None)
    }

    fn schema() -> String {
        schema::output::<T>()
    }
}

/// 202: it will be done later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<T>(pub T);

impl<T: Serialize + JsonSchema> IntoReply for Accepted<T> {
    fn into_reply(self) -> Reply {
        json(Status::Accepted, &self.0, None)
    }

    fn schema() -> String {
        schema::output::<T>()
    }
}

/// 204: done, nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoContent;

impl IntoReply for NoContent {
    fn into_reply(self) -> Reply {
        Reply { status: Status::NoContent, content: Content::None, next: None }
    }

    fn schema() -> String {
        String::new()
    }
}

/// 200: a page for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html(pub String);

impl IntoReply for Html {
    fn into_reply(self) -> Reply {
        Reply { status: Status::Ok, content: Content::Html(self.0), next: None }
    }

    fn schema() -> String {
        String::new()
    }
}

/// 200: bytes with an RFC 9110 media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Such as `image/svg+xml`.
    pub content_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl IntoReply for Media {
    fn into_reply(self) -> Reply {
        let content = Content::Media { content_type: self.content_type, bytes: self.bytes };
        Reply { status: Status::Ok, content, next: None }
    }

    fn schema() -> String {
        String::new()
    }
}

/// A stretch of a list: what a scan gives, and as a reply `{"items": […]}` with a `Link` to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In the order of the scan.
    pub items: Vec<T>,
    /// Cursor of the page after this one; none on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

/// The JSON form of a page.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Items<T> {
    items: Vec<T>,
}

impl<T: Serialize + JsonSchema> IntoReply for Page<T> {
    fn into_reply(self) -> Reply {
        json(Status::Ok, &Items { items: self.items }, self.next)
    }

    fn schema() -> String {
        schema::output::<Items<T>>()
    }
}

fn json(status: Status, value: &impl Serialize, next: Option<String>) -> Reply {
    let text = serde_json::to_string(value).expect("a reply serializes: its maps have text keys");
    Reply { status, content: Content::Json(text), next }
}
