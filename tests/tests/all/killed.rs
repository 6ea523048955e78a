//! Promises 1 and 3 on the real program: ended in the middle of its work, it has what it answered and no half of
//! anything.

use linli_tests::dice::Dice;
use linli_tests::disk::{Disk, Unsynced};
use linli_tests::program::Ground;
use linli_tests::signup_load::{ALL_RESIDENTS, Load};

/// Kills, at random moments.
const KILLS: usize = 20;
/// Times the power fails.
const POWER_CUTS: usize = 4;
/// Answers after which the program is ended, at most.
const MAX_ANSWERS: u64 = 300;

#[test]
fn a_killed_program_has_what_it_answered() {
    let seed = 9;
    let mut dice = Dice::new(seed);
    let ground = Ground::new(&["activity-signup"]).with_residents(ALL_RESIDENTS);
    let mut program = ground.serve();
    let mut load = Load::new(&program.neighbourhood(), seed);
    for round in 0..KILLS {
        let answers = 1 + dice.below(MAX_ANSWERS) as usize;
        load.run(&program.neighbourhood(), answers, program.switch());
        let (ended, log) = program.wait();
        assert_eq!(ended.code(), None, "seed {seed}, round {round}: it ended by itself\n{log}");
        assert!(load.answers() >= answers);
        ground.verify();
        program = ground.serve();
        load.check(&program.neighbourhood());
    }
}

#[test]
fn a_program_without_power_has_what_it_answered() {
    let seed = 10;
    let mut dice = Dice::new(seed);
    let disk = Disk::new();
    let ground = Ground::new(&["activity-signup"]).on(&disk.data()).with_residents(ALL_RESIDENTS);
    let mut program = ground.serve_under(|command| disk.under(command));
    let mut load = Load::new(&program.neighbourhood(), seed);
    for round in 0..POWER_CUTS {
        let answers = 1 + dice.below(MAX_ANSWERS) as usize;
        load.run(&program.neighbourhood(), answers, program.switch());
        let (ended, log) = program.wait();
        assert_eq!(ended.code(), None, "seed {seed}, round {round}: it ended by itself\n{log}");
        let torn = Unsynced::Torn(Dice::new(dice.roll()));
        disk.fail_power(if dice.flip() { Unsynced::Lost } else { torn });
        ground.verify();
        program = ground.serve_under(|command| disk.under(command));
        load.check(&program.neighbourhood());
    }
}

/// The test above would notice: on a disk that keeps nothing, what was answered is gone.
#[test]
fn a_disk_that_lies_loses_what_was_answered() {
    let disk = Disk::new();
    let ground = Ground::new(&["activity-signup"]).on(&disk.data()).with_residents(ALL_RESIDENTS);
    let program = ground.serve_under(|command| disk.under(command));
    let mut load = Load::new(&program.neighbourhood(), 11);
    program.switch()();
    program.wait();
    disk.fail_power(Unsynced::Lost);
    let program = ground.serve_under(|command| disk.under_lies(command));
    load.run(&program.neighbourhood(), 100, program.switch());
    program.wait();
    disk.fail_power(Unsynced::Lost);
    let program = ground.serve();
    assert!(load.answers() >= 100 && load.lost(&program.neighbourhood()) > 10);
}
