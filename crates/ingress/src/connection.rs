//! One connection: HTTP/1.1 or HTTP/2 with prior knowledge, told apart by its first bytes.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use axum::Router;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, interval_at};

use crate::limits::{Limits, MAX_HEADER_BYTES, MAX_HEADERS, MAX_STREAMS};
use crate::routes::{self, ReplyBody};
use crate::state::State;

/// How connections are served; made once, shared by all.
pub(crate) type Builder = auto::Builder<TokioExecutor>;

pub(crate) fn builder(limits: &Limits) -> Builder {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES as u32);
    builder
}

/// What the requests of one connection share.
pub(crate) struct Connection {
    pub(crate) state: Arc<State>,
    pub(crate) pages: Router,
    /// The other end of the socket.
    pub(crate) socket: IpAddr,
    begun: AtomicU64,
    running: AtomicU32,
}

/// A request between its head and its answer.
struct Running<'a>(&'a Connection);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection {
    pub(crate) fn new(state: Arc<State>, pages: Router, socket: IpAddr) -> Arc<Self> {
        Arc::new(Self { state, pages, socket, begun: AtomicU64::new(0), running: AtomicU32::new(0) })
    }

    /// Serves the connection to its end: the client's, that of `closing`, or that of patience.
    pub(crate) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        builder: Arc<Builder>,
        mut closing: watch::Receiver<bool>,
    ) {
        let idle_period = self.state.limits.idle_period;
        let service = service_fn(|request| self.clone().answer(request));
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut patience = interval_at(Instant::now() + idle_period, idle_period);
        let mut seen = 0;
        let mut told = false;
        loop {
            tokio::select! {
                biased;
                // How a connection ends is the client's affair: nothing to tell anybody.
                _ = connection.as_mut() => return,
                _ = closing.wait_for(|closing| *closing), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
                _ = patience.tick() => {
                    let begun = self.begun.load(Ordering::Relaxed);
                    if begun == seen && self.running.load(Ordering::Relaxed) == 0 {
                        return;
                    }
                    seen = begun;
                }
            }
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<ReplyBody>, Infallible> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        let _running = Running(&self);
        routes::answer(&self.state, &self.pages, request, self.socket).await
    }
}
