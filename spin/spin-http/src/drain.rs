//! Deliveries: the function reacts to what is due to it.

use linli_contract::{Answer, Community};

use crate::below::{Below, Ended, Failure};

/// Begins again at most so often: the adapter below gives up before.
const TURNS: u32 = 64;

/// Has the function react to what is due, in one community or in all, at most so often; how many deliveries came into
/// effect. One that is refused was put back for later before it was tried.
pub(crate) fn drain(below: &impl Below, community: Option<Community>, most: u32) -> Result<u32, Failure> {
    let mut delivered = 0;
    for _ in 0..most {
        let Some(delivery) = below.next_delivery(community)? else { break };
        for _ in 0..TURNS {
            let answer = below.react(&delivery);
            let took = matches!(answer, Answer::Reply(_));
            // What one delivery fails with says nothing of the next; it comes again.
            match below.commit(&answer) {
                Ok(Ended::Answered { .. }) => {
                    delivered += u32::from(took);
                    break;
                }
                Ok(Ended::Again) if below.begin_again()? => {}
                Ok(Ended::Again) | Err(_) => break,
            }
        }
    }
    Ok(delivered)
}
