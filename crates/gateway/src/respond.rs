//! Answers on the wire.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue,
    IF_NONE_MATCH, LINK, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode, Uri};
use linli_contract::{Answer, Content, Reply, Status};
use sha2::{Digest, Sha256};

use crate::admit::Admitted;
use crate::problem::respond_problem;
use crate::url;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a component's page may do: show text and its own inline style. No script, no form, no origin of ours.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");
/// Media that no browser runs script from; everything else is sandboxed like HTML.
const INERT_MEDIA: [&str; 9] = [
    "application/json",
    "application/octet-stream",
    "application/pdf",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
];

impl<Place> Admitted<Place> {
    /// The response for what the component answered. `headers` are the request's; the id is the one its log lines bear.
    ///
    /// A query's reply carries a strong `ETag` over the bytes given here: whoever compresses them afterwards must weaken
    /// it (RFC 9110 §8.8.3). `If-None-Match` is compared weakly, as §13.1.2 asks, so weakened tags come back fine.
    pub fn respond(&self, answer: Answer, headers: &HeaderMap, request_id: &str) -> Response<Bytes> {
        match answer {
            Answer::Problem(problem) => respond_problem(&problem, headers, request_id),
            Answer::Reply(reply) => self.respond_reply(reply, headers, request_id),
        }
    }

    fn respond_reply(&self, reply: Reply, request: &HeaderMap, request_id: &str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let is_query = self.endpoint.is_query();
        *response.status_mut() = status_of(reply.status);
        let headers = response.headers_mut();
        let cache_control = if is_query { "private, no-cache" } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        set_request_id(headers, request_id);
        if let Some(next) = reply.next.as_deref().and_then(|cursor| next_link(&self.uri, cursor)) {
            headers.insert(LINK, next);
        }
        let content = if reply.status == Status::NoContent { Content::None } else { reply.content };
        let body = set_content(headers, content);
        if is_query && reply.status == Status::Ok {
            let tag = entity_tag(headers, &body);
            let unchanged = is_known(request, tag.as_bytes());
            headers.insert(ETAG, tag);
            if unchanged {
                headers.remove(CONTENT_TYPE);
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                return response;
            }
        }
        *response.body_mut() = body;
        response
    }
}

fn status_of(status: Status) -> StatusCode {
    match status {
        Status::Ok => StatusCode::OK,
        Status::Created => StatusCode::CREATED,
        Status::Accepted => StatusCode::ACCEPTED,
        Status::NoContent => StatusCode::NO_CONTENT,
    }
}

/// Puts the id that the ingress made into the response, for people to quote.
pub(crate) fn set_request_id(headers: &mut HeaderMap, request_id: &str) {
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, value);
    }
}

fn set_content(headers: &mut HeaderMap, content: Content) -> Bytes {
    match content {
        Content::None => Bytes::new(),
        Content::Json(text) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            text.into()
        }
        Content::Html(text) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
            text.into()
        }
        Content::Media { content_type, bytes } => {
            let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            if !INERT_MEDIA.contains(&essence.as_str()) {
                headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
            }
            // What is no header value is no media type; RFC 2046 §4.5.1 has a name for bytes of an unknown one.
            let unknown = HeaderValue::from_static("application/octet-stream");
            headers.insert(CONTENT_TYPE, HeaderValue::try_from(content_type).unwrap_or(unknown));
            bytes.into()
        }
    }
}

/// Half a SHA-256 of everything a cache would keep.
fn entity_tag(headers: &HeaderMap, body: &Bytes) -> HeaderValue {
    let mut hash = Sha256::new();
    for part in [headers.get(CONTENT_TYPE), headers.get(LINK)] {
        hash.update(part.map(HeaderValue::as_bytes).unwrap_or_default());
        hash.update([0]);
    }
    hash.update(body);
    let mut tag = String::with_capacity(34);
    tag.push('"');
    url::hex_into(&mut tag, &hash.finalize()[..16]);
    tag.push('"');
    HeaderValue::try_from(tag).expect("hex digits in quotes are a header value")
}

/// Whether `If-None-Match` names the tag, or any (`*`).
fn is_known(request: &HeaderMap, tag: &[u8]) -> bool {
    let values = request.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
    let mut tags = values.flat_map(|value| value.split(|b| *b == b',')).map(<[u8]>::trim_ascii);
    tags.any(|known| known == b"*" || known.strip_prefix(b"W/").unwrap_or(known) == tag)
}

/// The request's own address with the cursor put in. None when that is no header value.
fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let mut link = String::with_capacity(uri.path().len() + cursor.len() + 64);
    link.push('<');
    link.push_str(uri.path());
    link.push('?');
    let is_cursor = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        url::decode_query(name).is_ok_and(|name| name == "cursor")
    };
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_cursor(pair))
    {
        link.push_str(pair);
        link.push('&');
    }
    link.push_str("cursor=");
    url::encode_into(&mut link, cursor);
    link.push_str(">; rel=\"next\"");
    HeaderValue::try_from(link).ok()
}
