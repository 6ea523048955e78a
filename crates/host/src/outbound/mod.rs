//! Calls of components to the outside: who may call where and how often, and the client that does it.
//!
//! A component reaches the origins an operator granted it, and the hosts of its own permissions, and nothing else. A
//! request is sent once, to that origin: redirects are not followed, since they lead elsewhere. What is sent and what
//! comes back is the component's affair; the log says which origin, which status, how long.
//!
//! Whoever owns a name decides where it leads, so a name that a component declares, and any name a plugin uses, leads
//! to public addresses only. The operator's own networks are reached by what the operator wrote down: a core function
//! through any granted origin, a plugin through one that spells the address itself (`http://10.0.0.5:8080`).

mod address;
mod outside;
mod resolver;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use linli_calls::Trust;
use linli_contract::limits::{MAX_REPLY_BYTES, MAX_REQUEST_BYTES};
use linli_contract::{Permission, Timestamp};

use self::address::is_public;
pub use self::outside::{Outside, OutsideFailure, OutsideReply};
use self::resolver::{NotPublic, PublicOnly};
use crate::bindings::outbound::{Failure, Header, Request as Asked, Response};
use crate::rails::Rate;

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

impl Origin {
    /// The address it spells, if it does.
    fn address(&self) -> Option<IpAddr> {
        let host = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host);
        host.parse().ok()
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
pub(crate) struct Allowed(BTreeMap<Origin, Way>);

/// How to an origin.
struct Way {
    per_minute: u32,
    rate: Mutex<Rate>,
    /// Whether it may lead to addresses that are not public.
    anywhere: bool,
}

impl Allowed {
    /// What an operator granted, and the hosts of the permissions it has: those by `https` on the usual port.
    pub(crate) fn new<'p>(
        granted: Option<&BTreeMap<Origin, u32>>,
        permissions: impl Iterator<Item = &'p Permission>,
        trust: Trust,
    ) -> Self {
        let declared = permissions.filter_map(|permission| match permission {
            Permission::Outbound { host, calls_per_minute } => {
                let origin = Origin { scheme: "https", host: host.to_ascii_lowercase(), port: 443 };
                Some((origin, Way::new(*calls_per_minute, false)))
            }
            _ => None,
        });
        let granted = granted.into_iter().flatten().map(|(origin, per_minute)| {
            let anywhere = trust == Trust::Core || origin.address().is_some();
            (origin.clone(), Way::new(*per_minute, anywhere))
        });
        // An operator's word on the same origin counts.
        Self(declared.chain(granted).collect())
    }
}

impl Way {
    fn new(per_minute: u32, anywhere: bool) -> Self {
        Self { per_minute, rate: Mutex::default(), anywhere }
    }

    fn take(&self, now: Timestamp) -> bool {
        // A panic while it is held leaves a number, and every number is valid.
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.take(now, self.per_minute).is_ok()
    }
}

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
        let way = allowed.0.get(&origin).ok_or(Failure::NotGranted)?;
        // An address is not resolved, so the resolver cannot refuse it.
        if !way.anywhere && origin.address().is_some_and(|address| !is_public(address)) {
            return Err(Failure::NotGranted);
        }
        let timeout = match asked.timeout {
            millis @ 1..=MAX_TIMEOUT_MILLIS => Duration::from_millis(u64::from(millis)),
            _ => return Err(Failure::InvalidRequest),
        };
        let request = request(uri, key, asked)?;
        if !way.take(now) {
            return Err(Failure::OverLimit);
        }
        if let Some(outside) = &self.outside {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            return OutsideReply::of(outside.answer(head.method.as_str(), &head.uri.to_string(), &body));
        }
        let sent = if way.anywhere {
            let client = self.anywhere.get_or_init(|| client(GaiResolver::new()));
            client.as_ref().ok_or(Failure::Unreachable)?.request(request)
        } else {
            let client = self.public.get_or_init(|| client(PublicOnly::new()));
            client.as_ref().ok_or(Failure::Unreachable)?.request(request)
        };
        let exchange = async {
            let response = sent.await.map_err(|error| {
                if NotPublic::caused(&error) { Failure::NotGranted } else { Failure::Unreachable }
            })?;
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
    fn an_origin_may_spell_its_address() {
        let address = |text: &str| text.parse::<Origin>().unwrap().address();
        assert_eq!(address("http://10.0.0.5:8080"), "10.0.0.5".parse().ok());
        assert_eq!(address("http://[::1]:8080"), "::1".parse().ok());
        assert_eq!(address("https://a.example"), None);
    }
}
