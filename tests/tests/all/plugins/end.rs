//! What stops a plugin, for a while or for good, and what becomes of what it left behind.

use std::time::Duration;

use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::plugins::{Merchant, ask, doorbell, events, full, operator, ring, roll_out};
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};

fn town() -> (World, Neighbourhood, Merchant) {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(2);
    let merchant = Merchant::admitted(&world, &here);
    merchant.approved(&here, "1.0.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    (world, here, merchant)
}

fn rings(here: &Neighbourhood, who: &Person) -> usize {
    here.get(who, "doorbell/rings?door=late").expect(200)["items"].as_array().unwrap().len()
}

fn later(here: &Neighbourhood, who: &Person, seconds: u32) {
    here.post(who, "doorbell/later", &json!({ "door": "late", "seconds": seconds })).expect(204);
}

#[test]
fn what_a_suspended_plugin_would_be_told_waits_and_is_told_afterwards() {
    let (world, here, _merchant) = town();
    let who = here.resident(0);
    later(&here, &who, 60);
    let because = json!({ "reason": "核查投诉" });
    ask(&here, &operator(&here), "PUT", "suspension", Some(&because)).expect(200);
    for _ in 0..40 {
        assert_eq!(world.advance(Duration::from_secs(3_600)), 0, "nothing takes effect");
    }
    assert_eq!(ring(&here, &who, "late").problem(503), "service-suspended");
    assert_eq!(here.get(&who, "doorbell/rings?door=late").problem(503), "service-suspended");
    ask(&here, &operator(&here), "DELETE", "suspension", None).expect(200);
    world.advance(Duration::from_secs(60));
    assert_eq!(rings(&here, &who), 1, "not given up, however long it waited");
    assert_eq!(here.client.metric("linli_dead_letters_total"), 0);
    world.verify();
}

#[test]
fn the_end_of_a_providers_licence_stops_its_plugins_at_once() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    let merchant = Merchant::approved_by_review(&here, "2026-05-31");
    world.deliver();
    merchant.approved(&here, "1.0.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    let who = here.resident(0);
    ring(&here, &who, "east").expect(201);
    world.clock.set("2026-06-01T00:00:00Z".parse().unwrap());
    let stopped = ring(&here, &who, "east");
    assert_eq!(stopped.problem(503), "service-suspended");
    assert_eq!(stopped.header("retry-after"), "3600");
    let refused = merchant.upload(&full("1.1.0"), &doorbell("1.1.0", "calm"));
    assert_eq!(refused.problem(403), "provider-suspended");
}

#[test]
fn a_retired_plugin_leaves_no_timer_and_no_hold_and_its_data_is_exported() {
    let (world, here, merchant) = town();
    let who = here.resident(0);
    here.top_up(&who, 1_000);
    let deposit = |fen: i64| here.post(&who, "doorbell/deposits", &json!({ "fen": fen }));
    deposit(800).expect(201);
    assert_eq!(deposit(800).problem(409), "deposit-not-paid", "what is held is not spent twice");
    for door in ["east", "west"] {
        ring(&here, &who, door).expect(201);
    }
    later(&here, &who, 600);
    let retire = |body: &Value| ask(&here, &operator(&here), "POST", "retirement", Some(body));
    let retired = retire(&json!({ "reason": "服务商停业" })).expect(200);
    let cleared = &retired["cleared"];
    assert_eq!(retired["status"], "retired");
    assert_eq!(
        (&cleared["holds"], &cleared["deliveries"], &cleared["documents"]),
        (&json!(1), &json!(1), &json!(2))
    );
    let exported = std::fs::read_to_string(world.plugin_dir().join(cleared["export"].as_str().unwrap()));
    let lines: Vec<Value> =
        exported.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["community"] == here.community.to_string()));
    assert_eq!(lines[0]["collection"], "rings");

    assert_eq!(here.get(&who, "doorbell/sign").problem(404), "unknown-path");
    assert_eq!(world.advance(Duration::from_secs(601)), 0, "no timer is left");
    assert_eq!(here.client.metric("linli_dead_letters_total"), 0);
    let upload = merchant.upload(&full("1.1.0"), &doorbell("1.1.0", "calm"));
    assert_eq!(upload.problem(409), "plugin-retired");
    assert_eq!(retire(&json!({ "reason": "again" })).problem(409), "plugin-retired");
    assert_eq!(events(&here)[3..], ["retired", "cleared"]);
    world.verify();
}
