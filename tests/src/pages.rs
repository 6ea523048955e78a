//! Pages beside the calls: `linli serve` has each once, and on Spin every component has its own.

use crate::spin;

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Alive.
    Health,
    /// Able to answer calls.
    Ready,
    /// Public keys of what is signed.
    Keys,
    /// The operations, for programs.
    OpenApi,
}

impl Page {
    /// Its path, on the host that answers this run of the tests; of this component, where each has its own.
    pub fn of(self, component: &str) -> String {
        if spin::is_wanted() {
            let page = match self {
                Self::Health => "healthz",
                Self::Ready => "readyz",
                Self::Keys => "keys",
                Self::OpenApi => "openapi.json",
            };
            return format!("/_linli/{component}/{page}");
        }
        let page = match self {
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Keys => "/.well-known/linli-keys",
            Self::OpenApi => "/openapi.json",
        };
        page.to_owned()
    }
}
