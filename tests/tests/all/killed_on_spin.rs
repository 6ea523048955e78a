//! Promises 1 and 3 on Spin: a host that is ended in the middle of its work has what it answered and no half of anything.

use linli_tests::deployed::Deployed;
use linli_tests::dice::Dice;
use linli_tests::signup_load::{ALL_RESIDENTS, Load};
use linli_tests::spin_database::SpinDatabase;

/// Kills, at random moments.
const KILLS: usize = 5;
/// Answers after which the host is ended, at most.
const MAX_ANSWERS: u64 = 300;

#[test]
fn a_killed_host_has_what_it_answered() {
    let seed = 13;
    let mut dice = Dice::new(seed);
    let place = tempfile::tempdir().unwrap();
    let deployed = Deployed::new("activity-signup", SpinDatabase::new(place.path()), ALL_RESIDENTS);
    let places: Vec<_> = (0..=KILLS).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut host = deployed.serve(places[0].path());
    let mut load = Load::new(&deployed.neighbourhood(&host), seed).insisting();
    for place in &places[1..] {
        let answers = 1 + dice.below(MAX_ANSWERS) as usize;
        load.run(&deployed.neighbourhood(&host), answers, host.switch());
        assert!(load.answers() >= answers);
        drop(host);
        deployed.ground.verify();
        host = deployed.serve(place.path());
        load.check(&deployed.neighbourhood(&host));
    }
}
