//! Person references: how a component names a person without learning who it is.
//!
//! A reference is one AES-128 block, `row number (8) | zeros (8)`, encrypted under the key of the component's provider
//! and written in 26 characters of base32. So it is the same for the same person and provider, tells nothing, needs
//! no table, and cannot be made up: one guess in 2^64 opens.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use linli_contract::PersonRef;
use serde_json::Value as Json;

use crate::secrets::MasterKey;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes and opens the references of one provider.
pub struct RefCipher(Aes128);

impl RefCipher {
    /// The provider all core functions share, so that their references are equal.
    pub const CORE: &'static str = "core";

    /// Of the provider of this name, or of [`RefCipher::CORE`].
    pub fn new(master: &MasterKey, provider: &str) -> Self {
        let key = master.derive(&format!("linli-person-refs/{provider}"));
        let (key, _) = key.split_first_chunk::<16>().expect("32 bytes have 16 first ones");
        Self(Aes128::new(&(*key).into()))
    }

    /// The reference of a directory row.
    pub fn seal(&self, row: u64) -> PersonRef {
        let mut block = [0; 16];
        block[..8].copy_from_slice(&row.to_be_bytes());
        let mut block = block.into();
        self.0.encrypt_block(&mut block);
        let text = encode(u128::from_be_bytes(block.into()));
        text.parse().expect("26 characters of base32 are a reference")
    }

    /// The directory row; none when the reference was not made for this provider.
    pub fn open(&self, reference: &str) -> Option<u64> {
        let mut block = decode(reference)?.to_be_bytes().into();
        self.0.decrypt_block(&mut block);
        let block: [u8; 16] = block.into();
        let (row, check) = block.split_first_chunk::<8>()?;
        (check == [0; 8]).then(|| u64::from_be_bytes(*row))
    }

    /// Replaces every reference of this provider anywhere in the texts of a JSON value, names of members and parts of
    /// longer texts included, by the one of another provider; whether there was one.
    pub fn rewrite(&self, json: &mut Json, to: &Self) -> bool {
        match json {
            Json::String(text) => match self.rewritten(text, to) {
                Some(theirs) => {
                    *text = theirs;
                    true
                }
                None => false,
            },
            Json::Array(items) => items.iter_mut().fold(false, |any, item| self.rewrite(item, to) | any),
            Json::Object(members) => {
                let mut any = members.values_mut().fold(false, |any, member| self.rewrite(member, to) | any);
                if members.keys().any(|name| self.rewritten(name, to).is_some()) {
                    any = true;
                    *members = std::mem::take(members)
                        .into_iter()
                        .map(|(name, member)| (self.rewritten(&name, to).unwrap_or(name), member))
                        .collect();
                }
                any
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => false,
        }
    }

    /// The text with another provider's references; none when there is none of this provider's in it.
    fn rewritten(&self, text: &str, to: &Self) -> Option<String> {
        let mut theirs = String::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(window) = text.as_bytes().get(at..at + PersonRef::LENGTH) {
            let row = std::str::from_utf8(window).ok().and_then(|window| self.open(window));
            let Some(row) = row else {
                at += 1;
                continue;
            };
            // A reference is ASCII, so both of its ends lie between characters.
            theirs.push_str(&text[copied..at]);
            theirs.push_str(to.seal(row).as_str());
            at += PersonRef::LENGTH;
            copied = at;
        }
        (copied > 0).then(|| theirs + &text[copied..])
    }
}

/// 128 bits as 26 characters, the most significant first; the first character carries three bits.
fn encode(bits: u128) -> String {
    let digit = |place: u32| ALPHABET[(bits >> (5 * place)) as usize & 31] as char;
    (0..26).rev().map(digit).collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != PersonRef::LENGTH {
        return None;
    }
    text.bytes().try_fold(0_u128, |bits, byte| {
        let digit = match byte {
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        // The first character has only three bits to give: more would be a second text for the same bits.
        (bits >> 123 == 0).then_some(bits << 5 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cipher(provider: &str) -> RefCipher {
        RefCipher::new(&MasterKey::new([1; 32]), provider)
    }

    #[test]
    fn a_reference_opens_for_its_provider_only() {
        let (core, other) = (cipher(RefCipher::CORE), cipher("golden-canteen"));
        for row in [0, 1, 199, u64::MAX] {
            let reference = core.seal(row);
            assert_eq!(reference.as_str().len(), PersonRef::LENGTH);
            assert_eq!(core.open(reference.as_str()), Some(row));
            assert_eq!(other.open(reference.as_str()), None);
            assert_ne!(reference, other.seal(row));
        }
    }

    #[test]
    fn what_was_not_made_here_does_not_open() {
        let core = cipher(RefCipher::CORE);
        let twenty_six = "a".repeat(26);
        let over = "7".repeat(26);
        for text in ["", "abc", &twenty_six, &over, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "时间时间时间时间ab"]
        {
            assert_eq!(core.open(text), None);
        }
    }

    #[test]
    fn one_text_for_each_reference() {
        let core = cipher(RefCipher::CORE);
        let text = core.seal(5).as_str().to_owned();
        let first = text.as_bytes()[0];
        let digit = ALPHABET.iter().position(|c| *c == first).unwrap();
        for higher in (digit + 8..32).step_by(8) {
            let twin = format!("{}{}", ALPHABET[higher] as char, &text[1..]);
            assert_eq!(core.open(&twin), None);
        }
    }

    #[test]
    fn references_in_an_event_become_the_subscribers() {
        let (core, other) = (cipher(RefCipher::CORE), cipher("golden-canteen"));
        let reference = core.seal(7);
        let mut content =
            json!({"who": reference.as_str(), "rest": ["x", {"n": 1, "deep": reference.as_str()}]});
        assert!(core.rewrite(&mut content, &other));
        let seen = other.seal(7);
        assert_eq!(content, json!({"who": seen.as_str(), "rest": ["x", {"n": 1, "deep": seen.as_str()}]}));
        assert!(!core.rewrite(&mut content, &other), "nothing of the publisher's is left");
    }

    #[test]
    fn references_in_longer_texts_and_in_names_become_the_subscribers_too() {
        let (core, other) = (cipher(RefCipher::CORE), cipher("golden-canteen"));
        let (a, b) = (core.seal(7), core.seal(8));
        let mut content = json!({"note": format!("送给{a}和{b}{a}。"), "votes": {a.as_str(): 1, "x": 2}});
        assert!(core.rewrite(&mut content, &other));
        let (a, b) = (other.seal(7), other.seal(8));
        let expected = json!({"note": format!("送给{a}和{b}{a}。"), "votes": {a.as_str(): 1, "x": 2}});
        assert_eq!(content, expected);
        assert!(!core.rewrite(&mut content, &other));
    }
}
