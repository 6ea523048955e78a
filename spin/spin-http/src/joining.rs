//! One list of an area: its communities asked one after another, and what they answer joined by the gateway.

use bytes::Bytes;
use http::{HeaderMap, Response};
use linli_contract::{Area, Community};
use linli_gateway::limits::MAX_JOINED_COMMUNITIES;
use linli_gateway::{Admitted, Rejection};

use crate::below::Below;
use crate::calls::{call, rejection_of, run};

/// Answers a request about an area.
pub(crate) fn answer(
    below: &impl Below,
    admitted: &Admitted<Area>,
    body: &[u8],
    headers: &HeaderMap,
    id: &str,
) -> Result<Response<Bytes>, Rejection> {
    let input = admitted.input(body)?;
    // One more than can be joined, to tell that there are too many.
    let most = MAX_JOINED_COMMUNITIES + 1;
    let communities = below.communities(admitted.area(), most).map_err(rejection_of)?;
    let join = admitted.join(&input, &communities)?;
    let operation = admitted.operation().name.as_str();
    let ask = |(community, input): (Community, String)| {
        run(below, &call(operation, community, admitted.identity(), id), &input).map(|(answer, _)| answer)
    };
    let answers = join.calls().map(ask).collect();
    let page = join.page(answers)?;
    Ok(admitted.respond(page, headers, id))
}
