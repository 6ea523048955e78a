//! SM2 signatures (GB/T 32918.2-2016 on the curve of GB/T 32918.5-2017) with SM3 (GB/T 32905-2016).
//!
//! The number drawn for each signature is derived from key and message (RFC 6979 §3.2, with HMAC-SM3), so a command that
//! runs again signs again the same, and no weak source of randomness can give the key away.

use ::sm2::dsa::signature::{Signer as _, Verifier as _};
use ::sm2::dsa::{Signature, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::thumbprint;
use crate::secrets::MasterKey;

/// The user id where parties agree on no other (GM/T 0009-2012 §10).
const USER_ID: &str = "1234567812345678";
/// Bytes of a coordinate.
const COORDINATE: usize = 32;

pub(super) struct Key(SigningKey);

impl Key {
    pub(super) fn new(master: &MasterKey, component: &str, purpose: &str) -> Self {
        // One in four thousand million derived numbers is none of the curve's; then the next one is taken.
        let key = (0_u64..).find_map(|number| {
            let secret = master.derive(&format!("linli-sign-sm2/{component}/{purpose}/{number}"));
            SigningKey::from_slice(USER_ID, &secret).ok()
        });
        Self(key.expect("nearly every 32 bytes are a key"))
    }

    /// `r` and `s`, big-endian, 32 bytes each.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let signed = self.0.try_sign(message);
        signed.expect("it fails for one message in 2^255, which nobody finds").to_bytes().into()
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verifying_key().verify(message, &signature).is_ok())
    }

    /// In the form RFC 7518 §6.2 gives keys on curves. No registry has a name for this one: `SM2` is ours.
    pub(super) fn public(&self) -> Json {
        let point = self.0.verifying_key().to_sec1_bytes();
        let (x, y) = point[1..].split_at(COORDINATE);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = thumbprint(&format!(r#"{{"crv":"SM2","kty":"EC","x":"{x}","y":"{y}"}}"#));
        json!({ "kty": "EC", "crv": "SM2", "alg": "SM2", "x": x, "y": y, "user_id": USER_ID, "kid": kid })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::sm2::dsa::VerifyingKey;
    use sm3::{Digest as _, Sm3};
    use sm4::Sm4;
    use sm4::cipher::{Array, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// GB/T 32905-2016, appendix A.
    #[test]
    fn sm3_gives_the_digests_of_the_standard() {
        let long = "abcd".repeat(16);
        for (message, digest) in [
            ("abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (&*long, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        ] {
            assert_eq!(Sm3::digest(message).to_vec(), bytes(digest));
        }
    }

    /// GB/T 32907-2016, appendix A. Nothing is sealed with SM4 yet; it stands here beside its siblings until then, so
    /// that the crate the sealing will use is known to be right.
    #[test]
    fn sm4_gives_the_blocks_of_the_standard() {
        let key = Array::try_from(&*bytes("0123456789abcdeffedcba9876543210")).unwrap();
        for (times, sealed) in
            [(1, "681edf34d206965e86b3e94f536e4246"), (1_000_000, "595298c7c6fd271f0402f804c33d3f66")]
        {
            let (cipher, mut block) = (Sm4::new(&key), key);
            for _ in 0..times {
                cipher.encrypt_block(&mut block);
            }
            assert_eq!(block.to_vec(), bytes(sealed));
            if times == 1 {
                cipher.decrypt_block(&mut block);
                assert_eq!(block, key);
            }
        }
    }

    /// GB/T 32918.5-2017, appendix A.2: key, message and signature.
    #[test]
    fn sm2_takes_the_signature_of_the_standard() {
        let secret = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
        let public = bytes(
            "04 09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020
             ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        );
        let signature = bytes(
            "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3
             b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
        );
        let key = Key(SigningKey::from_slice(USER_ID, &secret).unwrap());
        assert_eq!(key.0.verifying_key().to_sec1_bytes().to_vec(), public);
        assert!(key.verify(b"message digest", &signature));
        assert!(!key.verify(b"message digested", &signature));
    }

    /// Made with OpenSSL 3.0: `openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:1234567812345678`.
    #[test]
    fn sm2_takes_the_signature_of_another_implementation() {
        let public = bytes(
            "04 b2ade276fdf71951a0c0b35282be03c9e876ce4e44311c27ea0c8d71a12f4f1f
             e5b17f0556c6c5329a9a38bb8d99bf74fc1103d8beedf2be087199e490b180ca",
        );
        let signature = bytes(
            "ac03dc8fe9a2dcadb87a7aa1096d11fa21ad488ea48b8ff4b9becab792ad6a04
             9bf2327d1a654bbd573da5cd47e4e8d561ae9a9eff8974134fd15b8fb45d690e",
        );
        let key = VerifyingKey::from_sec1_bytes(USER_ID, &public).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        assert!(key.verify(b"linli/affair-submission/certificate\0elder card", &signature).is_ok());
        assert!(key.verify(b"linli/affair-submission/certificate\0elder cart", &signature).is_err());
    }

    #[test]
    fn anybody_can_check_a_signature_with_the_published_key() {
        let key = Key::new(&MasterKey::new([3; 32]), "affair-submission", "certificate");
        let public = key.public();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(public[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let published = VerifyingKey::from_sec1_bytes(public["user_id"].as_str().unwrap(), &point).unwrap();
        let signature = Signature::from_slice(&key.sign(b"elder card")).unwrap();
        assert!(published.verify(b"elder card", &signature).is_ok());
        assert!(published.verify(b"elder cart", &signature).is_err());
        // Another user id is another signer.
        let other = VerifyingKey::from_sec1_bytes("somebody", &point).unwrap();
        assert!(other.verify(b"elder card", &signature).is_err());
    }
}
