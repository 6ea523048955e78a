//! The client of components' calls to the outside. Who may call where is in `linli_calls`; a request that may go to
//! public addresses alone goes through a client of its own. What is sent and what comes back is the component's affair; the
//! log says which origin, which status, how long.

mod outside;
mod resolver;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::Request;
use hyper::header::HeaderValue;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use linli_calls::{Received, SendFailure, Sendable};
use linli_contract::limits::MAX_REPLY_BYTES;

pub use self::outside::{Outside, OutsideFailure, OutsideReply};
use self::resolver::{NotPublic, PublicOnly};

/// Connections kept open to one origin while nothing is sent.
const IDLE_CONNECTIONS: usize = 4;
/// How long such a connection is kept.
const IDLE_PERIOD: Duration = Duration::from_secs(30);
type HttpClient<R> = Client<HttpsConnector<HttpConnector<R>>, Full<Bytes>>;

/// The clients of a platform, made when they are first needed. They share no connection: one that leads to an address
/// that is not public is never used for an origin that may not. Live as long as the platform.
pub(crate) struct Outbound {
    anywhere: OnceLock<Option<HttpClient<GaiResolver>>>,
    public: OnceLock<Option<HttpClient<PublicOnly>>>,
    /// Who answers instead of them.
    outside: Option<Arc<dyn Outside>>,
}

impl Outbound {
    pub(crate) fn new(outside: Option<Arc<dyn Outside>>) -> Self {
        Self { anywhere: OnceLock::new(), public: OnceLock::new(), outside }
    }

    /// Sends a request of a component that was judged.
    pub(crate) async fn send(&self, component: &str, judged: Sendable) -> Result<Received, SendFailure> {
        let Sendable { origin, anywhere, request, timeout } = judged;
        if let Some(outside) = &self.outside {
            let (head, body) = request.into_parts();
            return OutsideReply::of(outside.answer(head.method.as_str(), &head.uri.to_string(), &body));
        }
        let request: Request<Full<Bytes>> = request.map(|body| Full::new(body.into()));
        let sent = if anywhere {
            let client = self.anywhere.get_or_init(|| client(GaiResolver::new()));
            client.as_ref().ok_or(SendFailure::Unreachable)?.request(request)
        } else {
            let client = self.public.get_or_init(|| client(PublicOnly::new()));
            client.as_ref().ok_or(SendFailure::Unreachable)?.request(request)
        };
        let exchange = async {
            let response = sent.await.map_err(|error| {
                if NotPublic::caused(&error) { SendFailure::NotGranted } else { SendFailure::Unreachable }
            })?;
            received(response).await
        };
        let outcome = tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(SendFailure::TimedOut));
        match &outcome {
            Ok(response) => tracing::debug!(component, %origin, status = response.status, "outbound call"),
            Err(failure) => tracing::warn!(component, %origin, ?failure, "outbound call failed"),
        }
        outcome
    }
}

/// None when the system has no certificates to trust: then nothing can be called, and the log says why.
fn client<R>(resolver: R) -> Option<HttpClient<R>>
where
    HttpsConnector<HttpConnector<R>>: Connect + Clone,
{
    let mut http = HttpConnector::new_with_resolver(resolver);
    // The connector around it speaks TLS over what this one connects.
    http.enforce_http(false);
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
    let connector = connector
        .inspect_err(
            |error| tracing::error!(%error, "no certificates to trust: components cannot call the outside"),
        )
        .ok()?
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    builder.pool_idle_timeout(IDLE_PERIOD).pool_max_idle_per_host(IDLE_CONNECTIONS);
    Some(builder.build(connector))
}

async fn received(response: hyper::Response<hyper::body::Incoming>) -> Result<Received, SendFailure> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_REPLY_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { SendFailure::TooLarge } else { SendFailure::Unreachable }
    })?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    Ok(Received { status: head.status.as_u16(), headers, body: body.to_bytes().into() })
}
