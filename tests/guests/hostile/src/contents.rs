//! Against what is stored, sent and logged: too much, too deep, not what it says.

use linli_sdk::context::{Level, log};
use linli_sdk::contract::{Content, Reply, Status};
use linli_sdk::{IntoReply, Media};
use serde_json::value::RawValue;

use linli_sdk::prelude::*;

use crate::TRACES;

/// Far over any limit of depth, and short enough to be sent.
const DEPTH: usize = 100_000;

/// More than one call may write by far, and as much as its budget of bytes allows.
const FLOOD_LINES: usize = 800;

/// The collection of the component with documents as they come.
const RAW: Collection<Box<RawValue>> = Collection::new("traces");

/// 100 MB.
pub fn reply_hugely() -> Result<Media, Problem> {
    // More than an instance may have, so half of the ways to fail are behind us when this is allocated.
    Ok(Media { content_type: "application/octet-stream".to_owned(), bytes: vec![1; 100_000_000] })
}

/// Any JSON text, true or not.
struct Text(String);

impl IntoReply for Text {
    fn into_reply(self) -> Reply {
        Reply { status: Status::Ok, content: Content::Json(self.0), next: None }
    }

    fn schema() -> String {
        "true".to_owned()
    }
}

fn nested(depth: usize) -> String {
    format!("{}1{}", "[".repeat(depth), "]".repeat(depth))
}

/// JSON that overflows the stack of whoever reads it by recursion.
pub fn reply_deeply() -> Result<impl IntoReply, Problem> {
    Ok(Text(nested(DEPTH)))
}

/// What is no JSON.
pub fn reply_brokenly() -> Result<impl IntoReply, Problem> {
    Ok(Text("{\"broken\":".to_owned()))
}

/// A media type with a header behind it.
pub fn reply_with_headers() -> Result<Media, Problem> {
    Ok(Media { content_type: "text/html\r\nset-cookie: a=b".to_owned(), bytes: b"<script>".to_vec() })
}

fn put_raw(text: String) {
    let raw = RawValue::from_string(text).expect("it is JSON");
    RAW.put("raw", &raw);
}

/// A document that overflows the stack of whoever reads it by recursion.
pub fn put_deeply() -> Result<NoContent, Problem> {
    put_raw(format!("{{\"deep\":{}}}", nested(DEPTH)));
    Ok(NoContent)
}

/// An integer that JavaScript cannot carry.
pub fn put_large_integer() -> Result<NoContent, Problem> {
    put_raw("{\"n\":9007199254740992}".to_owned());
    Ok(NoContent)
}

/// Many lines, each far too long; the call itself does nothing wrong.
pub fn flood_log() -> Result<NoContent, Problem> {
    let line = "x".repeat(64 * 1024);
    for _ in 0..FLOOD_LINES {
        log(Level::Error, &line);
    }
    Ok(NoContent)
}

/// More documents than one call may write.
pub fn write_much() -> Result<NoContent, Problem> {
    for n in 0..1_000_000 {
        TRACES.put(&format!("much-{n}"), &crate::Trace { left_by: "much".to_owned() });
    }
    Ok(NoContent)
}

/// More reads than one call may make.
pub fn read_much() -> Result<NoContent, Problem> {
    for n in 0..1_000_000 {
        TRACES.get(&format!("much-{n}"));
    }
    Ok(NoContent)
}
