//! What is served beside the calls: descriptions, keys, health and metrics.

use std::sync::Arc;

use axum::extract::{Request, State as Of};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use linli_gateway::{REFERENCE_POLICY, Rejection};

use crate::compress::{accepts_gzip, compress};
use crate::metrics::{self, Page};
use crate::state::State;

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// Keys change with an installation, hardly ever otherwise; a verifier may keep them for this many seconds.
const KEYS_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
pub(crate) async fn front_page() -> Redirect {
    Redirect::temporary("/docs")
}

pub(crate) async fn openapi(Of(state): Of<Arc<State>>, request: Request) -> Response {
    page(&state, request, JSON, NO_CACHE, state.live.front().openapi.clone()).await
}

pub(crate) async fn reference(Of(state): Of<Arc<State>>, request: Request) -> Response {
    page(&state, request, HTML, NO_CACHE, state.live.front().reference.clone()).await
}

/// Alive: whoever can answer this need not be restarted.
pub(crate) async fn health() -> Response {
    plain(200, "ok\n")
}

/// Whether to send calls here: not while draining, not without components, not without the store.
pub(crate) async fn readiness(Of(state): Of<Arc<State>>) -> Response {
    if state.drain.is_draining() {
        plain(503, "draining\n")
    } else if state.live.is_ready() {
        plain(200, "ready\n")
    } else {
        plain(503, "not ready\n")
    }
}

pub(crate) async fn metrics(Of(state): Of<Arc<State>>, request: Request) -> Response {
    let text = metrics::render(&state);
    page(&state, request, Page::CONTENT_TYPE, NO_CACHE, text.into()).await
}

/// The public keys that tickets and certificates are signed with, for checking them offline.
pub(crate) async fn keys(Of(state): Of<Arc<State>>, request: Request) -> Response {
    let keys = state.live.platform().public_keys().to_string();
    page(&state, request, JSON, KEYS_CACHE, keys.into()).await
}

/// The development key that tokens are signed with here; an identity provider publishes its own.
pub(crate) async fn token_keys(Of(state): Of<Arc<State>>, request: Request) -> Response {
    match &state.published_jwks {
        Some(keys) => page(&state, request, JSON, KEYS_CACHE, Bytes::copy_from_slice(keys.as_bytes())).await,
        None => refuse(&state, &request.into_parts().0, &Rejection::UnknownPath),
    }
}

pub(crate) async fn unknown_path(Of(state): Of<Arc<State>>, request: Request) -> Response {
    refuse(&state, &request.into_parts().0, &Rejection::UnknownPath)
}

/// All pages are for reading.
pub(crate) async fn wrong_method(Of(state): Of<Arc<State>>, request: Request) -> Response {
    refuse(&state, &request.into_parts().0, &Rejection::WrongMethod { allow: "GET, HEAD".to_owned() })
}

fn refuse(state: &State, parts: &Parts, rejection: &Rejection) -> Response {
    let response = rejection.respond(&parts.headers, &state.ids.make());
    response.map(axum::body::Body::from)
}

fn plain(status: u16, text: &'static str) -> Response {
    let status = http::StatusCode::from_u16(status).unwrap_or_default();
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(TEXT)), (CACHE_CONTROL, NO_CACHE)];
    (status, headers, text).into_response()
}

async fn page(
    state: &State,
    request: Request,
    content_type: &'static str,
    cache: HeaderValue,
    body: Bytes,
) -> Response {
    let mut response = http::Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, cache);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if content_type == HTML {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(REFERENCE_POLICY));
    }
    let accepted = accepts_gzip(request.headers());
    compress(response, accepted, state.limits.gzip_min_bytes).await.map(axum::body::Body::from)
}
