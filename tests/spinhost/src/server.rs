//! HTTP/1 and HTTP/2 on one socket.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use wasmtime_wasi_http::WasiBody;

use crate::application::Application;
use crate::headers;
use crate::instance::{self, Handler};
use crate::routes::Routes;

/// Answered by Spin itself.
const HEALTH: &str = "/.well-known/spin/health";

/// A server with its socket bound.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    served: Arc<Served>,
}

struct Served {
    routes: Routes,
    handlers: BTreeMap<String, Handler>,
}

impl Server {
    /// Compiles the components of an application and binds the socket. `cache` is a configuration of Wasmtime's cache.
    ///
    /// # Errors
    /// A component that is none or asks for what is not there; an address that is taken.
    pub async fn bind(application: Application, address: SocketAddr, cache: Option<&Path>) -> Result<Self> {
        let engine = instance::engine(cache)?;
        let mut handlers = BTreeMap::new();
        for (name, component) in application.components {
            let handler =
                instance::prepare(&engine, component).with_context(|| format!("component {name}"))?;
            handlers.insert(name, handler);
        }
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, served: Arc::new(Served { routes: application.routes, handlers }) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The routes, for people: the component and its URL.
    pub fn routes(&self) -> impl Iterator<Item = String> {
        self.served
            .routes
            .iter()
            .map(|route| format!("{}: http://{}{}", route.component, self.address, route.raw))
    }

    /// Serves for ever.
    ///
    /// # Errors
    /// When the socket fails.
    pub async fn run(self) -> Result<()> {
        loop {
            let (stream, client) = self.listener.accept().await?;
            tokio::spawn(connection(self.served.clone(), stream, client));
        }
    }
}

async fn connection(served: Arc<Served>, stream: TcpStream, client: SocketAddr) {
    let service = service_fn(move |request| {
        let served = served.clone();
        async move {
            let answered = served.answer(request, client).await;
            Ok::<_, Infallible>(answered.unwrap_or_else(|error| {
                // All that was in the instance fell with it; Spin tells callers no more than this.
                eprintln!("spinhost: {error:?}");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }))
        }
    });
    let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
    // Callers go away when they like.
    builder.serve_connection(TokioIo::new(stream), service).await.ok();
}

impl Served {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Result<Response<WasiBody>> {
        let (mut parts, body) = request.into_parts();
        if parts.uri.path() == HEALTH {
            let body = http_body_util::Full::new("OK".into());
            return Ok(Response::new(body.map_err(|never: Infallible| match never {}).boxed_unsync()));
        }
        let Some((route, found)) = self.routes.find(parts.uri.path()) else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        headers::prepare(&mut parts.headers, &parts.uri, route, &found, client)?;
        let handler = &self.handlers[&route.component];
        parts.uri = absolute(&parts)?;
        let body = body.map_err(wasmtime_wasi_http::Error::from).boxed_unsync();
        Ok(handler.handle((), Request::from_parts(parts, body)).await?)
    }
}

/// With the scheme and the authority that a component sees.
fn absolute(parts: &http::request::Parts) -> Result<Uri> {
    let host = parts.headers.get(http::header::HOST).context("no host")?.to_str()?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(Uri::builder().scheme("http").authority(host).path_and_query(path).build()?)
}

fn empty(status: StatusCode) -> Response<WasiBody> {
    let body = Empty::new().map_err(|never: Infallible| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
