//! Calls at one moment, and how they were answered.

use std::collections::BTreeMap;
use std::sync::Barrier;

use crate::http::Reply;
use crate::spin;

/// Calls of one that is told 503, at most.
const TRIES: usize = 100;

/// Concurrent calls of a race, each on a connection of its own: more than a component has instances on Linli's own host.
pub const RACERS: usize = 200;

/// Starts so many calls at one moment, each in a thread of its own, with its number; how they were answered, in that
/// order.
///
/// # Panics
/// When one of them does.
pub fn together(calls: usize, call: impl Fn(usize) -> Reply + Sync) -> Vec<Reply> {
    let start = Barrier::new(calls);
    let one = |number| {
        start.wait();
        insisting(|| call(number))
    };
    let one = &one;
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..calls).map(|number| scope.spawn(move || one(number))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

/// What a call comes to in the end. On Spin, whoever cannot have the lock of the file in time is told so, and comes again;
/// on Linli's own host nobody is.
fn insisting(call: impl Fn() -> Reply) -> Reply {
    let mut reply = call();
    for _ in 0..TRIES {
        if !spin::is_wanted() || reply.status != 503 {
            break;
        }
        assert_eq!(reply.problem(503), "unavailable");
        reply = call();
    }
    reply
}

/// Asserts how many were answered how: by status, and by code where it is a problem, as `409 dish-short`.
///
/// # Panics
/// When they were answered otherwise.
#[track_caller]
pub fn assert_answers(replies: &[Reply], expected: &[(&str, usize)]) {
    assert_eq!(answers(replies), expected.iter().map(|(answer, n)| ((*answer).to_owned(), *n)).collect());
}

/// How many were answered how.
pub fn answers(replies: &[Reply]) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    for reply in replies {
        let answer = match reply.status {
            status @ 200..300 => status.to_string(),
            status => format!("{status} {}", reply.problem(status)),
        };
        *answers.entry(answer).or_default() += 1;
    }
    answers
}

/// The one that was answered with this status.
///
/// # Panics
/// When there is none, or a second one.
#[track_caller]
pub fn only(replies: &[Reply], status: u16) -> &Reply {
    let mut winners = replies.iter().filter(|reply| reply.status == status);
    let winner = winners.next().unwrap_or_else(|| panic!("{:?}", answers(replies)));
    assert!(winners.next().is_none(), "{:?}", answers(replies));
    winner
}
