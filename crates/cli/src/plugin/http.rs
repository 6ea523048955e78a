//! The HTTP client of `linli plugin`: to the server that plugins are published on, to registries, and to the platform in
//! this process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{RootCerts, TlsConfig};

/// What takes longer hangs: the largest upload is 16 MiB, vetted before it is answered.
const HANGING: Duration = Duration::from_secs(300);
/// Bytes of an answer, at most: the largest component, and a margin.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;

/// A client with its connections.
pub struct Http(Agent);

/// A request that is being put together.
pub struct Call<'h> {
    http: &'h Http,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
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
        Self(config.new_agent())
    }
}

impl Http {
    /// A request.
    pub fn call(&self, method: Method, url: impl Into<String>) -> Call<'_> {
        Call { http: self, method, url: url.into(), headers: vec![], body: vec![] }
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
        let agent = &self.http.0;
        let response = if bodiless {
            agent.run(request.body(())?).with_context(context)?
        } else {
            agent.run(request.body(self.body)?).with_context(context)?
        };
        let (head, mut body) = response.into_parts();
        let body = body.with_config().limit(MAX_ANSWER).read_to_vec().with_context(context)?;
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
