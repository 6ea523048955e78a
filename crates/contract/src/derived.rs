//! Ids that follow from others.

use sha2::{Digest as _, Sha256};

use crate::base32;

/// The id of what there is once for these texts, such as the signup of a person for an activity: the first 128 bits of the
/// SHA-256 (FIPS 180-4) of the texts with a zero byte between them, in [`base32`]. It finds a document without an index,
/// says nothing about the texts, and whoever knows them may compute it: a host that is told what a call is about foresees
/// which document it looks at.
///
/// Texts that have a zero byte may share an id with others; ids and references have none.
pub fn derived_id(texts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for (place, text) in texts.iter().enumerate() {
        if place > 0 {
            digest.update([0]);
        }
        digest.update(text);
    }
    base32::encode(&digest.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_start_of_the_hash_of_all_texts_in_their_order() {
        // `printf 'dance\0li-na' | sha256sum` begins with these bits.
        let bits = 0x91c2ed3d052829bea9916e928bb66dfc_u128;
        assert_eq!(derived_id(&[b"dance", b"li-na"]), base32::encode(&bits.to_be_bytes()));
        assert_ne!(derived_id(&[b"li-na", b"dance"]), derived_id(&[b"dance", b"li-na"]));
        assert_ne!(derived_id(&[b"dancel", b"i-na"]), derived_id(&[b"dance", b"li-na"]));
    }
}
