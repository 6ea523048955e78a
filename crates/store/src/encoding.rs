//! Values of index fields as bytes that sort like the values.
//!
//! `01 b` a boolean, `02 i64` an integer (big-endian, sign bit turned), `03 text 00 00` a text, in which a zero byte
//! is `00 FF`. Booleans sort before integers, integers before texts; texts by their UTF-8 bytes.

use serde_json::Value as Json;

/// A value an index can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexValue {
    /// Compared by UTF-8 bytes.
    Text(String),
    /// Compared as numbers.
    Integer(i64),
    /// False before true.
    Flag(bool),
}

impl IndexValue {
    /// The value of a document's field: none for null, fractions, arrays and objects, which no index holds.
    pub fn of(value: &Json) -> Option<Self> {
        match value {
            Json::String(text) => Some(Self::Text(text.clone())),
            Json::Number(number) => number.as_i64().map(Self::Integer),
            Json::Bool(flag) => Some(Self::Flag(*flag)),
            Json::Null | Json::Array(_) | Json::Object(_) => None,
        }
    }
}

pub(crate) fn encode(value: &IndexValue, out: &mut Vec<u8>) {
    match value {
        IndexValue::Flag(flag) => out.extend_from_slice(&[0x01, u8::from(*flag)]),
        IndexValue::Integer(integer) => {
            out.push(0x02);
            out.extend_from_slice(&((*integer as u64) ^ (1 << 63)).to_be_bytes());
        }
        IndexValue::Text(text) => {
            out.push(0x03);
            push_text(text, out);
        }
    }
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(0xFF);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

/// A text that ends itself, for the inner parts of keys.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    push_text(text, &mut out);
    out
}

/// Skips `count` encoded values; what follows them, or none when the bytes are not such values.
pub(crate) fn skip(mut bytes: &[u8], count: usize) -> Option<&[u8]> {
    for _ in 0..count {
        bytes = match bytes.first()? {
            0x01 => bytes.get(2..)?,
            0x02 => bytes.get(9..)?,
            0x03 => {
                let mut at = 1;
                loop {
                    match (bytes.get(at)?, bytes.get(at + 1)) {
                        (0, Some(0)) => break bytes.get(at + 2..)?,
                        (0, _) => at += 2,
                        _ => at += 1,
                    }
                }
            }
            _ => return None,
        };
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(value: &IndexValue) -> Vec<u8> {
        let mut out = Vec::new();
        encode(value, &mut out);
        out
    }

    proptest! {
        #[test]
        fn integers_sort_as_numbers(a: i64, b: i64) {
            prop_assert_eq!(a.cmp(&b), bytes(&IndexValue::Integer(a)).cmp(&bytes(&IndexValue::Integer(b))));
        }

        #[test]
        fn texts_sort_by_bytes_also_before_other_fields(a: String, b: String, rest: [u8; 3]) {
            let with_rest = |t: &String| [bytes(&IndexValue::Text(t.clone())), rest.to_vec()].concat();
            prop_assert_eq!(a.as_bytes().cmp(b.as_bytes()), with_rest(&a).cmp(&with_rest(&b)));
        }

        #[test]
        fn skipping_finds_what_follows(t: String, i: i64, f: bool, rest: Vec<u8>) {
            let mut all = Vec::new();
            for value in [IndexValue::Text(t), IndexValue::Integer(i), IndexValue::Flag(f)] {
                encode(&value, &mut all);
            }
            all.extend_from_slice(&rest);
            prop_assert_eq!(skip(&all, 3), Some(rest.as_slice()));
        }

        #[test]
        fn skipping_foreign_bytes_never_panics(any: Vec<u8>) {
            let _ = skip(&any, 4);
        }
    }
}
