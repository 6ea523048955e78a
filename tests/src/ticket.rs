//! Tickets as a device at the door reads them, without any code of the platform.

/// The 103 bytes of a ticket.
///
/// # Panics
/// When it is no ticket.
pub fn decode(ticket: &str) -> Vec<u8> {
    assert_eq!(ticket.len(), 165);
    decode_base32(ticket)
}

/// The bytes of a text in Crockford's base32 in upper case, read as one number, so that the bits too many are zeros at
/// the front.
///
/// # Panics
/// When it is none.
pub fn decode_base32(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let padding = text.len() * 5 % 8;
    let (mut bytes, mut bits, mut held) = (Vec::new(), (8 - padding) % 8, 0_u32);
    for character in text.chars() {
        held = (held << 5 | u32::try_from(ALPHABET.find(character).unwrap()).unwrap()) & 0xFFF;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xFF).unwrap());
        }
    }
    // With any padding, the first byte is the padding alone.
    bytes.split_off(usize::from(padding > 0))
}

/// How many times the resident has signed up for this activity: an earlier ticket is void.
pub fn serial(ticket: &str) -> u8 {
    decode(ticket)[33]
}
