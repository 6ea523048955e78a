//! Crockford base32: bytes as digits and letters that survive being typed, read aloud, or put in a QR code.
//!
//! The bytes are read as one big-endian number and padded with zero bits at the front, as in ULIDs: 16 bytes are 26
//! characters. <https://www.crockford.com/base32.html>

/// What five bits are written as.
pub const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Bits of one character.
const BITS: u32 = 5;

/// Lower-case; `⌈8n/5⌉` characters for `n` bytes.
pub fn encode(bytes: &[u8]) -> String {
    let characters = (bytes.len() * 8).div_ceil(BITS as usize);
    let mut text = String::with_capacity(characters);
    // Zero bits at the front fill the first character.
    let mut held = (characters * BITS as usize - bytes.len() * 8) as u32;
    let mut window: u32 = 0;
    for &byte in bytes {
        window = window << 8 | u32::from(byte);
        held += 8;
        while held >= BITS {
            held -= BITS;
            text.push(char::from(DIGITS[(window >> held) as usize % DIGITS.len()]));
        }
        window &= (1 << held) - 1;
    }
    text
}

/// The bytes of a text that [`encode`] gave for as many bytes. Case does not matter; `o` counts as 0, `i` and `l` as 1.
/// None for other characters, another length, or bits set in the padding.
pub fn decode(text: &str, length: usize) -> Option<Vec<u8>> {
    let characters = (length * 8).div_ceil(BITS as usize);
    if text.len() != characters {
        return None;
    }
    let padding = (characters * BITS as usize - length * 8) as u32;
    let mut bytes = Vec::with_capacity(length);
    let mut window: u32 = 0;
    let mut held = 0;
    for (place, character) in text.bytes().enumerate() {
        let value = value(character)?;
        if place == 0 && padding > 0 && value >> (BITS - padding) != 0 {
            return None;
        }
        window = window << BITS | value;
        held += if place == 0 { BITS - padding } else { BITS };
        if held >= 8 {
            held -= 8;
            bytes.push((window >> held) as u8);
            window &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

fn value(character: u8) -> Option<u32> {
    let plain = match character.to_ascii_lowercase() {
        b'o' => b'0',
        b'i' | b'l' => b'1',
        other => other,
    };
    // At most 31.
    DIGITS.iter().position(|&digit| digit == plain).map(|value| value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_one_number_padded_at_the_front() {
        assert_eq!(encode(&[]), "");
        assert_eq!(encode(&[0]), "00");
        assert_eq!(encode(&[255]), "7z");
        assert_eq!(encode(&[0; 16]), "0".repeat(26));
        assert_eq!(encode(&[255; 16]), format!("7{}", "z".repeat(25)));
    }

    #[test]
    fn what_was_encoded_decodes_again_however_it_was_typed() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(73) ^ 0xA5).collect();
            let text = encode(&bytes);
            assert_eq!(decode(&text, bytes.len()), Some(bytes.clone()));
            assert_eq!(decode(&text.to_uppercase(), bytes.len()), Some(bytes));
        }
        assert_eq!(decode("oL", 1), Some(vec![1]));
    }

    #[test]
    fn what_was_never_encoded_does_not_decode() {
        for (text, length) in [("", 1), ("0", 1), ("000", 1), ("0u", 1), ("g0", 1), ("0é", 1), ("8z", 1)] {
            assert_eq!(decode(text, length), None, "{text}");
        }
    }
}
