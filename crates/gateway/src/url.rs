//! Percent-encoding (RFC 3986 §2.1) and query pairs (WHATWG URL, `application/x-www-form-urlencoded`).

use std::borrow::Cow;

/// An escape that is not two hex digits, or bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadEscape;

/// Decodes one path step.
pub(crate) fn decode_step(raw: &str) -> Result<Cow<'_, str>, BadEscape> {
    decode(raw, false)
}

/// Decodes a name or value of a query, in which `+` is a space.
pub(crate) fn decode_query(raw: &str) -> Result<Cow<'_, str>, BadEscape> {
    decode(raw, true)
}

fn decode(raw: &str, plus_is_space: bool) -> Result<Cow<'_, str>, BadEscape> {
    if !raw.bytes().any(|b| b == b'%' || (plus_is_space && b == b'+')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let high = bytes.next().and_then(hex_digit).ok_or(BadEscape)?;
                let low = bytes.next().and_then(hex_digit).ok_or(BadEscape)?;
                out.push(high << 4 | low);
            }
            b'+' if plus_is_space => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| BadEscape)
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

/// The `name=value` pairs of a query, still encoded; empty ones are left out.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Appends `text` with everything but unreserved characters escaped.
pub(crate) fn encode_into(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push('%');
            push_hex(out, &[byte], b"0123456789ABCDEF");
        }
    }
}

/// Appends bytes as lower-case hex.
pub(crate) fn hex_into(out: &mut String, bytes: &[u8]) {
    push_hex(out, bytes, b"0123456789abcdef");
}

fn push_hex(out: &mut String, bytes: &[u8], digits: &[u8; 16]) {
    for byte in bytes {
        out.push(digits[usize::from(byte >> 4)] as char);
        out.push(digits[usize::from(byte & 15)] as char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_decode_to_utf_8_or_are_refused() {
        assert_eq!(decode_step("a%20b+c").unwrap(), "a b+c");
        assert_eq!(decode_query("a%20b+c").unwrap(), "a b c");
        assert_eq!(decode_query("%E9%82%BB%e9%87%8c").unwrap(), "邻里");
        for bad in ["%", "%1", "%zz", "%ff", "%E9%82"] {
            assert_eq!(decode_query(bad), Err(BadEscape), "{bad}");
        }
    }

    #[test]
    fn pairs_are_split_once_and_empty_ones_left_out() {
        let found: Vec<_> = pairs("a=1&&b=2=3&c").collect();
        assert_eq!(found, [("a", "1"), ("b", "2=3"), ("c", "")]);
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        let mut out = String::new();
        encode_into(&mut out, "a/b=c&d 邻~");
        assert_eq!(out, "a%2Fb%3Dc%26d%20%E9%82%BB~");
        assert_eq!(decode_query(&out).unwrap(), "a/b=c&d 邻~");
    }
}
