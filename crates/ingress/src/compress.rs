//! gzip for replies that are worth it.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, VARY};

use crate::limits::GZIP_INLINE_BYTES;

/// Whether the client takes gzip (RFC 9110 §12.5.3).
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        let Ok(value) = value.to_str() else { continue };
        for item in value.split(',') {
            let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
            let wanted = weight(parameters) > 0.0;
            match coding.trim() {
                name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
                    return wanted;
                }
                "*" => any = Some(wanted),
                _ => {}
            }
        }
    }
    any.unwrap_or(false)
}

fn weight(parameters: &str) -> f32 {
    let q = parameters.split(';').find_map(|p| p.trim().strip_prefix("q="));
    q.map_or(1.0, |q| q.trim().parse().unwrap_or(0.0))
}

/// Text of some kind: pictures and archives are compressed already.
fn is_compressible(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.starts_with("text/")
        || media.ends_with("json")
        || media.ends_with("+xml")
        || matches!(media, "application/xml" | "application/javascript")
}

/// Compresses the body when it is long enough, of a kind that shrinks, and the client takes it. Says in `Vary` that it
/// depends on the client, in either case.
pub(crate) async fn compress(
    response: http::Response<Bytes>,
    accepted: bool,
    min_bytes: usize,
) -> http::Response<Bytes> {
    let (mut parts, body) = response.into_parts();
    let typed = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if body.len() < min_bytes.max(1)
        || parts.headers.contains_key(CONTENT_ENCODING)
        || !typed.is_some_and(is_compressible)
    {
        return http::Response::from_parts(parts, body);
    }
    parts.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if !accepted {
        return http::Response::from_parts(parts, body);
    }
    let packed = if body.len() > GZIP_INLINE_BYTES {
        let body = body.clone();
        // Cancelled or panicked: the reply goes as it is.
        tokio::task::spawn_blocking(move || gzip(&body)).await.ok().flatten()
    } else {
        gzip(&body)
    };
    let Some(packed) = packed.filter(|packed| packed.len() < body.len()) else {
        return http::Response::from_parts(parts, body);
    };
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    weaken(&mut parts.headers);
    http::Response::from_parts(parts, packed)
}

/// A strong `ETag` names exact bytes (RFC 9110 §8.8.1), and these are others now.
fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/")) else { return };
    if let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()) {
        headers.insert(ETAG, weak);
    }
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    // The fastest level: JSON shrinks to a fifth anyway, and the time is taken from other calls.
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    Some(encoder.finish().ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn headers(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, accept.parse().unwrap())])
    }

    fn reply(content_type: &str, body: &str) -> http::Response<Bytes> {
        let response = http::Response::builder().header(CONTENT_TYPE, content_type).header(ETAG, "\"a\"");
        response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn accept_encoding_is_read_as_the_standard_says() {
        for (accept, takes) in [
            ("gzip", true),
            ("GZIP;q=0.5", true),
            ("br, gzip;q=1.0", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("br", false),
            ("identity", false),
            ("gzip;q=nonsense", false),
            ("", false),
        ] {
            assert_eq!(accepts_gzip(&headers(accept)), takes, "{accept}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn long_text_is_compressed_and_reads_back() {
        for length in [2_000, 2 * GZIP_INLINE_BYTES] {
            let body = "neighbour ".repeat(length / 10);
            let packed = compress(reply("application/json; charset=utf-8", &body), true, 1_024).await;
            assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
            assert_eq!(packed.headers()[VARY], "accept-encoding");
            assert_eq!(packed.headers()[ETAG], "W/\"a\"");
            let mut read = String::new();
            flate2::read::GzDecoder::new(&packed.body()[..]).read_to_string(&mut read).unwrap();
            assert_eq!(read, body);
        }
    }

    #[tokio::test]
    async fn what_is_short_or_packed_or_not_wanted_goes_as_it_is() {
        let long = "a".repeat(2_000);
        let short = compress(reply("application/json", "{}"), true, 1_024).await;
        assert!(!short.headers().contains_key(CONTENT_ENCODING) && !short.headers().contains_key(VARY));
        let picture = compress(reply("image/png", &long), true, 1_024).await;
        assert!(!picture.headers().contains_key(CONTENT_ENCODING));
        let unwanted = compress(reply("application/problem+json", &long), false, 1_024).await;
        assert!(!unwanted.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(unwanted.headers()[VARY], "accept-encoding", "a cache must know that it depends");
        assert_eq!(unwanted.headers()[ETAG], "\"a\"");
    }
}
