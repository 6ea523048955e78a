//! Names, resolved once for each connection, which is then made to just what was found: what is checked is what is
//! connected to, so a name that resolves otherwise a moment later leads nowhere else.

use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use linli_calls::is_public;
use tower_service::Service;

/// A name resolves to an address that is not the public internet's.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct NotPublic;

impl NotPublic {
    /// Whether it is the cause of an error of the client's.
    pub(super) fn caused(error: &(dyn Error + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// The system's resolver, for names that may lead to public addresses only. One that is not spoils all: who answers
/// with both is not to be trusted with either.
#[derive(Clone)]
pub(super) struct PublicOnly(GaiResolver);

impl PublicOnly {
    pub(super) fn new() -> Self {
        Self(GaiResolver::new())
    }
}

impl Service<Name> for PublicOnly {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.0.call(name);
        Box::pin(async move { Ok(all_public(resolving.await?.collect())?.into_iter()) })
    }
}

fn all_public(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    if addresses.iter().all(|address| is_public(address.ip())) { Ok(addresses) } else { Err(NotPublic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_that_is_not_public_spoils_all() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        assert!(all_public(addresses(&["223.5.5.5:0", "[2400:3200::1]:0"])).is_ok());
        assert!(all_public(addresses(&["223.5.5.5:0", "169.254.169.254:0"])).is_err());
        assert!(all_public(addresses(&["[::1]:0"])).is_err());
    }
}
