//! One call, from what the gateway admitted to its answer.

use linli_contract::{Answer, Community, Identity};
use linli_gateway::{Rejection, TokenFault};

use crate::below::{Below, json};
use crate::bindings::{Begun, Call, Ended, Failure, session};

/// Begins again at most so often: the adapter below gives up before.
const TURNS: u32 = 64;

/// Who calls, as the adapter below is told.
pub(crate) fn identity(identity: &Identity) -> session::Identity {
    session::Identity {
        subject: identity.subject.clone(),
        acting_for: identity.acting_for.clone(),
        roles: identity.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        area: identity.area.as_ref().map(|area| area.as_str().to_owned()),
        provider: identity.provider.clone(),
    }
}

/// A call of an operation, without a key.
pub(crate) fn call(operation: &str, community: Community, who: &Identity, request_id: &str) -> Call {
    Call {
        operation: operation.to_owned(),
        community: community.to_string(),
        identity: identity(who),
        idempotency: None,
        request_id: request_id.to_owned(),
    }
}

/// Runs the function until what it did is durable.
pub(crate) fn run(below: &impl Below, call: &Call, input: &str) -> Result<Answer, Rejection> {
    for _ in 0..TURNS {
        if let Begun::Known(answer) = below.begin(call).map_err(rejection_of)? {
            return parse(&answer);
        }
        let answer = below.handle(&call.operation, input);
        match below.commit(&json(&answer)).map_err(rejection_of)? {
            Ended::Answered(None) => return Ok(answer),
            Ended::Answered(Some(instead)) => return parse(&instead),
            Ended::Again => {}
        }
    }
    Err(Rejection::Unavailable)
}

fn parse(answer: &str) -> Result<Answer, Rejection> {
    serde_json::from_str(answer).map_err(|_| Rejection::Internal)
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
