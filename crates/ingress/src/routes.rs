//! Every route of the server, on one page.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use linli_gateway::Gateway;
use tower::ServiceExt;

use crate::state::State;
use crate::{call, pages, plugins};

/// Calls have their whole body at hand, pages are axum's.
pub(crate) type ReplyBody = Either<Full<Bytes>, axum::body::Body>;

/// Where the calls of components lie; below it the gateway routes by their descriptors:
/// `/v1/{community}/{component}/…`. The platform's own operations, `/v1/plugins/…`, are in a table of the gateway:
/// `crates/gateway/src/platform/`.
const CALLS: &str = "/v1/";

/// The pages beside the calls.
pub(crate) fn pages(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(pages::front_page))
        .route("/openapi.json", get(pages::openapi))
        .route("/docs", get(pages::reference))
        .route("/healthz", get(pages::health))
        .route("/readyz", get(pages::readiness))
        .route("/metrics", get(pages::metrics))
        .route("/.well-known/linli-keys", get(pages::keys))
        .route("/.well-known/jwks.json", get(pages::token_keys))
        .fallback(pages::unknown_path)
        .method_not_allowed_fallback(pages::wrong_method)
        .with_state(state)
}

/// Answers one request. Calls take the short way past axum, which costs them nothing then.
pub(crate) async fn answer(
    state: &State,
    pages: &Router,
    request: Request<Incoming>,
    socket: IpAddr,
) -> Result<Response<ReplyBody>, Infallible> {
    if Gateway::is_platform_path(request.uri().path()) {
        let response = plugins::serve(state, request, socket).await;
        return Ok(response.map(|body| Either::Left(Full::new(body))));
    }
    if request.uri().path().starts_with(CALLS) {
        let response = call::serve(state, request, socket).await;
        return Ok(response.map(|body| Either::Left(Full::new(body))));
    }
    let response = pages.clone().oneshot(request.map(axum::body::Body::new)).await?;
    Ok(response.map(Either::Right))
}
