//! `wit/outbound.wit`: the rules are in [`crate::outbound`].

use linli_calls::imports::outbound;
use linli_store::Partition;

use crate::bindings::outbound::{Failure, Host, Request, Response};
use crate::guest::Guest;

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        let run = self.run()?;
        let headers: usize =
            request.headers.iter().map(|header| header.name.len() + header.value.len()).sum();
        let bytes = request.url.len() + request.body.len() + headers;
        let Some(key) = outbound::send(run, bytes)? else { return Ok(Err(Failure::OverLimit)) };
        let scope = run.scope.clone();
        let shared = &scope.shared;
        let (service, now) = (&scope.service, shared.clock.now());
        let component = service.descriptor().name.as_str();
        let outcome = shared.outbound.send(component, service.outbound(), &key, now, request).await;
        run.transaction.resume(shared.store.snapshot(Partition::Community(scope.community))?);
        if let Ok(response) = &outcome {
            outbound::received(run, response.body.len())?;
        }
        Ok(outcome)
    }
}
