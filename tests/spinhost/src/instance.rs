//! Instances of one component, used over and over as Spin does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::Result;
use http::Request;
use wasmtime::component::{Component, GuestTaskId, Linker, ResourceTable};
use wasmtime::{Cache, Engine, Store, StoreContextMut};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::allowed_hosts::AllowedHosts;
use crate::application;
use crate::bindings::{postgres, sqlite, variables2, variables3};
use crate::clock::Clock;
use crate::postgres::{HasPools, Pools, PoolsView};
use crate::sqlite::{Databases, DatabasesView, HasDatabases};
use crate::variables::{HasVariables, Variables};

/// Requests one instance serves at once, as in Spin 4.1.
const AT_ONCE: usize = 16;
/// Requests one instance serves in all, as in Spin 4.1.
const IN_ALL: usize = 128;
/// How long an instance without work is kept. Spin's is one second.
const IDLE: Duration = Duration::from_secs(1);

/// What serves the requests of one component.
pub type Handler = ProxyHandler<Instances>;

/// Makes instances of one component.
pub struct Instances {
    component: ServicePre<State>,
    variables: Variables,
    databases: Arc<BTreeMap<String, PathBuf>>,
    pools: Pools,
    allowed_hosts: AllowedHosts,
}

/// What one instance has.
pub struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    databases: Databases,
    pools: Pools,
    variables: Variables,
}

/// An engine with what Spin's has on, and the cache that this file configures, or else Wasmtime's usual one.
///
/// # Errors
/// A file that is no such configuration; a machine that cannot compile WebAssembly.
pub fn engine(cache: Option<&Path>) -> Result<Engine> {
    let mut config = wasmtime::Config::new();
    config.wasm_component_model_async(true);
    // As in Spin: what was compiled once, in any process, is not compiled again.
    config.cache(Some(Cache::from_file(cache)?));
    Ok(Engine::new(&config)?)
}

/// Compiles a component and links it; nothing runs yet.
///
/// # Errors
/// No component, or one that imports what is not there, or exports no `wasi:http/handler@0.3.0`.
pub fn prepare(engine: &Engine, application: application::Component) -> Result<Handler> {
    let component = Component::from_file(engine, &application.wasm)?;
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    postgres::add_to_linker::<State, HasPools>(&mut linker, State::pools)?;
    sqlite::add_to_linker::<State, HasDatabases>(&mut linker, State::databases)?;
    variables2::add_to_linker::<State, HasVariables>(&mut linker, |state| &mut state.variables)?;
    variables3::add_to_linker::<State, HasVariables>(&mut linker, |state| &mut state.variables)?;
    Ok(ProxyHandler::new(Instances {
        component: ServicePre::new(linker.instantiate_pre(&component)?)?,
        variables: Variables(Arc::new(application.variables)),
        databases: Arc::new(application.databases),
        pools: Pools::default(),
        allowed_hosts: application.allowed_hosts,
    }))
}

impl State {
    fn databases(&mut self) -> DatabasesView<'_> {
        DatabasesView { databases: &mut self.databases, table: &mut self.table }
    }

    fn pools(&mut self) -> PoolsView<'_> {
        PoolsView { pools: &self.pools, allowed_hosts: &self.outbound.0, table: &mut self.table }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Requests that leave, to where they may.
struct Outbound(AllowedHosts);

type Sent = Result<(http::Response<WasiBody>, Finished), Error>;
type Finished = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Finished,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let allowed = self.0.allow(request.uri());
        Box::new(async move {
            if !allowed {
                return Err(Error::HttpRequestDenied);
            }
            let (response, finished) = wasmtime_wasi_http::default_send_request(request, options).await?;
            let finished: Finished = Box::new(finished);
            Ok((response.map(http_body_util::BodyExt::boxed_unsync), finished))
        })
    }
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<State, Expiration, Worker>> {
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder()
                .inherit_stdout()
                .inherit_stderr()
                .wall_clock(Clock::of_the_environment())
                .build(),
            http: WasiHttpCtx::new(),
            outbound: Outbound(self.allowed_hosts.clone()),
            databases: Databases { allowed: self.databases.clone(), open: 0 },
            pools: self.pools.clone(),
            variables: self.variables.clone(),
        };
        let mut store = Store::new(self.component.engine(), state);
        let service = self.component.instantiate_async(&mut store).await?;
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: WasiHttpView::http,
            expiration: Expiration(Box::pin(tokio::time::sleep(IDLE))),
            state: Worker,
        })
    }
}

/// Ends an instance that had nothing to do for a while.
pub struct Expiration(Pin<Box<tokio::time::Sleep>>);

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        if status != WorkerStatus::Idle {
            return Poll::Pending;
        }
        let until = (since + IDLE).into();
        if self.0.deadline() != until {
            self.0.as_mut().reset(until);
        }
        self.0.as_mut().poll(cx)
    }
}

/// How much one instance takes on.
pub struct Worker;

impl WorkerState for Worker {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, at_once: usize, in_all: usize) -> ShouldAccept {
        if in_all >= IN_ALL {
            ShouldAccept::Never
        } else if at_once >= AT_ONCE {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        Box::pin(std::future::pending())
    }

    fn drop(&self, store: Store<State>, result: Result<(), wasmtime::Error>) {
        if let Err(error) = result {
            eprintln!("spinhost: an instance ended: {error:?}");
        }
        drop(store);
    }
}
