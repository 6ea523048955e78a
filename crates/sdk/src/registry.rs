//! The providers (merchants) the platform knows. See `wit/registry.wit`.

use crate::host;

pub use linli_contract::{Order, Provider, Standing};

/// Registers a provider, or replaces what is registered under its id. It leaves with the commit, and is in effect soon
/// after; of two for the same provider the later one wins.
///
/// # Panics
/// Without the grant [`Registry`](crate::Grant::Registry); for a provider that does not pass [`Provider::check`];
/// outside commands.
pub fn put(provider: &Provider) {
    host::registry::put(provider);
}

/// What was registered under this id when the request arrived; what was put a moment ago may not show yet.
///
/// # Panics
/// Without the grant [`Registry`](crate::Grant::Registry).
pub fn get(id: &str) -> Option<Provider> {
    host::registry::get(id)
}
