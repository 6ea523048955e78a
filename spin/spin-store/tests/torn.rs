//! A call that was shown two states of the database counts for nothing and is run again.

mod common;

use std::sync::atomic::Ordering;

use common::{World, note, put, reply, request};
use linli_contract::{Answer, Problem};
use linli_spin_store::{Begun, CallFailure, Ended};

/// Whose next calls see two states.
fn torn(calls: u32) -> World {
    let world = World::new();
    world.tears.store(calls, Ordering::Relaxed);
    world
}

#[test]
fn what_a_command_or_a_query_says_of_two_states_is_not_answered() {
    let refusal = || Answer::Problem(Problem::conflict("no", "不行。", "No."));
    for (operation, answer) in [("write", reply("done")), ("write", refusal()), ("read", reply("seen"))] {
        let instance = torn(1).open("notes", None);
        for expected in [Ended::Again, Ended::Answered { answer: answer.clone(), due: false }] {
            assert_eq!(instance.begin(&request(operation, "a")), Ok(Begun::Run));
            if operation == "write" {
                instance.in_run(put("one")).expect("it writes");
            }
            assert_eq!(instance.commit(answer.clone()), Ok(expected));
        }
        assert_eq!(note(&instance).is_some(), answer == reply("done"));
    }
}

#[test]
fn there_is_an_end_to_running_again() {
    let world = torn(u32::MAX);
    let instance = world.open("notes", None);
    let ended = std::iter::repeat_with(|| {
        instance.begin(&request("write", "a")).expect("it begins");
        instance.in_run(put("one")).expect("it writes");
        instance.commit(reply("done"))
    });
    let ended: Vec<_> = ended.take(12).collect();
    let (last, before) = ended.split_last().expect("there are twelve");
    assert!(before.iter().all(|ended| *ended == Ok(Ended::Again)));
    assert_eq!(*last, Err(CallFailure::Unavailable), "it counts for nothing as the others did");
    world.tears.store(0, Ordering::Relaxed);
    assert_eq!(note(&instance), None);
}

#[test]
fn a_task_is_always_shown_one_state() {
    let instance = torn(u32::MAX).open("notes", None);
    instance.begin(&request("send", "a")).expect("it begins");
    assert_eq!(instance.commit(reply("sent")), Ok(Ended::Answered { answer: reply("sent"), due: false }));
}
