//! Components in OCI registries: the requests of the Distribution Specification 1.1 that pushing and pulling one takes,
//! in the artifact form of the Wasm working group that `wkg` writes (one layer `application/wasm`, a config of its own).
//!
//! A registry that wants a token says where to get one; `LINLI_OCI_USER` and `LINLI_OCI_PASSWORD` are shown there. This
//! is written here because the client crates bring a hundred others for six requests, a URL library among them with the
//! tables of Unicode.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use linli_ingress::ArtifactError;
use linli_vetting::Interfaces;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use ureq::http::{Method, Uri};

use super::http::{Answer, Call, Http};
use super::publish::hex;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";
/// Bytes of a manifest, as the specification has registries take at least; ours has under one KiB.
const MAX_MANIFEST: usize = 4 * 1024 * 1024;
/// Redirects from a registry to where it keeps its blobs.
const MAX_REDIRECTS: u32 = 3;

/// `host/repository:tag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: String,
}

impl FromStr for Reference {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let parsed = text.split_once('/').and_then(|(registry, rest)| {
            let (repository, tag) = rest.rsplit_once(':')?;
            let names = |text: &str, more: &[u8]| {
                !text.is_empty()
                    && text.len() <= 200
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
            };
            let steps = repository.split('/').all(|step| names(step, b"._-") && !step.starts_with('.'));
            let tagged = names(&tag.to_ascii_lowercase(), b"._-") && tag.len() <= 128;
            let host = names(registry, b".-:[]");
            (host && steps && tagged).then(|| Self {
                registry: registry.to_owned(),
                repository: repository.to_owned(),
                tag: tag.to_owned(),
            })
        });
        parsed.with_context(|| format!("`{text}` is no `host/repository:tag`"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.registry, self.repository, self.tag)
    }
}

impl Reference {
    /// Its `host[:port]`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name within it.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// `https`, but for a registry on this machine.
    fn base(&self) -> String {
        let host = self.registry.rsplit_once(':').map_or(self.registry.as_str(), |(host, _)| host);
        let scheme = if ["localhost", "127.0.0.1", "[::1]"].contains(&host) { "http" } else { "https" };
        format!("{scheme}://{}", self.registry)
    }

    fn url(&self, rest: &str) -> String {
        format!("{}/v2/{}/{rest}", self.base(), self.repository)
    }
}

/// Requests to one repository, with the token it asked for.
struct Session<'h> {
    http: &'h Http,
    authorization: Option<String>,
}

impl<'h> Session<'h> {
    fn send<'c>(&mut self, call: impl Fn(&'h Http) -> Call<'c>) -> Result<Answer>
    where
        'h: 'c,
    {
        let with = |authorization: &Option<String>| match authorization {
            Some(value) => call(self.http).header("authorization", value.clone()),
            None => call(self.http),
        };
        let answer = with(&self.authorization).send()?;
        if answer.status != 401 || self.authorization.is_some() {
            return Ok(answer);
        }
        let challenge = answer.header("www-authenticate").unwrap_or_default().to_owned();
        self.authorization = Some(self.authorize(&challenge)?);
        with(&self.authorization).send()
    }

    /// RFC 6750 and the distribution project's token server; or plain RFC 7617.
    fn authorize(&self, challenge: &str) -> Result<String> {
        let user = std::env::var("LINLI_OCI_USER").ok();
        let password = std::env::var("LINLI_OCI_PASSWORD").unwrap_or_default();
        let basic = user.map(|user| format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        let Some(parameters) = challenge.strip_prefix("Bearer ") else {
            return basic
                .context("the registry wants a name and a password: LINLI_OCI_USER, LINLI_OCI_PASSWORD");
        };
        let parameter = |name: &str| {
            let rest = parameters.split(&format!("{name}=\"")).nth(1)?;
            rest.split('"').next().map(str::to_owned)
        };
        let realm = parameter("realm").context("the registry does not say where it gives tokens")?;
        ensure!(realm.starts_with("https://"), "the registry gives its tokens without encryption");
        let query =
            ["service", "scope"].iter().filter_map(|name| Some(format!("{name}={}", parameter(name)?)));
        let url = format!("{realm}?{}", query.collect::<Vec<_>>().join("&"));
        let call = self.http.call(Method::GET, url);
        let call = match basic {
            Some(basic) => call.header("authorization", basic),
            None => call,
        };
        let answer = expect(call.send()?, 200, "give a token")?;
        let answer: Json = serde_json::from_slice(&answer.body)?;
        let token = answer["token"].as_str().or_else(|| answer["access_token"].as_str());
        Ok(format!("Bearer {}", token.context("the registry's answer holds no token")?))
    }

    fn push_blob(&mut self, reference: &Reference, bytes: &[u8]) -> Result<()> {
        let digest = digest(bytes);
        let there = self.send(|http| http.call(Method::HEAD, reference.url(&format!("blobs/{digest}"))))?;
        if there.status == 200 {
            return Ok(());
        }
        let started = self.send(|http| http.call(Method::POST, reference.url("blobs/uploads/")))?;
        let started = expect(started, 202, "take a blob")?;
        let location = started.header("location").context("the registry does not say where a blob goes")?;
        let location = absolute(&reference.base(), location);
        ensure!(
            location.starts_with(&reference.base()),
            "the registry sends the blob to another host: {location}"
        );
        let separator = if location.contains('?') { '&' } else { '?' };
        let url = format!("{location}{separator}digest={digest}");
        let done =
            self.send(|http| http.call(Method::PUT, url.clone()).body("application/octet-stream", bytes))?;
        expect(done, 201, "keep a blob").map(drop)
    }

    fn pull_blob(&mut self, reference: &Reference, wanted: &Json, most: usize) -> Result<Vec<u8>> {
        let (Some(digest), Some(size)) = (wanted["digest"].as_str(), wanted["size"].as_u64()) else {
            bail!(unfit("the manifest does not say which blob it means"));
        };
        ensure!(is_digest(digest), unfit("the manifest names its blob by something else than SHA-256"));
        let size = usize::try_from(size).ok().filter(|size| *size <= most);
        let size = size.ok_or(ArtifactError::TooLarge { most })?;
        let blob = reference.url(&format!("blobs/{digest}"));
        let get = |session: &mut Self, url: &str| {
            session.send(|http| http.call(Method::GET, url).at_most(size)).map_err(damaged_if_longer)
        };
        let mut answer = get(self, &blob)?;
        for _ in 0..MAX_REDIRECTS {
            if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
                break;
            }
            let location = answer.header("location").context("the registry redirects to nowhere")?;
            let url = absolute(&reference.base(), location);
            let same = url
                .parse::<Uri>()
                .ok()
                .and_then(|uri| uri.authority().map(|a| a.as_str() == reference.registry));
            ensure!(
                same == Some(true),
                "the registry keeps its blobs on another host, which is not followed: {url}"
            );
            answer = get(self, &url)?;
        }
        let answer = expect(answer, 200, "give the component")?;
        ensure!(self::digest(&answer.body) == digest, ArtifactError::Damaged);
        Ok(answer.body)
    }
}

/// Pushes a component; the digest of its manifest.
///
/// # Errors
/// The file is no component; the registry does not take it.
pub fn push(http: &Http, reference: &Reference, wasm: &[u8]) -> Result<String> {
    let config = config(wasm)?;
    let mut session = Session { http, authorization: None };
    session.push_blob(reference, wasm)?;
    session.push_blob(reference, config.as_bytes())?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described(CONFIG, config.as_bytes()),
        "layers": [described(LAYER, wasm)],
    })
    .to_string();
    let url = reference.url(&format!("manifests/{}", reference.tag));
    let done =
        session.send(|http| http.call(Method::PUT, url.clone()).body(MANIFEST, manifest.as_bytes()))?;
    expect(done, 201, "keep the manifest")?;
    Ok(digest(manifest.as_bytes()))
}

/// Pulls a component of at most so many bytes.
///
/// # Errors
/// There is none behind the reference, or it is not what it says: an [`ArtifactError`] where it is one.
pub fn pull(http: &Http, reference: &Reference, most: usize) -> Result<Vec<u8>> {
    let mut session = Session { http, authorization: None };
    let url = reference.url(&format!("manifests/{}", reference.tag));
    let answer = session
        .send(|http| http.call(Method::GET, url.clone()).header("accept", MANIFEST).at_most(MAX_MANIFEST))?;
    ensure!(answer.status != 404, ArtifactError::NotFound);
    let answer = expect(answer, 200, "give the manifest")?;
    let manifest: Json =
        serde_json::from_slice(&answer.body).map_err(|_| unfit("the manifest is not JSON"))?;
    ensure!(manifest["config"]["mediaType"] == CONFIG, unfit("this is no WebAssembly artifact"));
    let layers = manifest["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
    match layers {
        [layer] if layer["mediaType"] == LAYER => session.pull_blob(reference, layer, most),
        _ => bail!(unfit(&format!("{} layers; a component has one, `{LAYER}`", layers.len()))),
    }
}

/// What the artifact says of its component. No time and no author, so that the same component is the same artifact.
fn config(wasm: &[u8]) -> Result<String> {
    let interfaces = Interfaces::read(wasm)?;
    let config = json!({
        "created": "1970-01-01T00:00:00Z",
        "author": null,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [digest(wasm)],
        "component": { "exports": interfaces.exports, "imports": interfaces.imports, "target": null },
    });
    Ok(config.to_string())
}

/// A blob that is longer than was announced is not read to its end.
fn damaged_if_longer(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(ureq::Error::BodyExceedsLimit(_)) => ArtifactError::Damaged.into(),
        _ => error,
    }
}

fn unfit(why: &str) -> ArtifactError {
    ArtifactError::Unfit(why.to_owned())
}

fn described(media_type: &str, bytes: &[u8]) -> Json {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn absolute(base: &str, location: &str) -> String {
    if location.starts_with('/') { format!("{base}{location}") } else { location.to_owned() }
}

fn expect(answer: Answer, status: u16, what: &str) -> Result<Answer> {
    if answer.status != status {
        bail!("the registry does not {what}: {} {}", answer.status, answer.text());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_host_repository_and_tag_and_nothing_that_leads_elsewhere() {
        let reference: Reference = "registry.example:5000/shop/parcel-locker:1.0.0".parse().unwrap();
        assert_eq!(reference.url("blobs/x"), "https://registry.example:5000/v2/shop/parcel-locker/blobs/x");
        let here: Reference = "127.0.0.1:5000/a:1".parse().unwrap();
        assert_eq!(here.base(), "http://127.0.0.1:5000");
        for wrong in
            ["", "a", "a/b", "a/b:", "/b:1", "a/../b:1", "a/b:1/c", "user@a/b:1", "a/b?x:1", "a/b:1#y"]
        {
            assert!(wrong.parse::<Reference>().is_err(), "{wrong}");
        }
    }
}
