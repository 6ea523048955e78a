//! One call, from what the gateway admitted to its answer.

use linli_contract::{Answer, Community, Identity};
use linli_gateway::{Rejection, TokenFault};

use crate::below::{Begun, Below, Call, Ended, Failure};

/// Begins again at most so often: the adapter below gives up before.
const TURNS: u32 = 64;

/// A call of an operation, without a key.
pub(crate) fn call(operation: &str, community: Community, who: &Identity, request_id: &str) -> Call {
    Call {
        operation: operation.to_owned(),
        community,
        identity: who.clone(),
        idempotency: None,
        request_id: request_id.to_owned(),
    }
}

/// Runs the function until what it did is durable.
pub(crate) fn run(below: &impl Below, call: &Call, input: &str) -> Result<Answer, Rejection> {
    for _ in 0..TURNS {
        if let Begun::Known(answer) = below.begin(call).map_err(rejection_of)? {
            return Ok(answer);
        }
        let answer = below.handle(&call.operation, input);
        match below.commit(&answer).map_err(rejection_of)? {
            Ended::Answered(None) => return Ok(answer),
            Ended::Answered(Some(instead)) => return Ok(instead),
            Ended::Again => {}
        }
    }
    Err(Rejection::Unavailable)
}

/// What a caller may know of why there is no answer.
pub(crate) fn rejection_of(failure: Failure) -> Rejection {
    match failure {
        Failure::UnknownOperation => Rejection::UnknownPath,
        Failure::KeyReused => Rejection::IdempotencyKeyReused,
        Failure::NotBound => Rejection::NotBound,
        Failure::ProviderSuspended => Rejection::ProviderSuspended,
        // A token for somebody the directory does not know, or knows no longer.
        Failure::UnknownSubject => Rejection::Unauthorized(TokenFault::BadClaims),
        Failure::BrokenAnswer | Failure::AnswerTooLarge => Rejection::ComponentFailed,
        Failure::StorageFull => Rejection::PluginStorageFull,
        Failure::Unavailable => Rejection::Unavailable,
    }
}
