//! `wit/outbound.wit`, over WASI's HTTP: everything waits while a request is under way, as it must where nothing may be
//! awaited in a call.

use http::header::CONTENT_LENGTH;
use linli_calls::imports::outbound as rules;
use linli_calls::{Asked, Received, SendFailure, Sendable};
use linli_contract::limits::MAX_REPLY_BYTES;

use super::generated::wasi::clocks::monotonic_clock;
use super::generated::wasi::http::outgoing_handler;
use super::generated::wasi::http::types::{
    Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use super::generated::wasi::io::poll::{Pollable, poll};
use super::generated::wasi::io::streams::{InputStream, OutputStream, StreamError};
use super::{Adapter, in_run, opened, wit_outbound as outbound};

/// Bytes read or written at once.
const ROOM: u64 = 64 * 1024;

impl outbound::Guest for Adapter {
    fn send(request: outbound::Request) -> Result<outbound::Response, outbound::Failure> {
        let asked = Asked::from(request);
        let key = in_run(|run| rules::send(run, asked.bytes())).ok_or(outbound::Failure::OverLimit)?;
        let Some(instance) = opened() else { return Err(outbound::Failure::Unreachable) };
        let outcome = instance.judge(&key, asked).and_then(send);
        in_run(|run| {
            run.transaction.resume(instance.snapshot_of(run)?);
            if let Ok(received) = &outcome {
                rules::received(run, received.body.len())?;
            }
            Ok(())
        });
        Ok(outcome?.into())
    }
}

/// Runs out once.
struct Patience(Pollable);

impl Patience {
    /// Waits for something; an error when the time is over first.
    fn wait(&self, what: &Pollable) -> Result<(), SendFailure> {
        let ready = poll(&[what, &self.0]);
        if ready.contains(&0) { Ok(()) } else { Err(SendFailure::TimedOut) }
    }
}

fn send(judged: Sendable) -> Result<Received, SendFailure> {
    let nanos = u64::try_from(judged.timeout.as_nanos()).unwrap_or(u64::MAX);
    let patience = Patience(monotonic_clock::subscribe_duration(nanos));
    let (head, body) = judged.request.into_parts();
    let request = outgoing(&head, body.len())?;
    let outgoing_body = request.body().map_err(|()| SendFailure::InvalidRequest)?;
    let coming = outgoing_handler::handle(request, None).map_err(|_| SendFailure::Unreachable)?;
    {
        let stream = outgoing_body.write().map_err(|()| SendFailure::Unreachable)?;
        write(&stream, &body, &patience)?;
    }
    OutgoingBody::finish(outgoing_body, None).map_err(|_| SendFailure::Unreachable)?;
    let response = loop {
        match coming.get() {
            Some(Ok(Ok(response))) => break response,
            Some(_) => return Err(SendFailure::Unreachable),
            None => patience.wait(&coming.subscribe())?,
        }
    };
    receive(&response, &patience)
}

fn outgoing(head: &http::request::Parts, length: usize) -> Result<OutgoingRequest, SendFailure> {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
    };
    let mut headers: Vec<_> = head.headers.iter().map(header).collect();
    // Without it, a body is sent in chunks, which many a server in an office does not understand.
    if length > 0 || matches!(head.method, http::Method::POST | http::Method::PUT | http::Method::PATCH) {
        headers.push((CONTENT_LENGTH.as_str().to_owned(), length.to_string().into_bytes()));
    }
    let headers = Fields::from_list(&headers).map_err(|_| SendFailure::InvalidRequest)?;
    let request = OutgoingRequest::new(headers);
    let method = match head.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => Method::Other(other.to_owned()),
    };
    let scheme = if head.uri.scheme_str() == Some("http") { Scheme::Http } else { Scheme::Https };
    let path = head.uri.path_and_query().map(|path| path.as_str());
    let authority = head.uri.authority().map(|authority| authority.as_str());
    let set = request
        .set_method(&method)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(authority))
        .and_then(|()| request.set_path_with_query(path));
    set.map_err(|()| SendFailure::InvalidRequest)?;
    Ok(request)
}

fn write(stream: &OutputStream, mut body: &[u8], patience: &Patience) -> Result<(), SendFailure> {
    let gone = |_: StreamError| SendFailure::Unreachable;
    while !body.is_empty() {
        let room = stream.check_write().map_err(gone)?.min(ROOM);
        if room == 0 {
            patience.wait(&stream.subscribe())?;
            continue;
        }
        // Bounded by ROOM.
        let (now, later) = body.split_at(body.len().min(room as usize));
        stream.write(now).map_err(gone)?;
        body = later;
    }
    stream.flush().map_err(gone)
}

fn receive(response: &IncomingResponse, patience: &Patience) -> Result<Received, SendFailure> {
    let text = |(name, value): (String, Vec<u8>)| (name, String::from_utf8_lossy(&value).into_owned());
    let headers = response.headers().entries().into_iter().map(text).collect();
    let incoming: IncomingBody = response.consume().map_err(|()| SendFailure::Unreachable)?;
    let stream: InputStream = incoming.stream().map_err(|()| SendFailure::Unreachable)?;
    let mut body = Vec::new();
    loop {
        match stream.read(ROOM) {
            Ok(bytes) if bytes.is_empty() => patience.wait(&stream.subscribe())?,
            Ok(bytes) => body.extend(bytes),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(_)) => return Err(SendFailure::Unreachable),
        }
        if body.len() > MAX_REPLY_BYTES {
            return Err(SendFailure::TooLarge);
        }
    }
    Ok(Received { status: response.status(), headers, body })
}

linli_calls::wit_outbound!();
