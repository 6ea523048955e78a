//! The HTTP client of `linli plugin`: to the server that plugins are published on, to registries, and to the platform in
//! this process; and of a server that pulls from registries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{RootCerts, TlsConfig};

/// What takes longer hangs: the largest upload is 16 MiB, vetted before it is answered.
const HANGING: Duration = Duration::from_secs(300);
/// Bytes of an answer, at most: the largest component, and a margin.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;

/// Nothing is asked with less time than this left: it would not be answered.
const LEAST: Duration = Duration::from_millis(1);

/// A client with its connections.
#[derive(Clone)]
pub struct Http {
    agent: Agent,
    until: Option<Instant>,
}

/// A request that is being put together.
pub struct Call<'h> {
    http: &'h Http,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    most: u64,
}

/// An answer, read whole.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Default for Http {
    fn default() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            // A registry sends blobs from elsewhere, and the token must not go there: redirects are followed by hand.
            .max_redirects(0)
            .timeout_global(Some(HANGING))
            .build();
        Self { agent: config.new_agent(), until: None }
    }
}

impl Http {
    /// The same client for requests that must all be answered by then.
    #[must_use]
    pub fn until(&self, end: Instant) -> Self {
        Self { agent: self.agent.clone(), until: Some(end) }
    }

    /// A request.
    pub fn call(&self, method: Method, url: impl Into<String>) -> Call<'_> {
        Call { http: self, method, url: url.into(), headers: vec![], body: vec![], most: MAX_ANSWER }
    }

    /// What is left, of the time there is for everything.
    fn left(&self) -> Duration {
        self.until.map_or(HANGING, |end| end.saturating_duration_since(Instant::now()).max(LEAST))
    }
}

impl Call<'_> {
    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a bearer token, if there is one.
    #[must_use]
    pub fn bearer(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.header("authorization", format!("Bearer {token}")),
            None => self,
        }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// With an answer of at most so many bytes: a longer one is none.
    #[must_use]
    pub fn at_most(self, bytes: usize) -> Self {
        Self { most: bytes as u64, ..self }
    }

    /// Sends it, and blocks until the answer is there.
    ///
    /// # Errors
    /// There is none.
    pub fn send(self) -> Result<Answer> {
        let shown = format!("{} {}", self.method, self.url);
        let bodiless =
            self.body.is_empty() && matches!(self.method, Method::GET | Method::HEAD | Method::DELETE);
        let mut request = Request::builder().method(self.method).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let context = || format!("no answer to {shown}");
        let (agent, left) = (&self.http.agent, Some(self.http.left()));
        let response = if bodiless {
            let request = agent.configure_request(request.body(())?).timeout_global(left).build();
            agent.run(request).with_context(context)?
        } else {
            let request = agent.configure_request(request.body(self.body)?).timeout_global(left).build();
            agent.run(request).with_context(context)?
        };
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(self.most).read_to_vec().with_context(context)?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}

impl Answer {
    /// A header; none when it is not there, or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, as far as it is text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
