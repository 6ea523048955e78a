//! Promises 1 and 3 on Spin: a host that is ended in the middle of its work has what it answered and no half of anything.

use std::path::Path;
use std::sync::Arc;

use linli_gateway::TokenSigner;
use linli_tests::dice::Dice;
use linli_tests::http::Client;
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::program::{Ground, community};
use linli_tests::signup_load::{ALL_RESIDENTS, Load};
use linli_tests::spin::{Application, SECRET, SpinHost, export};
use linli_tests::spin_database::SpinDatabase;
use linli_tests::world::morning;

/// Kills, at random moments.
const KILLS: usize = 5;
/// Answers after which the host is ended, at most.
const MAX_ANSWERS: u64 = 300;
const FUNCTION: &str = "activity-signup";

#[test]
fn a_killed_host_has_what_it_answered() {
    let seed = 13;
    let mut dice = Dice::new(seed);
    let ground = Ground::new(&[]);
    let database = SpinDatabase::new(Path::new(ground.data()));
    let [address, address_of_host] = database.variables();
    let ground = if address.is_empty() { ground } else { ground.on_postgres(&address) };
    let ground = ground.with_residents(ALL_RESIDENTS);
    let file = Path::new(ground.data()).join("linli.db");
    let key = std::fs::read_to_string(Path::new(ground.data()).join("master.key")).unwrap();
    let signer = Arc::new(TokenSigner::from_seed(&[9; 32]));
    let variables = [
        ("linli_master_key", key.trim().to_owned()),
        ("linli_drain_secret", SECRET.to_owned()),
        ("linli_token_keys", signer.jwks()),
        ("linli_postgres", address),
        ("linli_postgres_host", address_of_host),
    ];
    let exported = export(&[FUNCTION], &[]);
    let manifest = exported.path().join("spin.toml");
    let serve = |place: &Path| {
        let components = vec![FUNCTION.to_owned()];
        let database = database.file().and(Some(&*file));
        let application = Application { manifest: &manifest, components, variables: &variables, database };
        SpinHost::up(application, place, morning())
    };
    let of = |host: &SpinHost| {
        Neighbourhood::new(community(), Client::new(host.address()), signer.clone(), morning())
    };
    let places: Vec<_> = (0..=KILLS).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut host = serve(places[0].path());
    let mut load = Load::new(&of(&host), seed).insisting();
    for place in &places[1..] {
        let answers = 1 + dice.below(MAX_ANSWERS) as usize;
        load.run(&of(&host), answers, host.switch());
        assert!(load.answers() >= answers);
        drop(host);
        ground.verify();
        host = serve(place.path());
        load.check(&of(&host));
    }
}
