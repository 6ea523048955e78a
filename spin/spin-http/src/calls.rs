//! One call, from what the gateway admitted to its answer.

use linli_contract::{Answer, Community, Identity};
use linli_gateway::{Rejection, TokenFault};
use serde_json::{Map, Value as Json};

use crate::below::{Begun, Below, Call, Ended, Failure};

/// Begins again at most so often: the adapter below gives up before.
const TURNS: u32 = 64;
/// Texts of an input that may name something, and bytes of one: as long as an id.
const WORDS: usize = 8;
const WORD: usize = 128;

/// A call of an operation, without a key.
pub(crate) fn call(operation: &str, community: Community, who: &Identity, request_id: &str) -> Call {
    Call {
        operation: operation.to_owned(),
        community,
        identity: who.clone(),
        idempotency: None,
        request_id: request_id.to_owned(),
        words: vec![],
    }
}

/// Texts among the members of an input: ids of what it is about are among them.
pub(crate) fn words(input: &str) -> Vec<String> {
    let members: Map<String, Json> = serde_json::from_str(input).unwrap_or_default();
    let text = |member| match member {
        Json::String(text) if text.len() <= WORD => Some(text),
        _ => None,
    };
    members.into_iter().filter_map(|(_, member)| text(member)).take(WORDS).collect()
}

/// Runs the function until what it did is durable; and whether something is to be delivered then.
pub(crate) fn run(below: &impl Below, call: &Call, input: &str) -> Result<(Answer, bool), Rejection> {
    for _ in 0..TURNS {
        if let Begun::Known(answer) = below.begin(call).map_err(rejection_of)? {
            return Ok((answer, false));
        }
        let answer = below.handle(&call.operation, input);
        match below.commit(&answer).map_err(rejection_of)? {
            Ended::Answered { instead, due } => return Ok((instead.unwrap_or(answer), due)),
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
