//! The OCI registries a server pulls plugins from: those the operator lists, and no other. A publisher names a component
//! by reference, so without the list it would be the publisher who says where this machine connects to.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use linli_ingress::{ArtifactError, Artifacts};
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::plugin::http::Http;
use crate::plugin::oci::{self, Reference};

/// Components pulled at once; each may be 16 MiB and is held in memory.
const AT_ONCE: usize = 2;

/// A registry, or a part of one: `host[:port][/prefix]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Registry {
    host: String,
    /// Of repositories; whole steps of their names.
    prefix: Option<String>,
}

impl FromStr for Registry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Whatever could stand in a reference can be listed.
        let named = if text.contains('/') { format!("{text}:0") } else { format!("{text}/a:0") };
        if named.parse::<Reference>().is_err() || text.ends_with('/') {
            return Err(format!("`{text}` is no `host[:port][/prefix]`"));
        }
        let (host, prefix) = match text.split_once('/') {
            Some((host, prefix)) => (host, Some(prefix.to_owned())),
            None => (text, None),
        };
        Ok(Self { host: host.to_owned(), prefix })
    }
}

impl TryFrom<String> for Registry {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.prefix.iter().try_for_each(|prefix| write!(f, "/{prefix}"))
    }
}

impl Registry {
    fn has(&self, reference: &Reference) -> bool {
        let below = |prefix: &String| {
            let rest = reference.repository().strip_prefix(prefix.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.host == reference.registry() && self.prefix.as_ref().is_none_or(below)
    }
}

/// What is pulled from where. Lifetime: the server's.
pub struct Registries {
    listed: Vec<Registry>,
    /// For one component, all requests together.
    within: Duration,
    http: Http,
    turns: Arc<Semaphore>,
}

impl Registries {
    /// None when none is listed.
    pub fn listed(listed: &[Registry], within: Duration) -> Option<Self> {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        (!listed.is_empty()).then(|| Self { listed: listed.to_vec(), within, http: Http::default(), turns })
    }

    async fn pull_one(&self, reference: &str, most: usize) -> Result<Vec<u8>, ArtifactError> {
        let reference: Reference = reference.parse().map_err(|_| ArtifactError::Malformed)?;
        if !self.listed.iter().any(|listed| listed.has(&reference)) {
            return Err(ArtifactError::NotListed);
        }
        let turn = self.turns.clone().try_acquire_owned().map_err(|_| ArtifactError::Busy)?;
        let end = Instant::now() + self.within;
        let http = self.http.until(end);
        // The client blocks. It keeps its turn until it has ended, whether or not somebody still waits for it.
        let pulled = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            oci::pull(&http, &reference, most)
        });
        match pulled.await {
            Ok(Ok(wasm)) => Ok(wasm),
            Ok(Err(error)) => Err(match error.downcast::<ArtifactError>() {
                Ok(known) => known,
                Err(_) if Instant::now() >= end => ArtifactError::TooSlow,
                Err(other) => ArtifactError::Unreachable(format!("{other:#}")),
            }),
            Err(error) => Err(ArtifactError::Unreachable(error.to_string())),
        }
    }
}

impl Artifacts for Registries {
    fn pull<'a>(
        &'a self,
        reference: &'a str,
        most_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ArtifactError>> + Send + 'a>> {
        Box::pin(self.pull_one(reference, most_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_listed_whole_or_from_a_step_of_its_names_on() {
        let listed = |registry: &str, reference: &str| {
            registry.parse::<Registry>().unwrap().has(&format!("{reference}:1.0.0").parse().unwrap())
        };
        for (registry, reference, expected) in [
            ("registry.example", "registry.example/shop/note-board", true),
            ("registry.example", "registry.example:5000/shop/note-board", false),
            ("registry.example", "evil.example/registry.example/note-board", false),
            ("registry.example:5000/shop", "registry.example:5000/shop/note-board", true),
            ("registry.example:5000/shop", "registry.example:5000/shop", true),
            ("registry.example:5000/shop", "registry.example:5000/shopper/note-board", false),
            ("registry.example:5000/shop", "registry.example:5000/other/shop", false),
            ("registry.example/a/b", "registry.example/a/b/c", true),
            ("registry.example/a/b", "registry.example/a/c", false),
        ] {
            assert_eq!(listed(registry, reference), expected, "{registry} {reference}");
        }
    }

    #[test]
    fn what_is_no_registry_is_refused() {
        for wrong in
            ["", "/shop", "https://registry.example", "registry.example/", "a b", "a/../b", "a/B", "user@a"]
        {
            assert_eq!(wrong.parse::<Registry>(), Err(format!("`{wrong}` is no `host[:port][/prefix]`")));
        }
        for fine in ["registry.example", "127.0.0.1:5000", "[::1]:5000/shop", "registry.example:443/a/b"] {
            assert_eq!(fine.parse::<Registry>().unwrap().to_string(), fine);
        }
    }
}
