//! `wit/outbound.wit`: the client is in [`crate::outbound`].

use linli_calls::Asked;
use linli_calls::imports::outbound as rules;
use linli_store::Partition;

use crate::bindings::outbound::{self, Failure, Host, Request, Response};
use crate::guest::Guest;

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        let run = self.run()?;
        let asked = Asked::from(request);
        let Some(key) = rules::send(run, asked.bytes())? else { return Ok(Err(Failure::OverLimit)) };
        let scope = run.scope.clone();
        let shared = &scope.shared;
        let (service, now) = (&scope.service, shared.clock.now());
        let outcome = match service.outbound().judge(&key, now, asked) {
            Ok(judged) => shared.outbound.send(service.descriptor().name.as_str(), judged).await,
            Err(failure) => Err(failure),
        };
        run.transaction.resume(shared.store.snapshot(Partition::Community(scope.community))?);
        if let Ok(received) = &outcome {
            rules::received(run, received.body.len())?;
        }
        Ok(outcome.map(Into::into).map_err(Into::into))
    }
}

linli_calls::wit_outbound!();
