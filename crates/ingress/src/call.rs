//! One call, from its head to its answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue};
use http::request::Parts;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use linli_contract::{ComponentName, Role, Timestamp};
use linli_gateway::{Admitted, Gateway, Rejection, TokenFault};
use linli_host::{CallError, CallRequest};

use crate::admission::Full;
use crate::body;
use crate::client::client_address;
use crate::compress::{accepts_gzip, compress};
use crate::drain::Draining;
use crate::live::Front;
use crate::state::State;

/// Answers a request to `/v1/…`.
pub(crate) async fn serve(state: &State, request: Request<Incoming>, socket: IpAddr) -> Response<Bytes> {
    let started = Instant::now();
    let id = state.ids.make();
    let (parts, body) = request.into_parts();
    let (mut admitted, mut body) = (None, Some(body));
    let answered = run(state, &parts, &mut body, socket, &id, &mut admitted).await;
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
        route = admitted.as_ref().map_or("", |a: &Admitted| a.operation().path.as_str()),
        component = admitted.as_ref().map_or("", |a: &Admitted| a.descriptor().name.as_str()),
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        request_id = id.as_str(),
        "call"
    );
    response
}

async fn run(
    state: &State,
    parts: &Parts,
    body: &mut Option<Incoming>,
    socket: IpAddr,
    id: &str,
    seen: &mut Option<Admitted>,
) -> Result<Response<Bytes>, Rejection> {
    let _running = state.drain.enter().map_err(|Draining| Rejection::Draining)?;
    // Before anything is spent on it: what would be refused at the end of the queue is refused here.
    if state.admission.is_full() {
        return Err(Rejection::Overloaded);
    }
    let now = state.live.now();
    let (front, admitted) = admit_now(state, parts, socket, now)?;
    let admitted = seen.insert(admitted);
    let body = match body.take() {
        Some(body) => body::read(body, &state.bodies, state.limits.body_timeout).await?,
        None => Bytes::new(),
    };
    let _turn = state.admission.enter().await.map_err(|Full| Rejection::Overloaded)?;
    let input = admitted.input(&body)?;
    let call = CallRequest {
        component: ComponentName::clone(&admitted.descriptor().name),
        operation: admitted.operation().name.clone(),
        community: admitted.community(),
        identity: admitted.identity().as_ref().clone(),
        idempotency: admitted.idempotency(&input),
        input: input.json,
        request_id: id.to_owned(),
    };
    let platform = state.live.platform();
    let called = match admitted.digest() {
        None => platform.call(call).await,
        // The version the input was checked for, even if it was replaced meanwhile.
        Some(digest) => {
            let version = front.versions.get(digest).ok_or(Rejection::Internal)?;
            platform.call_version(version, call).await
        }
    };
    let called = called.map_err(|error| rejection_of(&error))?;
    Ok(admitted.respond(called.answer, &parts.headers, id))
}

/// Admits by the routes of this moment. Who reads them while they change may find that a version it is given is not
/// there yet, and reads them again.
fn admit_now(
    state: &State,
    parts: &Parts,
    socket: IpAddr,
    now: Timestamp,
) -> Result<(Arc<Front>, Admitted), Rejection> {
    let mut front = state.live.front();
    loop {
        match admit(state, &front.gateway, parts, socket, now) {
            Err(Rejection::UnknownPath) => {
                let newer = state.live.front();
                if Arc::ptr_eq(&front, &newer) {
                    return Err(Rejection::UnknownPath);
                }
                front = newer;
            }
            admitted => return Ok((front, admitted?)),
        }
    }
}

/// The gateway's checks, and how often an address may call with nothing to say who it is, or with a token that is none.
fn admit(
    state: &State,
    gateway: &Gateway,
    parts: &Parts,
    socket: IpAddr,
    now: Timestamp,
) -> Result<Admitted, Rejection> {
    let limited = || {
        let client = client_address(socket, &parts.headers, &state.trusted_proxies);
        state.anonymous.take(client, now).map_err(|retry_after| Rejection::RateLimited { retry_after })
    };
    match gateway.admit(parts, now) {
        Ok(admitted) => {
            let identity = admitted.identity();
            let nobody = identity.subject.is_none() && identity.provider.is_none();
            if nobody && admitted.operation().roles.contains(&Role::Anyone) {
                limited()?;
            }
            Ok(admitted)
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
fn rejection_of(error: &CallError) -> Rejection {
    match error {
        // The component was replaced or taken away since the route was looked up.
        CallError::UnknownComponent | CallError::UnknownOperation => Rejection::UnknownPath,
        CallError::Overloaded { .. } => Rejection::Overloaded,
        CallError::Draining => Rejection::Draining,
        CallError::KeyReused => Rejection::IdempotencyKeyReused,
        CallError::StillRunning => Rejection::RequestInProgress,
        CallError::NotBound => Rejection::NotBound,
        CallError::ProviderSuspended => Rejection::ProviderSuspended,
        CallError::Suspended => Rejection::ServiceSuspended,
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
