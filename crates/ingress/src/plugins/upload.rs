//! Uploads: who sent what, whether it is signed, what vetting says; only then is anything kept.

use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use linli_contract::Role;
use linli_gateway::{Language, Rejection};
use linli_host::{NotNow, PluginError, SignatureError, Upload, digest_of};
use serde_json::Value as Json;

use super::{Asked, Refusal, problem, show, vet};

/// The publisher's Ed25519 signature, in base64.
const SIGNATURE: &str = "linli-signature";

/// Why a component was not pulled.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// It is no `host/repository:tag`.
    #[error("this is no reference")]
    Malformed,
    /// Of a registry, or a part of one, that the operator does not pull from.
    #[error("the registry is not listed")]
    NotListed,
    /// The registry has nothing there.
    #[error("there is no such artifact")]
    NotFound,
    /// What is there is no component.
    #[error("it is no component: {0}")]
    Unfit(String),
    /// Longer than a component may be.
    #[error("it is longer than {most} bytes")]
    TooLarge {
        /// What was the most.
        most: usize,
    },
    /// The registry gave other bytes than it announced.
    #[error("it is not what its digest says")]
    Damaged,
    /// Others are being pulled.
    #[error("too many are being pulled")]
    Busy,
    /// The registry takes too long.
    #[error("the registry takes too long")]
    TooSlow,
    /// There is no answer, or not one that helps.
    #[error("the registry cannot be asked: {0}")]
    Unreachable(String),
}

/// Where components are pulled from that are not sent: an OCI registry.
pub trait Artifacts: Send + Sync {
    /// The component behind `host/repository:tag`, no longer than so many bytes.
    fn pull<'a>(
        &'a self,
        reference: &'a str,
        most_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ArtifactError>> + Send + 'a>>;
}

pub(super) async fn upload(asked: &Asked<'_>) -> Result<(StatusCode, Json), Refusal> {
    let live = &asked.state.live;
    let platform = live.platform();
    let (name, version) = (asked.name()?, asked.version()?);
    let provider = asked.identity().provider.clone();
    let provider = provider.ok_or_else(|| problem::signature(SignatureError::MayNotTrade))?;
    // What would be refused in the end costs neither a pull nor a compilation.
    if let Some(known) = platform.plugin(&name) {
        let refused = if known.provider != provider {
            Some(NotNow::NotYours)
        } else if known.versions.contains_key(&version) {
            Some(NotNow::VersionExists)
        } else {
            known.retired_at.map(|_| NotNow::Retired)
        };
        if let Some(why) = refused {
            return Err(problem::of(why.into()));
        }
    }
    let key = platform.publisher_key(&provider).map_err(problem::signature)?;
    let (wasm, signature) = component(asked).await?;
    key.check(&name, &version, &digest_of(&wasm), &signature).map_err(problem::signature)?;
    let vetted = vet::vet(asked.state, &wasm, &name, &version).await;
    let (true, Some(descriptor)) = (vetted.passed, &vetted.descriptor) else {
        let report = vet::in_words(vetted.report, Language::of(&asked.parts.headers));
        return Err(problem::plugin_rejected(&report).into());
    };
    let upload = Upload {
        provider,
        name: name.clone(),
        version: version.clone(),
        permissions: descriptor.permissions.clone(),
        report: vetted.report.to_string(),
    };
    let taken: Result<_, PluginError> =
        platform.upload_plugin(&upload, &wasm, &asked.act(Role::Provider)).await;
    show::with_report(asked, &*taken.map_err(problem::of)?, &version, StatusCode::CREATED)
}

/// The component and its signature, from the body or from a registry.
async fn component(asked: &Asked<'_>) -> Result<(Bytes, Vec<u8>), Refusal> {
    let decoded = |text: &str| STANDARD.decode(text).map_err(|_| problem::signature_invalid());
    if asked.call.takes_component() {
        let header = asked.parts.headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
        let signature = decoded(header.ok_or_else(problem::signature_invalid)?)?;
        return Ok((asked.body.clone(), signature));
    }
    let (Some(reference), Some(signature)) = (asked.text("oci"), asked.text("signature")) else {
        return Err(problem::source_missing().into());
    };
    let signature = decoded(signature)?;
    let artifacts = asked.state.artifacts.as_ref().ok_or_else(problem::no_artifacts)?;
    let most = asked.state.live.component_bytes();
    let pulled = artifacts.pull(reference, most).await.map_err(|error| {
        tracing::warn!(%error, "a component could not be pulled");
        problem::not_pulled(&error)
    })?;
    if pulled.len() > most {
        return Err(Rejection::ComponentTooLarge.into());
    }
    Ok((pulled.into(), signature))
}
