//! Calls of components to the outside: who may call where and how often, and what a request may be. A host has the client
//! that sends it.
//!
//! A component reaches the origins an operator granted it, and the hosts of its own permissions, and nothing else. A
//! request is sent once, to that origin: redirects are not followed, since they lead elsewhere.
//!
//! Whoever owns a name decides where it leads, so a name that a component declares, and any name a plugin uses, leads
//! to public addresses only. The operator's own networks are reached by what the operator wrote down: a core function
//! through any granted origin, a plugin through one that spells the address itself (`http://10.0.0.5:8080`).

mod address;
mod rate;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use linli_contract::limits::MAX_REQUEST_BYTES;
use linli_contract::{Permission, Timestamp};

use crate::component::Trust;

pub use address::is_public;
pub use rate::Rate;

/// Headers of a request.
const MAX_HEADERS: usize = 64;
/// Longest time-out a component may ask for, in milliseconds; see `wit/outbound.wit`.
const MAX_TIMEOUT_MILLIS: u32 = 30_000;
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

/// Why a request gets no response; see `wit/outbound.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the contract's")]
pub enum SendFailure {
    NotGranted,
    OverLimit,
    Unreachable,
    TimedOut,
    TooLarge,
    InvalidRequest,
}

/// A request, as a component asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// An origin and a path.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
    /// Milliseconds, 1 to 30,000.
    pub timeout: u32,
}

impl Asked {
    /// Bytes that cross between guest and host.
    pub fn bytes(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.url.len() + self.body.len() + headers
    }
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// A request that may be sent.
pub struct Sendable {
    /// Where to.
    pub origin: Origin,
    /// Whether it may lead to addresses that are not public.
    pub anywhere: bool,
    /// With its `Idempotency-Key`.
    pub request: Request<Vec<u8>>,
    /// Until the whole response is there.
    pub timeout: Duration,
}

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
pub struct Allowed(BTreeMap<Origin, Way>);

/// How to an origin.
struct Way {
    per_minute: u32,
    rate: Mutex<Rate>,
    /// Whether it may lead to addresses that are not public.
    anywhere: bool,
}

impl Allowed {
    /// What an operator granted, and the hosts of the permissions it has: those by `https` on the usual port.
    pub fn new<'p>(
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

    /// Judges a request at the moment it is to be sent, with this `Idempotency-Key`, and counts it.
    ///
    /// # Errors
    /// It is no request, it may not go there, or it is one too many.
    pub fn judge(&self, key: &str, now: Timestamp, asked: Asked) -> Result<Sendable, SendFailure> {
        let uri: Uri = asked.url.parse().map_err(|_| SendFailure::InvalidRequest)?;
        let origin = Origin::of(&uri).ok_or(SendFailure::InvalidRequest)?;
        let way = self.0.get(&origin).ok_or(SendFailure::NotGranted)?;
        // An address is not resolved, so no resolver can refuse it.
        if !way.anywhere && origin.address().is_some_and(|address| !is_public(address)) {
            return Err(SendFailure::NotGranted);
        }
        let timeout = match asked.timeout {
            millis @ 1..=MAX_TIMEOUT_MILLIS => Duration::from_millis(u64::from(millis)),
            _ => return Err(SendFailure::InvalidRequest),
        };
        let request = request(uri, key, asked)?;
        if !way.take(now) {
            return Err(SendFailure::OverLimit);
        }
        Ok(Sendable { origin, anywhere: way.anywhere, request, timeout })
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

fn request(uri: Uri, key: &str, asked: Asked) -> Result<Request<Vec<u8>>, SendFailure> {
    let method = match asked.method.as_str() {
        "GET" => Method::GET,
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => return Err(SendFailure::InvalidRequest),
    };
    if asked.headers.len() > MAX_HEADERS || asked.body.len() > MAX_REQUEST_BYTES {
        return Err(SendFailure::InvalidRequest);
    }
    let mut request = Request::builder().method(method).uri(uri).header("idempotency-key", key);
    for (name, value) in asked.headers {
        let name: HeaderName = name.parse().map_err(|_| SendFailure::InvalidRequest)?;
        let value = HeaderValue::from_str(&value).map_err(|_| SendFailure::InvalidRequest)?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(SendFailure::InvalidRequest);
        }
        request = request.header(name, value);
    }
    request.body(asked.body).map_err(|_| SendFailure::InvalidRequest)
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
