//! One call, from its head to its answer.

use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue};
use http::request::Parts;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use linli_contract::{Area, ComponentName, Operation, Role};
use linli_gateway::{Admitted, Gateway, Rejection, TokenFault};
use linli_host::{CallError, CallRequest};

use crate::admission::Full;
use crate::body;
use crate::client::client_address;
use crate::compress::{accepts_gzip, compress};
use crate::drain::Draining;
use crate::join;
use crate::state::State;

/// Answers a request to `/v1/…`.
pub(crate) async fn serve(state: &State, request: Request<Incoming>, socket: IpAddr) -> Response<Bytes> {
    let started = Instant::now();
    let id = state.ids.make();
    let (parts, body) = request.into_parts();
    let gateway = state.live.gateway();
    let (mut seen, mut body) = (None, Some(body));
    let answered = run(state, &gateway, &parts, &mut body, socket, &id, &mut seen).await;
    let mut response = match answered {
        Ok(response) => response,
        Err(rejection) => {
            state.counters.refused(rejection.code());
            let mut response = reject(&rejection, &parts, &id);
            if let Some(unread) = body
                && !body::discard(unread, &state.bodies, state.limits.body_timeout).await
            {
                close(&mut response, &parts);
            }
            response
        }
    };
    if response.body().len() >= state.limits.gzip_min_bytes {
        response = compress(response, accepts_gzip(&parts.headers), state.limits.gzip_min_bytes).await;
    }
    let took = started.elapsed();
    let status = response.status().as_u16();
    state.counters.answered(status, took);
    // The template of the route, never the path: paths hold ids, queries hold what people look for.
    tracing::info!(
        target: "linli::access",
        method = parts.method.as_str(),
        route = seen.as_ref().map_or("", |seen: &Seen| seen.operation().path.as_str()),
        component = seen.as_ref().map_or("", |seen: &Seen| seen.component().as_str()),
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        request_id = id.as_str(),
        "call"
    );
    response
}

/// What a request turned out to be for.
enum Seen {
    Call(Admitted),
    Joined(Admitted<Area>),
}

impl Seen {
    fn operation(&self) -> &Operation {
        match self {
            Self::Call(admitted) => admitted.operation(),
            Self::Joined(admitted) => admitted.operation(),
        }
    }

    fn component(&self) -> &ComponentName {
        match self {
            Self::Call(admitted) => &admitted.descriptor().name,
            Self::Joined(admitted) => &admitted.descriptor().name,
        }
    }
}

async fn run(
    state: &State,
    gateway: &Gateway,
    parts: &Parts,
    body: &mut Option<Incoming>,
    socket: IpAddr,
    id: &str,
    seen: &mut Option<Seen>,
) -> Result<Response<Bytes>, Rejection> {
    let _running = state.drain.enter().map_err(|Draining| Rejection::Draining)?;
    // Before anything is spent on it: what would be refused at the end of the queue is refused here.
    if state.admission.is_full() {
        return Err(Rejection::Overloaded);
    }
    let now = state.live.now();
    let seen = seen.insert(admit(state, gateway, parts, socket, now)?);
    let body = match body.take() {
        Some(body) => body::read(body, &state.bodies, state.limits.body_timeout).await?,
        None => Bytes::new(),
    };
    let _turn = state.admission.enter().await.map_err(|Full| Rejection::Overloaded)?;
    let admitted = match seen {
        Seen::Call(admitted) => admitted,
        Seen::Joined(admitted) => return join::answer(state, admitted, &body, &parts.headers, id).await,
    };
    let input = admitted.input(&body)?;
    let call = CallRequest {
        component: admitted.descriptor().name.clone(),
        operation: admitted.operation().name.clone(),
        community: admitted.community(),
        identity: admitted.identity().as_ref().clone(),
        idempotency: admitted.idempotency(&input),
        input: input.json,
        request_id: id.to_owned(),
    };
    let called = state.live.platform().call(call).await.map_err(|error| rejection_of(&error))?;
    Ok(admitted.respond(called.answer, &parts.headers, id))
}

/// The gateway's checks, and how often an address may call with nothing to say who it is, or with a token that is none.
fn admit(
    state: &State,
    gateway: &Gateway,
    parts: &Parts,
    socket: IpAddr,
    now: linli_contract::Timestamp,
) -> Result<Seen, Rejection> {
    let limited = || {
        let client = client_address(socket, &parts.headers, &state.trusted_proxies);
        state.anonymous.take(client, now).map_err(|retry_after| Rejection::RateLimited { retry_after })
    };
    let admitted = match gateway.admit_joined(parts, now) {
        Some(joined) => joined.map(Seen::Joined),
        None => gateway.admit(parts, now).map(Seen::Call),
    };
    match admitted {
        // An area is for those who say who they are.
        Ok(joined @ Seen::Joined(_)) => Ok(joined),
        Ok(Seen::Call(admitted)) => {
            let identity = admitted.identity();
            let nobody = identity.subject.is_none() && identity.provider.is_none();
            if nobody && admitted.operation().roles.contains(&Role::Anyone) {
                limited()?;
            }
            Ok(Seen::Call(admitted))
        }
        Err(rejection @ Rejection::Unauthorized(fault)) => {
            if fault != TokenFault::Missing && fault != TokenFault::Expired {
                limited()?;
            }
            Err(rejection)
        }
        Err(rejection) => Err(rejection),
    }
}

/// What a caller may know of why the host gave no answer.
pub(crate) fn rejection_of(error: &CallError) -> Rejection {
    match error {
        // The component was replaced or taken away since the route was looked up.
        CallError::UnknownComponent | CallError::UnknownOperation => Rejection::UnknownPath,
        CallError::Overloaded { .. } => Rejection::Overloaded,
        CallError::Draining => Rejection::Draining,
        CallError::KeyReused => Rejection::IdempotencyKeyReused,
        CallError::StillRunning => Rejection::RequestInProgress,
        CallError::NotBound => Rejection::NotBound,
        CallError::ProviderSuspended => Rejection::ProviderSuspended,
        // A token for somebody the directory does not know, or knows no longer.
        CallError::UnknownSubject => Rejection::Unauthorized(TokenFault::BadClaims),
        CallError::Trapped | CallError::OutOfMemory | CallError::ReplyTooLarge => Rejection::ComponentFailed,
        CallError::TimedOut => Rejection::ComponentTimedOut,
        CallError::LimitReached { retry_after_seconds } => {
            Rejection::PluginLimitReached { retry_after: *retry_after_seconds }
        }
        CallError::CircuitOpen { retry_after_seconds } => {
            Rejection::ServiceResting { retry_after: *retry_after_seconds }
        }
        CallError::StorageFull => Rejection::PluginStorageFull,
        CallError::Unavailable => Rejection::Unavailable,
    }
}

/// The refusal as a response. While draining, the connection is not kept: its client shall find another server.
pub(crate) fn reject(rejection: &Rejection, parts: &Parts, id: &str) -> Response<Bytes> {
    let mut response = rejection.respond(&parts.headers, id);
    if *rejection == Rejection::Draining {
        close(&mut response, parts);
    }
    response
}

/// Says that the connection will not be kept.
fn close(response: &mut Response<Bytes>, parts: &Parts) {
    if parts.version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}
