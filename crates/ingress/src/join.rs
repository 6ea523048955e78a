//! One list of an area: its communities asked side by side, and what they answer joined by the gateway.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response};
use linli_contract::{Answer, Area, Community};
use linli_gateway::limits::MAX_JOINED_COMMUNITIES;
use linli_gateway::{Admitted, Rejection};
use linli_host::{CallRequest, Platform};
use tokio::task::JoinSet;

use crate::call::rejection_of;
use crate::limits::JOINED_AT_ONCE;
use crate::state::State;

/// Answers a request about an area.
pub(crate) async fn answer(
    state: &State,
    admitted: &Admitted<Area>,
    body: &[u8],
    headers: &HeaderMap,
    id: &str,
) -> Result<Response<Bytes>, Rejection> {
    let input = admitted.input(body)?;
    // One more than can be joined, to tell that there are too many.
    let communities = state.live.communities(admitted.area(), MAX_JOINED_COMMUNITIES + 1);
    let communities = communities.map_err(|error| {
        tracing::error!(%error, "the store failed");
        Rejection::Unavailable
    })?;
    let join = admitted.join(&input, &communities)?;
    let call = |(community, input): (Community, String)| CallRequest {
        component: admitted.descriptor().name.clone(),
        operation: admitted.operation().name.clone(),
        community,
        identity: admitted.identity().as_ref().clone(),
        input,
        idempotency: None,
        request_id: id.to_owned(),
    };
    let answers = ask(state.live.platform(), join.calls().map(call).collect()).await;
    let page = join.page(answers)?;
    Ok(admitted.respond(page, headers, id))
}

/// Runs the calls, a few at a time; their answers in the order of the calls.
async fn ask(platform: &Arc<Platform>, calls: VecDeque<CallRequest>) -> Vec<Result<Answer, Rejection>> {
    let mut answers: Vec<_> = calls.iter().map(|_| Err(Rejection::Internal)).collect();
    let mut waiting = calls.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut start = |running: &mut JoinSet<_>| {
        if let Some((place, call)) = waiting.next() {
            let platform = platform.clone();
            running.spawn(async move { (place, platform.call(call).await) });
        }
    };
    (0..JOINED_AT_ONCE).for_each(|_| start(&mut running));
    while let Some(ended) = running.join_next().await {
        // A call that panicked keeps the answer that it failed inside.
        if let Ok((place, called)) = ended {
            answers[place] = called.map(|called| called.answer).map_err(|error| rejection_of(&error));
        }
        start(&mut running);
    }
    answers
}
