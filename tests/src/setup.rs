//! What a world is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use linli_host::{HostLimits, OutboundGrants, SignatureAlgorithm, Signatures, Trust};
use linli_ingress::{Artifacts, Limits};
use serde_json::Value as Json;

use crate::spin;
use crate::world::World;

/// Calls without a token from this machine: no test but the one of that limit shall meet it.
const UNLIMITED: u32 = 1_000_000;
/// What a world is made of.
pub struct Setup {
    /// Core functions, by name.
    pub core: Vec<String>,
    /// Others, each with what it is trusted with.
    pub guests: Vec<(&'static str, Trust)>,
    /// The host's bounds.
    pub host: HostLimits,
    /// The server's bounds.
    pub server: Limits,
    /// Configured values, by component and name.
    pub settings: BTreeMap<String, BTreeMap<String, Json>>,
    /// Where components may call.
    pub outbound: OutboundGrants,
    /// What is signed how.
    pub signatures: Signatures,
    /// Where plugins are pulled from.
    pub artifacts: Option<Arc<dyn Artifacts>>,
}

/// Calls a minute of a granted origin: no test but the one of that limit shall meet it.
const GRANTED_CALLS: u32 = 100_000;

impl Setup {
    /// These core functions and no guests.
    pub fn of(core: &[&str]) -> Self {
        Self {
            core: core.iter().map(|name| (*name).to_owned()).collect(),
            guests: vec![],
            host: HostLimits::default(),
            server: Limits {
                anonymous_burst: UNLIMITED,
                anonymous_per_minute: UNLIMITED,
                ..Limits::default()
            },
            settings: BTreeMap::new(),
            outbound: OutboundGrants::new(),
            signatures: Signatures::new(),
            artifacts: None,
        }
    }

    /// With a configured value.
    #[must_use]
    pub fn setting(mut self, component: &str, name: &str, value: Json) -> Self {
        self.settings.entry(component.to_owned()).or_default().insert(name.to_owned(), value);
        self
    }

    /// With an origin that a component may call.
    ///
    /// # Panics
    /// When the text is none.
    #[must_use]
    pub fn outbound(mut self, component: &str, origin: &str) -> Self {
        let granted = self.outbound.entry(component.to_owned()).or_default();
        granted.insert(origin.parse().unwrap(), GRANTED_CALLS);
        self
    }

    /// With a purpose that is signed for in these ways.
    #[must_use]
    pub fn signed(mut self, component: &str, purpose: &str, algorithms: &[SignatureAlgorithm]) -> Self {
        let purposes = self.signatures.entry(component.to_owned()).or_default();
        purposes.insert(purpose.to_owned(), algorithms.to_vec());
        self
    }

    /// With a plugin besides.
    #[must_use]
    pub fn plugin(mut self, name: &'static str) -> Self {
        self.guests.push((name, Trust::Plugin));
        self
    }

    /// With plugins that never rest, however much they fail: for what fails on purpose, again and again.
    #[must_use]
    pub fn restless(mut self) -> Self {
        self.host.breaker.failures = u32::MAX;
        self
    }

    /// Starts it.
    pub fn start(self) -> World {
        World::start(self, spin::is_wanted())
    }

    /// Starts it on Linli's own host, whatever host the suites are run on.
    pub fn start_on_linli(self) -> World {
        World::start(self, false)
    }
}
