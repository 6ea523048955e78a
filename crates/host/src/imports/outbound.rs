//! `wit/outbound.wit`: the rules are in [`crate::outbound`].

use linli_contract::OperationKind;
use linli_store::Partition;

use crate::bindings::outbound::{Failure, Host, Request, Response};
use crate::guest::{Guest, Misuse};
use crate::outbound::MAX_SENDS;

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        let run = self.run()?;
        if run.scope.kind != OperationKind::Task {
            return Err(Misuse("`outbound` outside a task").into());
        }
        let headers: usize =
            request.headers.iter().map(|header| header.name.len() + header.value.len()).sum();
        run.cross(request.url.len() + request.body.len() + headers)?;
        if run.sends >= MAX_SENDS {
            return Ok(Err(Failure::OverLimit));
        }
        run.sends += 1;
        let key = run.outbound_key()?;
        let scope = run.scope.clone();
        let shared = &scope.shared;
        // Nobody knows how long this takes: no snapshot is kept open meanwhile.
        run.transaction.suspend();
        let (service, now) = (&scope.service, shared.clock.now());
        let component = service.descriptor().name.as_str();
        let outcome = shared.outbound.send(component, service.outbound(), &key, now, request).await;
        run.transaction.resume(shared.store.snapshot(Partition::Community(scope.community))?);
        if let Ok(response) = &outcome {
            run.cross(response.body.len())?;
        }
        Ok(outcome)
    }
}
