//! The publisher's key, what it signs, and the upload: to a platform, or to an OCI registry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use linli_contract::{Digest, signed_statement};
use linli_host::HostLimits;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use ureq::http::Method;

use super::http::{Answer, Http};
use super::manifest::Manifest;
use super::oci::{self, Reference};
use crate::data_dir::{new_secret, read_secret};

/// What names a registry instead of a platform.
const OCI: &str = "oci://";
/// Carries the signature of an upload, in base64.
const SIGNATURE: &str = "linli-signature";

/// Makes a key, and prints its public half as onboarding asks for it.
///
/// # Errors
/// There is a file already: a key that is lost cannot be made again.
pub fn keygen(out: &Path) -> Result<()> {
    if out.exists() {
        bail!("{} is there already; a key is never written over", out.display());
    }
    let key = SigningKey::from_bytes(&new_secret(out)?);
    println!("{}", hex(key.verifying_key().as_bytes()));
    eprintln!(
        "{}: made. Keep it safe; the line above is the `public_key` of your application.",
        out.display()
    );
    Ok(())
}

/// The signature over name, version and digest of a component, in base64.
///
/// # Errors
/// There is no such key.
pub fn sign(manifest: &Manifest, wasm: &[u8], key: &Path) -> Result<String> {
    let seed = read_secret(key)?;
    let seed =
        seed.with_context(|| format!("{}: no such key; `linli plugin keygen` makes one", key.display()))?;
    let statement = signed_statement(&manifest.name, &manifest.version, &Digest(Sha256::digest(wasm).into()));
    Ok(STANDARD.encode(SigningKey::from_bytes(&seed).sign(&statement).to_bytes()))
}

/// Where to, and as whom.
pub struct Target {
    /// `https://host`, or `oci://host/repository:tag`.
    pub to: String,
    /// With a registry: the platform that is told to pull from it.
    pub server: Option<String>,
    /// Of the provider, for the platform.
    pub token: Option<String>,
    /// The publisher's key.
    pub key: PathBuf,
}

/// Publishes a component. The platform's report is printed as it comes.
///
/// # Errors
/// Nobody answers, or the answer is no.
pub fn publish(manifest: &Manifest, component: &Path, target: &Target) -> Result<()> {
    let wasm = std::fs::read(component).with_context(|| format!("cannot read {}", component.display()))?;
    let http = Http::default();
    let Some(reference) = target.to.strip_prefix(OCI) else {
        let signature = sign(manifest, &wasm, &target.key)?;
        let call = http.call(Method::PUT, versions(&target.to, manifest)).bearer(target.token.as_deref());
        return told(&call.header(SIGNATURE, signature).body("application/wasm", wasm).send()?);
    };
    let reference: Reference = reference.parse()?;
    let digest = oci::push(&http, &reference, &wasm)?;
    println!("{reference}: pushed, manifest {digest}");
    if let Some(server) = &target.server {
        let asked = json!({ "oci": reference.to_string(), "signature": sign(manifest, &wasm, &target.key)? });
        let call = http.call(Method::PUT, versions(server, manifest)).bearer(target.token.as_deref());
        told(&call.body("application/json", asked.to_string()).send()?)?;
    }
    Ok(())
}

/// Fetches a component from a registry into a file.
///
/// # Errors
/// There is none, or it cannot be written.
pub fn pull(from: &str, out: &Path) -> Result<()> {
    let reference: Reference = from.strip_prefix(OCI).unwrap_or(from).parse()?;
    let wasm = oci::pull(&Http::default(), &reference, HostLimits::default().component_bytes)?;
    std::fs::write(out, &wasm).with_context(|| format!("cannot write {}", out.display()))?;
    println!("{}: sha256 {}", out.display(), hex(&Sha256::digest(&wasm)));
    Ok(())
}

fn versions(server: &str, manifest: &Manifest) -> String {
    format!("{}/v1/plugins/{}/versions/{}", server.trim_end_matches('/'), manifest.name, manifest.version)
}

fn told(answer: &Answer) -> Result<()> {
    let text = answer.text();
    let shown = serde_json::from_str::<Json>(&text).map_or(text, |json| format!("{json:#}"));
    if answer.status >= 300 {
        bail!("the platform answered {}:\n{shown}", answer.status);
    }
    println!("{shown}");
    Ok(())
}

/// As digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, Verifier as _};

    #[test]
    fn a_signature_is_of_this_name_version_and_file() {
        let place = tempfile::tempdir().unwrap();
        let key = place.path().join("publisher.key");
        keygen(&key).unwrap();
        assert!(keygen(&key).unwrap_err().to_string().contains("never written over"));
        let manifest = |version: &str| -> Manifest {
            let text = format!(
                "name = \"a\"\nversion = \"{version}\"\nlang = \"js\"\nprovider = \"p\"\ntitle = {{ zh = \"甲\", en = \"A\" }}"
            );
            toml::from_str(&text).unwrap()
        };
        let signature = STANDARD.decode(sign(&manifest("1.0.0"), b"component", &key).unwrap()).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        let public = SigningKey::from_bytes(&read_secret(&key).unwrap().unwrap()).verifying_key();
        let of = |version: &str, wasm: &[u8]| {
            let m = manifest(version);
            signed_statement(&m.name, &m.version, &Digest(Sha256::digest(wasm).into()))
        };
        assert!(public.verify(&of("1.0.0", b"component"), &signature).is_ok());
        assert!(public.verify(&of("1.0.1", b"component"), &signature).is_err());
        assert!(public.verify(&of("1.0.0", b"another"), &signature).is_err());
    }
}
