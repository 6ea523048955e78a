//! A call, end to end.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use linli_calls::{Arrival, NotArrived};
use linli_contract::{
    Answer, Caller, Community, ComponentName, Idempotency, Identity, OperationKind, Timestamp,
};
use linli_store::StoreError;

use crate::admission::Full;
use crate::bindings::capability;
use crate::command::{Done, Intent};
use crate::guest::Scope;
use crate::kept::{Asked, Present};
use crate::limits::{CallBudget, RETRY_AFTER_SECONDS};
use crate::metrics::count;
use crate::plugins::call_failed;
use crate::pool::{Failure, Question};
use crate::rails::Spent;
use crate::service::Service;
use crate::shared::Shared;

/// What the ingress asks of the platform: the token is verified, role and area are checked, the input meets its schema.
#[derive(Debug, Clone)]
pub struct CallRequest {
    /// Which component.
    pub component: ComponentName,
    /// Which of its operations.
    pub operation: String,
    /// Where.
    pub community: Community,
    /// Who the token says is calling.
    pub identity: Identity,
    /// A JSON object.
    pub input: String,
    /// The caller's key, for commands and tasks.
    pub idempotency: Option<Idempotency>,
    /// To find the call in the logs.
    pub request_id: String,
}

/// An answer, durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// A reply or a problem.
    pub answer: Answer,
    /// Whether it was given before, for the same idempotency key.
    pub replayed: bool,
}

/// Why there is no answer. Inner details are in the log, under the request's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No such component is live.
    #[error("no such component")]
    UnknownComponent,
    /// The component has no such operation.
    #[error("no such operation")]
    UnknownOperation,
    /// Too many calls are waiting.
    #[error("too many calls are waiting")]
    Overloaded {
        /// When to try again.
        retry_after_seconds: u32,
    },
    /// The platform is shutting down.
    #[error("the platform is shutting down")]
    Draining,
    /// The idempotency key was used by another request.
    #[error("the idempotency key was used by another request")]
    KeyReused,
    /// The first call with this idempotency key still runs.
    #[error("the first call with this idempotency key still runs")]
    StillRunning,
    /// No binding in force lets the caller act for this person here.
    #[error("the caller may not act for this person")]
    NotBound,
    /// The token's provider is registered, and may not trade at present, or no more.
    #[error("the caller's provider may not trade")]
    ProviderSuspended,
    /// An operator suspended the plugin, or its provider may not trade.
    #[error("the plugin is suspended")]
    Suspended,
    /// The token's subject is not in the directory.
    #[error("the caller is not in the directory")]
    UnknownSubject,
    /// The component trapped, or misused its contract.
    #[error("the component failed")]
    Trapped,
    /// The component used up its time.
    #[error("the component took too long")]
    TimedOut,
    /// The component wanted more memory than it may have.
    #[error("the component ran out of memory")]
    OutOfMemory,
    /// The component's reply is too large.
    #[error("the reply is too large")]
    ReplyTooLarge,
    /// The plugin has had what it may have here for now: calls a minute, at the same time, or CPU time of the day.
    #[error("the plugin has had what it may have for now")]
    LimitReached {
        /// When there is more.
        retry_after_seconds: u32,
    },
    /// The plugin kept failing, and rests.
    #[error("the plugin kept failing and rests")]
    CircuitOpen {
        /// When it may be tried again.
        retry_after_seconds: u32,
    },
    /// The plugin would store more than it may.
    #[error("the plugin's storage is full")]
    StorageFull,
    /// The store is down, the commit is not known to be durable, or the command lost too often.
    #[error("the platform cannot do this at present")]
    Unavailable,
}

impl CallError {
    /// Whether the component itself is to blame, and not the caller, the platform, the load or a bound of its own.
    pub fn is_components_fault(&self) -> bool {
        matches!(self, Self::Trapped | Self::TimedOut | Self::OutOfMemory | Self::ReplyTooLarge)
    }
}

impl From<Full> for CallError {
    fn from(_: Full) -> Self {
        Self::Overloaded { retry_after_seconds: RETRY_AFTER_SECONDS }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Trapped => Self::Trapped,
            Failure::TimedOut => Self::TimedOut,
            Failure::OutOfMemory => Self::OutOfMemory,
            Failure::ReplyTooLarge => Self::ReplyTooLarge,
            Failure::StorageFull => Self::StorageFull,
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::Unavailable
    }
}

impl Shared {
    pub(crate) async fn call(self: &Arc<Self>, call: CallRequest) -> Result<Called, CallError> {
        let service = self.live.choose(&call.component, call.community, &call.identity);
        self.call_of(&service.ok_or(CallError::UnknownComponent)?, call).await
    }

    pub(crate) async fn call_of(
        self: &Arc<Self>,
        service: &Arc<Service>,
        call: CallRequest,
    ) -> Result<Called, CallError> {
        if self.draining.load(Ordering::Relaxed) {
            return Err(CallError::Draining);
        }
        let _running = service.in_flight.enter();
        self.check_standing(service, self.clock.now())?;
        let started = Instant::now();
        let called = self.guarded(service, call).await;
        let took = started.elapsed();
        let (outcome, replayed) = (
            called.as_ref().map(|called| &called.answer),
            called.as_ref().is_ok_and(|called| called.replayed),
        );
        for metrics in service.all_metrics() {
            metrics.called(outcome, took);
            if replayed {
                count(&metrics.replayed);
            }
        }
        if !replayed {
            self.watch(service, call_failed(outcome)).await;
        }
        called
    }

    /// Calls a component within its rails, if it has any.
    async fn guarded(
        self: &Arc<Self>,
        service: &Arc<Service>,
        call: CallRequest,
    ) -> Result<Called, CallError> {
        let Some(rails) = service.rails() else { return self.call_service(service, call).await };
        let (community, now) = (call.community, self.clock.now());
        let resting = |retry_after_seconds| CallError::CircuitOpen { retry_after_seconds };
        let passage = service.breaker.enter(now).map_err(resting)?;
        let over = |retry_after_seconds| CallError::LimitReached { retry_after_seconds };
        rails.admit(community, now).map_err(over)?;
        let called = self.call_service(service, call).await;
        let failed = called.as_ref().is_err_and(CallError::is_components_fault);
        // What never came to the component says nothing of it.
        if called.is_ok() || failed {
            passage.end(!failed, self.clock.now());
        }
        rails.used(community, now, Spent { calls: 1, errors: failed.into(), ..Spent::default() });
        called
    }

    async fn call_service(
        self: &Arc<Self>,
        service: &Arc<Service>,
        call: CallRequest,
    ) -> Result<Called, CallError> {
        let kind = service.operation(&call.operation).ok_or(CallError::UnknownOperation)?;
        if kind == OperationKind::Query {
            return self.ask(service, call).await;
        }
        let _in_use = match &call.idempotency {
            Some(key) => Some(self.running.enter(call.community, key).ok_or(CallError::StillRunning)?),
            None => None,
        };
        let budget = if kind == OperationKind::Task { self.limits.task } else { self.limits.command };
        let arrival = self.arrive(service, &call.identity)?;
        let caller = arrival.caller(service, &call.identity);
        let (intent, scope) = self.prepare(service, kind, budget, call, arrival, caller);
        if kind == OperationKind::Task {
            return self.task(&scope, &intent).await;
        }
        match self.command(&scope, &intent).await? {
            Done::Answered(called) => Ok(called),
            // Only deliveries are taken or refused.
            Done::Taken | Done::Refused => Err(CallError::Unavailable),
        }
    }

    /// A query: answered by what is kept, if that still stands, or else by a run.
    async fn ask(self: &Arc<Self>, service: &Arc<Service>, call: CallRequest) -> Result<Called, CallError> {
        let arrival = self.arrive(service, &call.identity)?;
        let present = Present { store: &*self.store, now: arrival.now, registry: arrival.registry.change };
        let asked = Asked { operation: &call.operation, community: call.community, input: &call.input };
        let caller = OnceCell::new();
        let known = || caller.get_or_init(|| arrival.caller(service, &call.identity));
        if let Some(answer) = service.kept.find(asked, &present, known) {
            count(&service.metrics.kept);
            return Ok(Called { answer, replayed: false });
        }
        count(&service.metrics.not_kept);
        let caller = caller.into_inner().unwrap_or_else(|| arrival.caller(service, &call.identity));
        let call = CallRequest { idempotency: None, ..call };
        let (intent, scope) =
            self.prepare(service, OperationKind::Query, self.limits.query, call, arrival, caller);
        self.query(&scope, &intent).await
    }

    /// Who the caller is, and for whom; fixes what stays the same in all runs of the call.
    pub(crate) fn arrive(&self, service: &Service, identity: &Identity) -> Result<Arrival, CallError> {
        let (now, registry) = (self.clock.now(), self.providers.current());
        let name = &service.descriptor().name;
        Ok(Arrival::new(&self.directory, registry, name, identity, now)?)
    }

    pub(crate) fn prepare(
        self: &Arc<Self>,
        service: &Arc<Service>,
        kind: OperationKind,
        budget: CallBudget,
        call: CallRequest,
        arrival: Arrival,
        caller: Caller,
    ) -> (Intent, Arc<Scope>) {
        let idempotency = call.idempotency;
        let request = capability::Request { operation: call.operation.clone(), input: call.input };
        let question = Arc::new(Question::Handle(request));
        let component = service.component().clone();
        let scope = arrival.scope(self.clone(), component, call.community, kind, call.operation, caller);
        let scope = linli_calls::Scope { idempotency, request_id: call.request_id, ..scope };
        (Intent { question, idempotency, delivery: None, budget }, self.scope(service, scope))
    }

    /// The scope of a delivery: the platform itself is the caller.
    pub(crate) fn system_scope(
        self: &Arc<Self>,
        service: &Arc<Service>,
        community: Community,
        event: &str,
        request_id: String,
        now: Timestamp,
    ) -> Arc<Scope> {
        let (component, registry) = (service.component().clone(), self.providers.current());
        let scope = linli_calls::Scope::of_delivery(
            self.clone(),
            component,
            registry,
            community,
            event,
            request_id,
            now,
        );
        self.scope(service, scope)
    }

    fn scope(self: &Arc<Self>, service: &Arc<Service>, call: linli_calls::Scope) -> Arc<Scope> {
        Arc::new(Scope { shared: self.clone(), service: service.clone(), call: Arc::new(call) })
    }
}

impl From<NotArrived> for CallError {
    fn from(why: NotArrived) -> Self {
        match why {
            NotArrived::ProviderSuspended => Self::ProviderSuspended,
            NotArrived::UnknownSubject => Self::UnknownSubject,
            NotArrived::NotBound => Self::NotBound,
            NotArrived::Store(error) => error.into(),
        }
    }
}
