//! What all connections of one server share.

use linli_gateway::RequestIds;
use linli_vetting::Vetter;
use std::net::IpAddr;
use std::sync::Arc;

use crate::admission::Admission;
use crate::body::BodyBudget;
use crate::drain::Drain;
use crate::limits::{Limits, MAX_RATED_ADDRESSES, MAX_UPLOADS, MAX_WAIT, MAX_WAITING_UPLOADS};
use crate::live::Live;
use crate::metrics::{Counters, Source};
use crate::plugins::Artifacts;
use crate::rate::RateLimiter;
use crate::server::ServerConfig;

/// Lifetime: the server's.
pub(crate) struct State {
    pub(crate) live: Arc<Live>,
    pub(crate) limits: Limits,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The key set of the development key, published for other programs to verify its tokens.
    pub(crate) published_jwks: Option<String>,
    /// Where components are pulled from; none: they can only be sent.
    pub(crate) artifacts: Option<Arc<dyn Artifacts>>,
    /// How uploads are vetted.
    pub(crate) vetter: Vetter,
    /// Others' numbers for `/metrics`.
    pub(crate) sources: Vec<Arc<dyn Source>>,
    pub(crate) admission: Admission,
    /// Turns of uploads, which are slow: residents' calls do not wait behind them.
    pub(crate) uploads: Admission,
    pub(crate) bodies: BodyBudget,
    pub(crate) anonymous: RateLimiter,
    pub(crate) ids: RequestIds,
    pub(crate) drain: Drain,
    pub(crate) counters: Counters,
}

impl State {
    pub(crate) fn new(live: Arc<Live>, config: ServerConfig, seed: u64) -> Self {
        let ServerConfig { limits, trusted_proxies, published_jwks, artifacts, vetter, metrics, .. } = config;
        Self {
            live,
            admission: Admission::new(limits.max_in_flight, limits.max_waiting, MAX_WAIT),
            uploads: Admission::new(MAX_UPLOADS, MAX_WAITING_UPLOADS, MAX_WAIT),
            bodies: BodyBudget::default(),
            anonymous: RateLimiter::new(
                limits.anonymous_burst,
                limits.anonymous_per_minute,
                MAX_RATED_ADDRESSES,
            ),
            limits,
            trusted_proxies,
            published_jwks,
            artifacts,
            vetter,
            sources: metrics,
            ids: RequestIds::new(seed),
            drain: Drain::default(),
            counters: Counters::new(),
        }
    }
}
