//! Listening, and stopping.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use linli_vetting::Vetter;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::connection::{self, Builder, Connection};
use crate::limits::{ACCEPT_PAUSE, Limits};
use crate::live::Live;
use crate::metrics::Source;
use crate::plugins::Artifacts;
use crate::routes;
use crate::state::State;

/// What a client gets that comes when there is no room for another connection; nothing of its request is read.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Where and how to listen.
#[derive(Clone)]
pub struct ServerConfig {
    /// Port 0 takes any free one; [`Server::address`] tells which.
    pub listen: SocketAddr,
    /// How much at once, and how long.
    pub limits: Limits,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// JSON Web Key set to publish at `/.well-known/jwks.json`: that of the development key.
    pub published_jwks: Option<String>,
    /// Where components are pulled from that are not sent; none: they must be.
    pub artifacts: Option<Arc<dyn Artifacts>>,
    /// How uploads are vetted: in this process, unless a program is given that does it in one of its own.
    pub vetter: Vetter,
    /// Others' numbers for `/metrics`.
    pub metrics: Vec<Arc<dyn Source>>,
}

impl Default for ServerConfig {
    /// Any free port of this machine alone, with the default limits: for tests.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            published_jwks: None,
            artifacts: None,
            vetter: Vetter::in_process(),
            metrics: Vec::new(),
        }
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ServerError {
    /// Where it should have listened.
    pub address: SocketAddr,
    /// The system's reason.
    pub source: std::io::Error,
}

/// How a server stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every call got its answer.
    Clean,
    /// Some were still running, or clients still reading, when the time was up.
    CutOff,
}

/// A server that listens. Dropping it without [`Server::drain`] stops listening and leaves its connections to end by
/// themselves.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
    closing: watch::Sender<bool>,
    /// Yields none when all connections are gone: each holds a sender.
    gone: mpsc::Receiver<()>,
}

impl Server {
    /// Starts to listen and to serve.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn start(config: ServerConfig, live: Arc<Live>) -> Result<Self, ServerError> {
        let wanted = config.listen;
        let failed = |source| ServerError { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // Any number that differs between processes will do: ids are not secrets.
        let seed = RandomState::new().hash_one(address);
        let state = Arc::new(State::new(live, config, seed));
        let (closing, closed) = watch::channel(false);
        let (alive, gone) = mpsc::channel(1);
        let acceptor = Acceptor {
            builder: Arc::new(connection::builder(&state.limits)),
            pages: routes::pages(state.clone()),
            state: state.clone(),
            addresses: Arc::default(),
            closing: closed,
            alive,
        };
        let accepting = tokio::spawn(acceptor.run(listener));
        Ok(Self { address, state, accepting, closing, gone })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: new calls get 503 from now on, those that run finish, then the connections close. Until the last call has
    /// finished the server still answers, so that whoever comes is told to come again, and `/readyz` says why.
    pub async fn drain(mut self, within: Duration) -> Drained {
        self.state.drain.start();
        let state = self.state.clone();
        let finish = async {
            state.drain.finished().await;
            self.accepting.abort();
            let _ = (&mut self.accepting).await;
            self.closing.send_replace(true);
            self.gone.recv().await;
        };
        match tokio::time::timeout(within, finish).await {
            Ok(()) => Drained::Clean,
            Err(_) => Drained::CutOff,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How many connections each address has open.
type Addresses = Arc<Mutex<HashMap<IpAddr, u32>>>;

struct Acceptor {
    state: Arc<State>,
    pages: Router,
    builder: Arc<Builder>,
    addresses: Addresses,
    closing: watch::Receiver<bool>,
    alive: mpsc::Sender<()>,
}

/// A connection's place among all, and among those of its address; dropping it frees both.
struct Place {
    state: Arc<State>,
    addresses: Addresses,
    address: Option<IpAddr>,
}

impl Acceptor {
    async fn run(self, listener: TcpListener) {
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(error = %error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let address = peer.ip().to_canonical();
            let Some(place) = self.place(address) else {
                self.state.counters.connections_refused.fetch_add(1, Ordering::Relaxed);
                // Best effort: the connection is closed in any case.
                let _ = stream.into_std().and_then(|mut stream| stream.write(NO_ROOM));
                continue;
            };
            self.serve(stream, address, place);
        }
    }

    fn serve(&self, stream: TcpStream, address: IpAddr, place: Place) {
        // Replies are written whole; waiting for more would only delay them. Without it they are merely later.
        let _ = stream.set_nodelay(true);
        let alive = self.alive.clone();
        let connection = Connection::new(self.state.clone(), self.pages.clone(), address);
        let serving = connection.serve(stream, self.builder.clone(), self.closing.clone());
        tokio::spawn(async move {
            serving.await;
            drop((place, alive));
        });
    }

    fn place(&self, address: IpAddr) -> Option<Place> {
        let state = &self.state;
        let open = state.counters.connections.fetch_add(1, Ordering::Relaxed);
        let mut place = Place { state: state.clone(), addresses: self.addresses.clone(), address: None };
        if open >= state.limits.max_connections as u64 {
            return None;
        }
        if !state.trusted_proxies.contains(&address) {
            let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
            let count = addresses.entry(address).or_insert(0);
            if *count >= state.limits.max_connections_per_address {
                return None;
            }
            *count += 1;
            place.address = Some(address);
        }
        Some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.counters.connections.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = self.address else { return };
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&address);
            }
        }
    }
}
