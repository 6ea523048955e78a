//! The headers Spin adds to what a component sees.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use crate::routes::{Match, Route};

/// Takes away what belongs to the connection, and adds what Spin says of a request.
///
/// # Errors
/// A header that is not text.
pub fn prepare(
    headers: &mut HeaderMap,
    uri: &Uri,
    route: &Route,
    found: &Match<'_>,
    client: SocketAddr,
) -> Result<()> {
    headers.remove(header::CONNECTION);
    let host = headers.get(header::HOST).context("no host")?.to_str()?;
    let full = format!("http://{host}{}", uri.path_and_query().map_or("/", |path| path.as_str()));
    let prefix = if route.wildcard && route.prefix.is_empty() { "/" } else { &route.prefix };
    for (name, value) in [
        ("spin-path-info", found.rest),
        ("spin-full-url", &full),
        ("spin-matched-route", &route.raw),
        ("spin-base-path", "/"),
        ("spin-raw-component-route", &route.raw),
        ("spin-component-route", prefix),
        ("spin-client-addr", &client.to_string()),
    ] {
        headers.insert(name, HeaderValue::from_str(value)?);
    }
    for (name, segment) in &found.named {
        let name = HeaderName::try_from(format!("spin-path-match-{name}").to_ascii_lowercase())?;
        headers.insert(name, HeaderValue::from_str(segment)?);
    }
    Ok(())
}
