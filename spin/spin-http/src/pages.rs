//! What is served beside the calls, below `/_linli/<function>/`.
//!
//! | path | |
//! |---|---|
//! | `healthz` | alive: whoever can answer this need not be restarted |
//! | `readyz` | whether to send calls here; the first time, it makes the function known to the others |
//! | `drain` | POST, with `Authorization: Bearer <secret>`: has the function react to what is due; `{"delivered": n}` |
//! | `keys` | the public keys of what the function signs, as a JWK set |
//! | `openapi.json` | what the function can do |

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use linli_gateway::{Rejection, TokenFault};

use crate::below::Below;
use crate::calls::rejection_of;
use crate::drain::drain;
use crate::front::Front;

/// Where they lie, before the function's name.
pub const PREFIX: &str = "/_linli/";

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// Keys change with an installation, hardly ever otherwise; a verifier may keep them for this many seconds.
const KEYS_CACHE: &str = "public, max-age=300";
const NO_CACHE: &str = "no-cache";
/// Deliveries of one request to drain; whoever asks goes on until there are none.
const DRAIN_AT_ONCE: u32 = 64;

/// Answers a page; `page` is its path below the function's name.
pub(crate) fn answer(
    front: &Front,
    below: &impl Below,
    parts: &Parts,
    page: &str,
) -> Result<Response<Bytes>, Rejection> {
    let reading = parts.method == Method::GET || parts.method == Method::HEAD;
    let allow = |allowed: bool, methods: &str| {
        if allowed { Ok(()) } else { Err(Rejection::WrongMethod { allow: methods.to_owned() }) }
    };
    match page {
        "healthz" | "readyz" | "keys" | "openapi.json" => allow(reading, "GET, HEAD")?,
        "drain" => allow(parts.method == Method::POST, "POST")?,
        _ => return Err(Rejection::UnknownPath),
    }
    Ok(match page {
        "readyz" if !below.is_ready() => not_ready(),
        "readyz" => document(200, TEXT, NO_CACHE, "ready\n"),
        "keys" => document(200, JSON, KEYS_CACHE, below.public_keys()),
        "openapi.json" => document(200, JSON, NO_CACHE, front.openapi().clone()),
        "drain" => {
            check_secret(front, parts)?;
            let delivered = drain(below, None, DRAIN_AT_ONCE).map_err(rejection_of)?;
            document(200, JSON, "no-store", format!("{{\"delivered\":{delivered}}}"))
        }
        _ => health(),
    })
}

/// That the component answers at all.
pub fn health() -> Response<Bytes> {
    document(200, TEXT, NO_CACHE, "ok\n")
}

/// What is answered while the function cannot be opened, as when its database is away: it is alive, it is not ready, and
/// whoever calls it comes again later. `id` is that of the request.
pub fn closed(parts: &Parts, id: &str) -> Response<Bytes> {
    match parts.uri.path().rsplit('/').next() {
        Some("healthz") => health(),
        Some("readyz") => not_ready(),
        _ => Rejection::Unavailable.respond(&parts.headers, id),
    }
}

fn not_ready() -> Response<Bytes> {
    document(503, TEXT, NO_CACHE, "not ready\n")
}

fn check_secret(front: &Front, parts: &Parts) -> Result<(), Rejection> {
    let given = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    match given {
        None => Err(Rejection::Unauthorized(TokenFault::Missing)),
        Some(given) if front.configuration().is_secret(given) => Ok(()),
        Some(_) => Err(Rejection::RoleNotAllowed),
    }
}

fn document(
    status: u16,
    content_type: &'static str,
    cache: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
