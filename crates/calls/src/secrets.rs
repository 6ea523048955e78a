//! The one secret of a platform, and what is derived from it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// From this key come the keys of person references, of signatures, and of the compiled-component cache, each as
/// HMAC-SHA256 over a label of its own (the expand step of RFC 5869, HKDF, for outputs of one block).
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// From 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key for a label; labels are texts that start with `linli-`, and no label is a prefix of another's use.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        mac(&self.0, &[label.as_bytes()])
    }
}

/// Never shows the key.
impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// HMAC-SHA256 over the parts, one after another.
pub fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_labels_give_other_keys_and_nothing_is_shown() {
        let master = MasterKey::new([7; 32]);
        assert_ne!(master.derive("linli-refs/core"), master.derive("linli-refs/other"));
        assert_eq!(master.derive("linli-refs/core"), MasterKey::new([7; 32]).derive("linli-refs/core"));
        assert_eq!(format!("{master:?}"), "MasterKey(..)");
    }
}
