//! Calls of components to the outside: who may call where and how often, and the client that does it.
//!
//! A component reaches the origins an operator granted it, and nothing else. A request is sent once, to that origin:
//! redirects are not followed, since they lead elsewhere. What is sent and what comes back is the component's affair;
//! the log says which origin, which status, how long.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use linli_contract::limits::{MAX_REPLY_BYTES, MAX_REQUEST_BYTES};
use linli_contract::{Permission, Timestamp};

use crate::bindings::outbound::{Failure, Header, Request as Asked, Response};

/// Requests of one call: a task asks a few offices, it does not crawl.
pub(crate) const MAX_SENDS: u32 = 16;
/// Headers of a request.
const MAX_HEADERS: usize = 64;
/// Longest time-out a component may ask for, in milliseconds; see `wit/outbound.wit`.
const MAX_TIMEOUT_MILLIS: u32 = 30_000;
/// Connections kept open to one origin while nothing is sent.
const IDLE_CONNECTIONS: usize = 4;
/// How long such a connection is kept.
const IDLE_PERIOD: Duration = Duration::from_secs(30);
/// Headers that are the client's own.
const OWN_HEADERS: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "idempotency-key",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// Scheme, host and port (RFC 6454): what is granted. `https` unless an operator writes `http`, for a service on a
/// network of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    scheme: &'static str,
    host: String,
    port: u16,
}

/// The text is not `https://host` or `http://host`, with a port if it is not the usual one, and nothing after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an origin: `https://host` or `http://host`, with a port if need be, and no path")]
pub struct OriginError;

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let (scheme, usual) = match uri.scheme_str()? {
            "https" => ("https", 443),
            "http" => ("http", 80),
            _ => return None,
        };
        // Credentials in a URL end up in logs on the way.
        if uri.authority()?.as_str().contains('@') {
            return None;
        }
        let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
        Some(Self { scheme, host, port: uri.port_u16().unwrap_or(usual) })
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.parse().map_err(|_| OriginError)?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.ends_with('/');
        Self::of(&uri).filter(|_| bare).ok_or(OriginError)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// What operators grant: component → origin → calls a minute.
pub type OutboundGrants = BTreeMap<String, BTreeMap<Origin, u32>>;

/// Where one component may call. Lives as long as the component is live.
pub(crate) struct Allowed(BTreeMap<Origin, Rate>);

impl Allowed {
    /// What an operator granted, and the hosts of the permissions it has: those by `https` on the usual port.
    pub(crate) fn new<'p>(
        granted: Option<&BTreeMap<Origin, u32>>,
        permissions: impl Iterator<Item = &'p Permission>,
    ) -> Self {
        let declared = permissions.filter_map(|permission| match permission {
            Permission::Outbound { host, calls_per_minute } => {
                Some((Origin { scheme: "https", host: host.clone(), port: 443 }, *calls_per_minute))
            }
            _ => None,
        });
        let granted = granted.into_iter().flatten().map(|(origin, rate)| (origin.clone(), *rate));
        // An operator's word on the same origin counts.
        Self(declared.chain(granted).map(|(origin, per_minute)| (origin, Rate::new(per_minute))).collect())
    }
}

/// Answers components in place of the outside: for rehearsals, in which nothing leaves the machine. What was not granted,
/// is no request or comes too often is refused before.
pub trait Outside: Send + Sync {
    /// What comes back for a request.
    ///
    /// # Errors
    /// Nothing does.
    fn answer(&self, method: &str, url: &str, body: &[u8]) -> Result<OutsideReply, OutsideFailure>;
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideReply {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Why nothing comes back; see `wit/outbound.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum OutsideFailure {
    Unreachable,
    TimedOut,
    TooLarge,
}

impl OutsideReply {
    fn of(answered: Result<Self, OutsideFailure>) -> Result<Response, Failure> {
        let reply = answered.map_err(|failure| match failure {
            OutsideFailure::Unreachable => Failure::Unreachable,
            OutsideFailure::TimedOut => Failure::TimedOut,
            OutsideFailure::TooLarge => Failure::TooLarge,
        })?;
        let headers = reply.headers.into_iter().map(|(name, value)| Header { name, value }).collect();
        Ok(Response { status: reply.status, headers, body: reply.body })
    }
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The client of a platform, made when it is first needed. Lives as long as the platform.
pub(crate) struct Outbound {
    client: OnceLock<Option<HttpClient>>,
    /// Who answers instead of it.
    outside: Option<Arc<dyn Outside>>,
}

impl Outbound {
    pub(crate) fn new(outside: Option<Arc<dyn Outside>>) -> Self {
        Self { client: OnceLock::new(), outside }
    }

    /// Sends a request of a component, with this `Idempotency-Key`.
    pub(crate) async fn send(
        &self,
        component: &str,
        allowed: &Allowed,
        key: &str,
        now: Timestamp,
        asked: Asked,
    ) -> Result<Response, Failure> {
        let uri: Uri = asked.url.parse().map_err(|_| Failure::InvalidRequest)?;
        let origin = Origin::of(&uri).ok_or(Failure::InvalidRequest)?;
        let rate = allowed.0.get(&origin).ok_or(Failure::NotGranted)?;
        let timeout = match asked.timeout {
            millis @ 1..=MAX_TIMEOUT_MILLIS => Duration::from_millis(u64::from(millis)),
            _ => return Err(Failure::InvalidRequest),
        };
        let request = request(uri, key, asked)?;
        if !rate.take(now) {
            return Err(Failure::OverLimit);
        }
        if let Some(outside) = &self.outside {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            return OutsideReply::of(outside.answer(head.method.as_str(), &head.uri.to_string(), &body));
        }
        let client = self.client.get_or_init(client).as_ref().ok_or(Failure::Unreachable)?;
        let exchange = async {
            let response = client.request(request).await.map_err(|_| Failure::Unreachable)?;
            received(response).await
        };
        let outcome = tokio::time::timeout(timeout, exchange).await.unwrap_or(Err(Failure::TimedOut));
        match &outcome {
            Ok(response) => tracing::debug!(component, %origin, status = response.status, "outbound call"),
            Err(failure) => tracing::warn!(component, %origin, ?failure, "outbound call failed"),
        }
        outcome
    }
}

/// None when the system has no certificates to trust: then nothing can be called, and the log says why.
fn client() -> Option<HttpClient> {
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider);
    let connector = connector
        .inspect_err(
            |error| tracing::error!(%error, "no certificates to trust: components cannot call the outside"),
        )
        .ok()?
        .https_or_http()
        .enable_http1()
        .build();
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new());
    builder.pool_idle_timeout(IDLE_PERIOD).pool_max_idle_per_host(IDLE_CONNECTIONS);
    Some(builder.build(connector))
}

fn request(uri: Uri, key: &str, asked: Asked) -> Result<Request<Full<Bytes>>, Failure> {
    let method = match asked.method.as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => return Err(Failure::InvalidRequest),
    };
    if asked.headers.len() > MAX_HEADERS || asked.body.len() > MAX_REQUEST_BYTES {
        return Err(Failure::InvalidRequest);
    }
    let mut request = Request::builder().method(method).uri(uri).header("idempotency-key", key);
    for Header { name, value } in asked.headers {
        let name: HeaderName = name.parse().map_err(|_| Failure::InvalidRequest)?;
        let value = HeaderValue::from_str(&value).map_err(|_| Failure::InvalidRequest)?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(Failure::InvalidRequest);
        }
        request = request.header(name, value);
    }
    request.body(Full::new(asked.body.into())).map_err(|_| Failure::InvalidRequest)
}

async fn received(response: hyper::Response<hyper::body::Incoming>) -> Result<Response, Failure> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MAX_REPLY_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { Failure::TooLarge } else { Failure::Unreachable }
    })?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| Header { name: name.as_str().to_owned(), value: text(value) })
        .collect();
    Ok(Response { status: head.status.as_u16(), headers, body: body.to_bytes().into() })
}

/// So many a minute, and as many at once: the moment from which the bucket is full again, in microseconds.
struct Rate {
    cost: i64,
    full_at: Mutex<i64>,
}

impl Rate {
    fn new(per_minute: u32) -> Self {
        Self { cost: MICROS_PER_MINUTE / i64::from(per_minute.max(1)), full_at: Mutex::new(0) }
    }

    fn take(&self, now: Timestamp) -> bool {
        // A panic while it is held leaves a number, and every number is valid.
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = (*full_at).max(now.micros()) + self.cost;
        let fits = spent <= now.micros() + MICROS_PER_MINUTE;
        if fits {
            *full_at = spent;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string());
        assert_eq!(origin("https://Licence.Example"), Ok("https://licence.example:443".to_owned()));
        assert_eq!(origin("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".to_owned()));
        for wrong in [
            "",
            "licence.example",
            "https://",
            "https://a.example/path",
            "https://a.example/",
            "ftp://a.example",
        ] {
            assert_eq!(origin(wrong), Err(OriginError), "{wrong}");
        }
        assert_eq!(origin("https://user@a.example"), Err(OriginError));
    }

    #[test]
    fn so_many_a_minute() {
        let rate = Rate::new(2);
        let at = |seconds: i64| Timestamp::from_micros(1_777_599_000_000_000).plus_seconds(seconds);
        assert!(rate.take(at(0)) && rate.take(at(0)));
        assert!(!rate.take(at(0)) && !rate.take(at(29)));
        assert!(rate.take(at(30)));
        assert!(!rate.take(at(59)));
    }
}
