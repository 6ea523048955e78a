//! Filings, their numbers, decisions and withdrawals.

use std::collections::BTreeSet;

use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::race::{RACERS, assert_answers, only, together};
use linli_tests::world::{Setup, World};

fn town(residents: usize) -> (World, Neighbourhood) {
    let world = Setup::of(&["affair-submission"]).start();
    let here = world.neighbourhood(residents);
    (world, here)
}

#[test]
fn two_hundred_who_file_at_once_get_a_number_each() {
    let (world, here) = town(RACERS);
    let replies = together(RACERS, |number| here.file(&here.resident(number), &Neighbourhood::residence()));
    assert_answers(&replies, &[("201", RACERS)]);
    let numbers: BTreeSet<_> =
        replies.iter().map(|reply| reply.json()["number"].as_str().unwrap().to_owned()).collect();
    assert_eq!(numbers.len(), RACERS, "no number twice");
    let start = format!("{}-2026-0501-", here.community);
    assert!(numbers.iter().all(|number| number.starts_with(&start)), "of this office and year");
    let queue = here.all(&here.worker(), "affair-submission/cases?limit=100");
    let queued: BTreeSet<_> = queue.iter().map(|case| case["number"].as_str().unwrap().to_owned()).collect();
    assert_eq!((queue.len(), queued), (RACERS, numbers), "what was answered is what the office has to do");
    world.verify();
}

#[test]
fn one_who_files_two_hundred_times_has_one_open_case() {
    let (world, here) = town(1);
    let replies = together(RACERS, |_| here.file(&here.resident(0), &Neighbourhood::residence()));
    assert_answers(&replies, &[("201", 1), ("409 case-open", RACERS - 1)]);
    let filed = only(&replies, 201).json();
    for refused in replies.iter().filter(|reply| reply.status == 409) {
        assert_eq!(refused.json()["case"], filed["id"], "it names the open one");
    }
    assert_eq!(here.all(&here.resident(0), "affair-submission/cases").len(), 1);
    world.verify();
}

#[test]
fn a_case_is_decided_or_withdrawn_and_never_both() {
    let (world, here) = town(2);
    let elder = here.resident(1);
    let filed = here.file(&elder, &Neighbourhood::pension()).expect(201);
    let replies = together(RACERS, |number| {
        if number % 2 == 0 {
            here.decide(&here.worker(), &filed, "approve")
        } else {
            here.withdraw(&elder, &filed)
        }
    });
    let granted = replies.iter().any(|reply| reply.status == 200);
    let won = if granted { "200" } else { "204" };
    assert_answers(&replies, &[(won, 1), ("409 case-closed", RACERS - 1)]);
    let shown = here.case(&elder, &filed).expect(200);
    let status = if granted { "approved" } else { "withdrawn" };
    assert_eq!(shown["status"], status);
    assert_eq!(shown["certificate"].is_object(), granted, "a certificate for what was granted only");
    for refused in replies.iter().filter(|reply| reply.status == 409) {
        assert_eq!(refused.json()["case_status"], status);
    }
    let happened: Vec<_> = shown["timeline"].as_array().unwrap().iter().map(|line| &line["what"]).collect();
    assert_eq!(happened, ["filed", status], "and only that");
    assert!(here.all(&here.worker(), "affair-submission/cases").is_empty());
    world.verify();
}
