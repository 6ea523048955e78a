//! Where a component may send requests to: `allowed_outbound_hosts`, as far as this host has its patterns.

use anyhow::{Context, Result, ensure};
use http::Uri;

/// The patterns of one component.
#[derive(Clone, Default)]
pub struct AllowedHosts(Vec<Pattern>);

#[derive(Clone)]
struct Pattern {
    /// `None`: any.
    scheme: Option<String>,
    host: Host,
    /// `None`: any.
    port: Option<u16>,
}

#[derive(Clone)]
enum Host {
    Any,
    /// `*.example.com`: what the host must end in, with its dot.
    Below(String),
    Exactly(String),
}

impl AllowedHosts {
    /// # Errors
    /// A pattern of another form than `scheme://host[:port]`, with `*` for any of them.
    pub fn parse(patterns: &[String]) -> Result<Self> {
        let parse = |text: &String| Pattern::parse(text).with_context(|| format!("allowed host {text}"));
        patterns.iter().map(parse).collect::<Result<_>>().map(Self)
    }

    /// Whether a request to there, or a connection, may leave.
    pub fn allow(&self, uri: &Uri) -> bool {
        self.0.iter().any(|pattern| pattern.matches(uri))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self> {
        let (scheme, rest) = text.split_once("://").context("it has no scheme")?;
        ensure!(!rest.contains(['/', '{', '[']), "it is more than a host and a port");
        let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
        let host = match host.strip_prefix('*') {
            Some("") => Host::Any,
            Some(below) => Host::Below(below.to_owned()),
            None => Host::Exactly(host.to_owned()),
        };
        let port = match (port, scheme) {
            (Some("*"), _) => None,
            (Some(port), _) => Some(port.parse()?),
            (None, scheme) => usual_port(scheme),
        };
        Ok(Self { scheme: Some(scheme.to_owned()).filter(|scheme| scheme != "*"), host, port })
    }

    fn matches(&self, uri: &Uri) -> bool {
        let Some(host) = uri.host() else { return false };
        let scheme = uri.scheme_str().unwrap_or("https");
        let port = uri.port_u16().or_else(|| usual_port(scheme));
        let named = match &self.host {
            Host::Any => true,
            Host::Below(end) => host.ends_with(end.as_str()),
            Host::Exactly(name) => name == host,
        };
        named
            && self.scheme.as_deref().is_none_or(|s| s == scheme)
            && (self.port.is_none() || self.port == port)
    }
}

/// The port where none is named; `None`: any.
fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        "postgres" => Some(5432),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_pattern_says() {
        let patterns = ["https://api.example.com", "http://127.0.0.1:*", "*://*.example.org:8080"];
        let hosts = AllowedHosts::parse(&patterns.map(str::to_owned)).unwrap();
        let allowed = |uri: &str| hosts.allow(&uri.parse().unwrap());
        assert!(allowed("https://api.example.com/x"));
        assert!(!allowed("http://api.example.com/x"), "another scheme");
        assert!(!allowed("https://api.example.com:444/x"), "another port");
        assert!(allowed("http://127.0.0.1:4711/"));
        assert!(!allowed("http://127.0.0.2:4711/"));
        let database = AllowedHosts::parse(&["postgres://db.example.org".to_owned()]).unwrap();
        assert!(database.allow(&"postgres://db.example.org:5432".parse().unwrap()));
        assert!(!database.allow(&"postgres://db.example.org:5433".parse().unwrap()));
        assert!(allowed("http://a.example.org:8080/"));
        assert!(!allowed("http://example.org:8080/"));
        assert!(
            !AllowedHosts::default().allow(&"https://example.com".parse().unwrap()),
            "nothing by default"
        );
    }
}
