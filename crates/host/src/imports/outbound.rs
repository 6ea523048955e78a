//! `wit/outbound.wit`.
//!
//! No component is granted a host in this release: a permission `outbound` can be asked for, and every request is
//! answered `not-granted`. Requests leave only when grants, their limits and their log exist.

use linli_contract::OperationKind;

use crate::bindings::outbound::{Failure, Host, Request, Response};
use crate::guest::{Guest, Misuse};

impl Host for Guest {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, Failure>> {
        let run = self.run()?;
        if run.scope.kind != OperationKind::Task {
            return Err(Misuse("`outbound` outside a task").into());
        }
        run.cross(request.url.len() + request.body.len())?;
        Ok(Err(Failure::NotGranted))
    }
}
