//! Bytes as a request: a first line, headers, an empty line, a body. As it is written, so that seeds and what is found
//! can be read.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::door::callers;

/// The request behind some bytes; none where even an HTTP server would see none.
pub fn request(bytes: &[u8]) -> Option<(Parts, &[u8])> {
    let (head, body) = match bytes.windows(2).position(|two| two == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[][..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut first = lines.next()?.splitn(2, |byte| *byte == b' ');
    let method = Method::from_bytes(first.next()?).ok()?;
    let mut parts = Request::new(()).into_parts().0;
    parts.method = method;
    parts.uri = Uri::try_from(first.next()?.to_vec()).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]);
        parts.headers.append(name, HeaderValue::from_bytes(&signed(value)).ok()?);
    }
    Some((parts, body))
}

/// With a real token where a caller stands in braces.
fn signed(value: &[u8]) -> Vec<u8> {
    let place = |name: &str| value.windows(name.len()).position(|part| part == name.as_bytes());
    let found = callers().iter().find_map(|(name, token)| Some((place(name)?, name.len(), token)));
    match found {
        Some((at, length, token)) => [&value[..at], token.as_bytes(), &value[at + length..]].concat(),
        None => value.to_vec(),
    }
}
