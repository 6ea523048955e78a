//! The adapter as Spin has it: one request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::request::Parts;
use http::{Method, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use linli_contract::limits::MAX_REQUEST_BYTES;
use linli_gateway::limits::MAX_DISCARDED_BYTES;
use linli_gateway::{Rejection, RequestIds};
use spin_sdk::http::Request;
use spin_sdk::http_service;
use spin_sdk::wasip3;

use crate::composed::{Composed, variable};
use crate::configuration::Configuration;
use crate::front::{Answered, Front, Seen};
use crate::pages;

/// How long a command's answer has to leave before what follows from it is done, so that a function that fails there
/// costs its caller nothing.
const DRAIN_AFTER: Duration = Duration::from_millis(5);

/// Made by the first request.
static FRONT: Mutex<Option<Arc<Front>>> = Mutex::new(None);

fn front() -> Option<Arc<Front>> {
    let mut front = FRONT.lock().unwrap_or_else(PoisonError::into_inner);
    if front.is_none() {
        match open() {
            Ok(opened) => *front = Some(Arc::new(opened)),
            // Spin keeps what a component writes to its standard error. The next request tries again.
            Err(error) => eprintln!("linli: this function cannot be served: {error}"),
        }
    }
    front.clone()
}

fn open() -> Result<Front, String> {
    let configuration = Configuration::read(variable)?;
    Front::open(&Composed, configuration, seed()?).map_err(|error| error.0)
}

/// Sets the request ids of instances apart.
fn seed() -> Result<u64, String> {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).map_err(|error| error.to_string())?;
    Ok(u64::from_be_bytes(seed))
}

#[http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Some(front) = front() else {
        let id = RequestIds::new(seed().unwrap_or_default()).make();
        return whole(pages::closed(&parts, &id), &parts);
    };
    let id = front.request_id();
    let seen = match front.admit(&Composed, &parts) {
        Ok(seen) => seen,
        Err(rejection) => {
            if is_short(&parts) {
                // Whoever hangs up meanwhile has no answer.
                Limited::new(body, MAX_DISCARDED_BYTES as usize).collect().await.ok();
            }
            return whole(rejection.respond(&parts.headers, &id), &parts);
        }
    };
    let body = match &seen {
        Seen::Page(_) => Ok(Bytes::new()),
        _ => Limited::new(body, MAX_REQUEST_BYTES).collect().await.map(|body| body.to_bytes()),
    };
    let answered = match body {
        Ok(body) => front.answer(&Composed, &seen, &parts, &body, &id),
        Err(error) if error.is::<LengthLimitError>() => Err(Rejection::TooLarge),
        Err(_) => Err(Rejection::BodyTooSlow),
    };
    match answered {
        Ok(Answered { response, drain }) => {
            if let Some(community) = drain {
                wasip3::spawn(async move {
                    wait(DRAIN_AFTER).await;
                    front.drain_after(&Composed, community);
                });
            }
            whole(response, &parts)
        }
        Err(rejection) => whole(rejection.respond(&parts.headers, &id), &parts),
    }
}

/// Whether the body is worth reading though nobody wants it: Spin closes a connection on which something was left, and
/// calls that are on their way there are lost with it.
fn is_short(parts: &Parts) -> bool {
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    length.is_some_and(|length: u64| length <= MAX_DISCARDED_BYTES)
}

async fn wait(time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    wasip3::clocks::monotonic_clock::wait_for(nanos).await;
}

/// With its length, without which a kept connection stalls; and without a body for HEAD.
fn whole(mut response: Response<Bytes>, parts: &Parts) -> Response<Full<Bytes>> {
    let status = response.status();
    let bodyless = status == http::StatusCode::NO_CONTENT || status == http::StatusCode::NOT_MODIFIED;
    if !bodyless {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    if parts.method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response.map(Full::new)
}
