//! Codes that people read aloud: vouchers, pick-up codes.
//!
//! Characters that are mistaken for each other (0 and O, 1 and I) do not occur, and the last character checks the
//! others, so that a slip of the tongue is told from a code that does not exist. The rest is random: five bits a
//! character from the system's CSPRNG.

use crate::context;

/// 32 characters, five bits each.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A new code of `length` characters, of which the last checks the others. The same when the command is run again; that
/// it is not in use already is for the caller to see to.
pub fn draw(length: u32) -> String {
    let random = context::random(length.saturating_sub(1));
    let values: Vec<u8> = random.iter().map(|byte| byte % 32).collect();
    let check = check_value(&values);
    values.iter().chain([&check]).map(|&value| char::from(ALPHABET[usize::from(value)])).collect()
}

/// A code as somebody typed it, in the form in which it was drawn: small letters, spaces and hyphens do not matter.
/// None when it cannot be one of that length.
pub fn read(typed: &str, length: usize) -> Option<String> {
    let kept = typed.bytes().filter(|b| !matches!(b, b' ' | b'-'));
    let code: Vec<u8> = kept.map(|b| b.to_ascii_uppercase()).collect();
    let value = |&b: &u8| ALPHABET.iter().position(|&a| a == b).and_then(|place| u8::try_from(place).ok());
    let values: Vec<u8> = code.iter().map(value).collect::<Option<_>>()?;
    let (check, others) = values.split_last()?;
    let whole = code.len() == length && *check == check_value(others);
    whole.then(|| String::from_utf8(code).ok()).flatten()
}

/// Luhn's check to base 32 (ISO/IEC 7812-1 annex B, for an even base): any one character wrong, and nearly any two
/// neighbours exchanged, give another value.
fn check_value(values: &[u8]) -> u8 {
    let term = |(place, value): (usize, &u8)| {
        let factor = if place % 2 == 0 { 2 } else { 1 };
        let product = u32::from(*value) * factor;
        product / 32 + product % 32
    };
    let sum: u32 = values.iter().rev().enumerate().map(term).sum();
    // Below 32, so it fits.
    ((32 - sum % 32) % 32) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(values: &[u8]) -> String {
        let check = check_value(values);
        values.iter().chain([&check]).map(|&v| char::from(ALPHABET[usize::from(v)])).collect()
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = code(&[0, 7, 31, 15, 9, 9, 22, 3, 1]);
        let typed = format!(" {}-{} ", code[..5].to_lowercase(), &code[5..]);
        assert_eq!(read(&typed, 10), Some(code.clone()));
        assert_eq!(read(&code, 9), None);
        assert_eq!(read("", 10), None);
        assert_eq!(read("O0I1O0I1O0", 10), None);
    }

    #[test]
    fn one_wrong_character_is_always_noticed() {
        let code = code(&[0, 7, 31, 15, 9, 9, 22, 3, 1]);
        for place in 0..code.len() {
            for other in ALPHABET {
                let mut typed = code.clone().into_bytes();
                if typed[place] == *other {
                    continue;
                }
                typed[place] = *other;
                assert_eq!(read(std::str::from_utf8(&typed).unwrap(), 10), None);
            }
        }
    }

    #[test]
    fn two_neighbours_exchanged_are_noticed() {
        let code = code(&[0, 7, 30, 15, 9, 4, 22, 3, 1]);
        for place in 0..code.len() - 1 {
            let mut typed = code.clone().into_bytes();
            typed.swap(place, place + 1);
            assert_eq!(read(std::str::from_utf8(&typed).unwrap(), 10), None, "{place}");
        }
    }
}
