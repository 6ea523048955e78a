//! Calls as clients make them: over a socket, on kept connections, with replies read whole.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value as Json;
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request};

/// Nothing takes so long, on the slowest machine; whatever does hangs, and shall fail instead.
const HANGING: Duration = Duration::from_secs(120);
/// Kept connections of one client: more than any test has threads.
const KEPT: usize = 128;
/// Bytes of a reply, at most: no component may send more.
const MAX_REPLY: u64 = 16 * 1024 * 1024;

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    address: SocketAddr,
    /// What was answered, when that is written down.
    answered: Option<Arc<Mutex<Vec<Answered>>>>,
}

/// A call and its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// `POST`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// How.
    pub status: u16,
}

/// A reply, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, compressed if it was.
    pub bytes: Vec<u8>,
}

/// A call that is being put together.
#[derive(Debug, Clone)]
pub struct Call<'c> {
    client: &'c Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Client {
    /// A client of the server at this address.
    pub fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(HANGING))
            .max_idle_connections(KEPT)
            .max_idle_connections_per_host(KEPT)
            .build();
        Self { agent: config.new_agent(), address, answered: None }
    }

    /// The same client, which from now on writes down what is answered.
    #[must_use]
    pub fn recording(self) -> Self {
        Self { answered: Some(Arc::default()), ..self }
    }

    /// What was answered since [`Client::recording`].
    ///
    /// # Panics
    /// When nobody wrote it down.
    pub fn answered(&self) -> Vec<Answered> {
        self.answered.as_ref().unwrap().lock().unwrap().clone()
    }

    /// Where the server is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A call of any method, to any path.
    ///
    /// # Panics
    /// When the method is none.
    pub fn call(&self, method: &str, path: &str) -> Call<'_> {
        let method = method.parse().unwrap();
        Call { client: self, method, path: path.to_owned(), headers: vec![], body: vec![] }
    }

    /// A page.
    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path).send()
    }

    /// The value of one sample of `/metrics`; zero when there is none.
    ///
    /// # Panics
    /// When it is not a number.
    pub fn metric(&self, sample: &str) -> u64 {
        let page = self.get("/metrics").text();
        let line = page.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// Sends bytes as they are on a connection of their own, and reads until the server closes it: for what no honest
    /// client sends. They should ask for `connection: close`.
    ///
    /// # Panics
    /// When there is no connection.
    pub fn raw(&self, bytes: &[u8]) -> String {
        self.raw_parts(&[bytes])
    }

    /// As [`Client::raw`], each part in a packet of its own.
    ///
    /// # Panics
    /// When there is no connection.
    pub fn raw_parts(&self, parts: &[&[u8]]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(HANGING)).unwrap();
        parts.iter().for_each(|part| stream.write_all(part).unwrap());
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        String::from_utf8_lossy(&reply).into_owned()
    }
}

impl Call<'_> {
    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With an idempotency key.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// In English.
    #[must_use]
    pub fn english(self) -> Self {
        self.header("accept-language", "en")
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Json) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    /// With a body of any bytes, which says nothing of its type.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The reply.
    ///
    /// # Panics
    /// When there is none.
    pub fn send(self) -> Reply {
        let line = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// The reply.
    ///
    /// # Errors
    /// When the connection ended without one: the server was killed.
    ///
    /// # Panics
    /// When the call cannot be put into HTTP.
    pub fn try_send(self) -> Result<Reply, ureq::Error> {
        let uri = format!("http://{}{}", self.client.address, self.path);
        let mut request = Request::builder().method(self.method.clone()).uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let bodiless = matches!(self.method, Method::GET | Method::HEAD | Method::DELETE);
        let agent = &self.client.agent;
        let response = if self.body.is_empty() && bodiless {
            agent.run(request.body(()).unwrap())?
        } else {
            agent.run(request.body(self.body).unwrap())?
        };
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(MAX_REPLY).read_to_vec()?;
        let status = parts.status.as_u16();
        if let Some(answered) = &self.client.answered {
            let method = self.method.to_string();
            answered.lock().unwrap().push(Answered { method, path: self.path, status });
        }
        Ok(Reply { status, headers: parts.headers, bytes })
    }
}

impl Reply {
    /// A header; nothing when it is not there.
    ///
    /// # Panics
    /// When it is not text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is none.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body of a reply of this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Json {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Json::Null } else { self.json() }
    }

    /// Status and body, but for the id of the request in a problem: the same again for the same idempotency key.
    pub fn content(&self) -> (u16, Json) {
        let mut body = if self.bytes.is_empty() { Json::Null } else { self.json() };
        if self.header("content-type") == "application/problem+json" {
            body["request_id"].take();
        }
        (self.status, body)
    }

    /// The code of a problem of this status.
    ///
    /// # Panics
    /// When it is another reply, or one without a request id.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let document = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(document["request_id"], self.header("x-request-id"));
        assert!(!self.header("x-request-id").is_empty());
        document["code"].as_str().unwrap().to_owned()
    }

    /// Status, headers in order, body: as golden files have it. What differs from run to run (date, ids, tickets) is
    /// replaced.
    pub fn shown(&self) -> String {
        let mut out = format!("{}\n", self.status);
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "date" && *name != "content-length")
            // Only long replies can be compressed; that is for the tests of compression.
            .filter(|(_, value)| *value != "accept-encoding")
            .map(|(name, value)| match name.as_str() {
                "x-request-id" => "x-request-id: REQUEST".to_owned(),
                "etag" => "etag: TAG".to_owned(),
                name => format!("{name}: {}", value.to_str().unwrap()),
            })
            .collect();
        headers.sort();
        out.push_str(&headers.join("\n"));
        out.push('\n');
        if !self.bytes.is_empty() {
            out.push('\n');
            let body = indented(&String::from_utf8_lossy(&self.bytes));
            out.push_str(&masked(&body, self.header("x-request-id")));
            out.push('\n');
        }
        out
    }
}

/// The id of the request itself, and ids of documents (26 characters) and tickets (165) by their lengths: these are
/// base32. One in 130 ids of requests has no digit, so those of 13 characters could not be told from words.
fn masked(text: &str, request: &str) -> String {
    let pieces = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let mask = |piece: &str| {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let end = &piece[word.len()..];
        let base32 = word.bytes().all(|b| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&b));
        match word.len() {
            1.. if word == request => format!("REQUEST{end}"),
            26 if base32 => format!("ID{end}"),
            165 => format!("TICKET{end}"),
            _ => piece.to_owned(),
        }
    };
    pieces.map(mask).collect()
}

/// JSON over several lines, its members in their order; other texts as they are.
fn indented(text: &str) -> String {
    if serde_json::from_str::<Json>(text).is_err() {
        return text.to_owned();
    }
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0, false, false);
    for c in text.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            out.push(c);
            continue;
        }
        quoted = c == '"';
        let empty = out.ends_with(['{', '[']);
        if matches!(c, '}' | ']') {
            depth -= 1;
        }
        if (empty && !matches!(c, '}' | ']')) || out.ends_with(',') || (!empty && matches!(c, '}' | ']')) {
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
        }
        if matches!(c, '{' | '[') {
            depth += 1;
        }
        out.push(c);
        if c == ':' {
            out.push(' ');
        }
    }
    out
}
