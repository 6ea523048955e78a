//! What `linli spin export` writes is an application that Spin serves: functions, and a plugin that was approved on
//! Linli's own host, with what it was granted and what residents agreed to there.

use linli_store_postgres::fixture::Database;
use linli_store_sqlite::{SqliteOptions, SqliteStore};
use linli_tests::components;
use linli_tests::deployed::Deployed;
use linli_tests::http::Client;
use linli_tests::plugins::install_for;
use linli_tests::providers::CODE;
use linli_tests::race::together;
use linli_tests::spin::{Application, SECRET, SpinHost, export, set_clock};
use linli_tests::spin_database::SpinDatabase;
use linli_tests::world::{Setup, World, morning};
use serde_json::json;

const PLUGIN: &str = "housekeeping";
const FUNCTIONS: [&str; 2] = ["meal-ordering", "provider-onboarding"];

#[test]
fn a_plugin_that_was_approved_serves_on_spin_within_its_grant() {
    let world = Setup::of_providers().start_on_linli();
    let mut here = world.neighbourhood(2);
    let (li, wang, firm) = (here.resident(0), here.resident(1), here.staff_of(CODE));
    here.admit(&world, &li);
    for _ in 0..2 {
        here.top_up(&li, 30_000);
        here.top_up(&wang, 40_000);
    }
    install_for(&world, CODE, PLUGIN, &std::fs::read(components::plugin(PLUGIN)).unwrap());
    let ask = here.client.call("GET", "/v1/consents").token(&li.token).send().expect(200)["items"][0].clone();
    let agreed = json!({ "agreed": [{
        "attributes": ask["asks"][0]["attributes"], "purpose": ask["asks"][0]["purpose"],
    }] });
    let consent = here.client.call("PUT", &format!("/v1/consents/{PLUGIN}")).token(&li.token);
    consent.json(&agreed).send().expect(200);

    let data = world.data_dir().to_str().unwrap();
    let exported = export(&FUNCTIONS, &["--data", data, "--plugin", PLUGIN]);
    let place = tempfile::tempdir().unwrap();
    let settings = json!({ "provider-onboarding": {}, "meal-ordering": {} }).to_string();
    let variables = [
        ("linli_master_key", World::master_key()),
        ("linli_drain_secret", SECRET.to_owned()),
        ("linli_token_keys", world.token_keys()),
        ("linli_settings", settings),
    ];
    let (manifest, database) = (exported.path().join("spin.toml"), world.data_dir().join("linli.db"));
    let names = FUNCTIONS.iter().copied().chain([PLUGIN]).map(str::to_owned).collect();
    let file = Some(&*database);
    let application =
        Application { manifest: &manifest, components: names, variables: &variables, database: file };
    let host = SpinHost::up(application, place.path(), morning());
    here.client = Client::new(host.address());

    let add = |rest: &str, body: &serde_json::Value| {
        here.post(&firm, &format!("{PLUGIN}/{rest}"), body).expect(201)["id"].as_str().unwrap().to_owned()
    };
    let service = add("services", &json!({ "name": "日常保洁", "fen_per_hour": 6_000 }));
    let slots = format!("services/{service}/slots");
    let slot =
        add(&slots, &json!({ "starts_at": "2026-05-03T09:00:00+08:00", "minutes": 480, "workers": 1 }));
    let book = |who, minutes: i64| {
        here.post(who, &format!("{PLUGIN}/bookings"), &json!({ "slot": slot, "minutes": minutes }))
    };
    assert_eq!(here.money(&li), (60_000, 0), "what was paid in on the other host");
    let booking = book(&li, 150).expect(201);
    assert_eq!((&booking["price"], here.money(&li)), (&json!(15_000), (45_000, 15_000)));
    assert_eq!(book(&wang, 60).problem(409), "slot-full");
    let visit = format!("{PLUGIN}/visits/{}", booking["id"].as_str().unwrap());
    assert_eq!(here.get(&firm, &visit).expect(200)["name"], "甄嘉禾", "as the resident agreed");

    set_clock(&host.clock_file(), "2026-05-03T03:30:00Z".parse().unwrap());
    let done = here.post(&firm, &format!("{visit}/completion"), &json!({ "minutes": 121 })).expect(200);
    assert_eq!((&done["paid"], here.money(&li)), (&json!(13_500), (46_500, 0)));
    // More than a debit of this plugin may be, by its grant: it is its slot of eight hours and a dearer service.
    let dear = add("services", &json!({ "name": "深度保洁", "fen_per_hour": 20_000 }));
    let slots = format!("services/{dear}/slots");
    let slot =
        add(&slots, &json!({ "starts_at": "2026-05-04T09:00:00+08:00", "minutes": 480, "workers": 1 }));
    let refused = here.post(&wang, &format!("{PLUGIN}/bookings"), &json!({ "slot": slot, "minutes": 180 }));
    assert!(refused.status >= 400, "{}", refused.text());
    assert_eq!(here.money(&wang), (80_000, 0));
    drop(host);
    let store = SqliteStore::open_read_only(&database, SqliteOptions::default()).unwrap();
    assert_eq!(linli_store::verify(&*store).unwrap(), []);
}

#[test]
fn two_hosts_serve_one_database_of_postgresql_by_a_variable() {
    const PLACES: usize = 10;
    let database = SpinDatabase::Postgres(Database::new());
    let deployed = Deployed::new("activity-signup", database, 2 * PLACES);
    let places = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let hosts = places.each_ref().map(|place| deployed.serve(place.path()));
    let heres = hosts.each_ref().map(|host| deployed.neighbourhood(host));
    let activity = heres[0].activity(PLACES as i64, &json!({}));
    let replies = together(2 * PLACES, |number| {
        let here = &heres[number % 2];
        here.sign_up(&here.resident(number), &activity, 1)
    });
    let signups: Vec<_> = replies.iter().map(|reply| reply.expect(201)).collect();
    assert_eq!(signups.iter().filter(|signup| signup["ticket"].is_string()).count(), PLACES);
    let mut positions: Vec<_> = signups.iter().filter_map(|signup| signup["position"].as_u64()).collect();
    positions.sort_unstable();
    assert!(positions.into_iter().eq(1..=PLACES as u64), "a queue without gaps");
    let seen =
        |number: usize| heres[1 - number % 2].mine(&heres[0].resident(number), &activity)["id"].clone();
    assert!(
        (0..2 * PLACES).all(|number| seen(number) == signups[number]["id"]),
        "the other host knows of it"
    );
    deployed.ground.verify();
}
