//! Each way an upload, a decision or a roll-out is refused, with its code.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ScopedJoinHandle;

use linli_contract::Role;
use linli_ingress::limits::MAX_UPLOADS;
use linli_ingress::{ArtifactError, Artifacts};
use linli_tests::neighbourhood::Neighbourhood;
use linli_tests::plugins::{Merchant, ask, decide, doorbell, full, operator, roll_out, shown};
use linli_tests::providers::CODE;
use linli_tests::world::{Setup, World};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

fn town() -> (World, Neighbourhood, Merchant) {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(2);
    let merchant = Merchant::admitted(&world, &here);
    (world, here, merchant)
}

#[test]
fn only_what_the_registered_key_signed_is_taken_in() {
    let (_world, here, merchant) = town();
    let (version, wasm) = (full("1.0.0"), doorbell("1.0.0", "calm"));
    let other = merchant.sign(&full("1.0.1"), &wasm);
    for forged in [other.as_str(), "AAAA", "no base64"] {
        assert_eq!(merchant.send(&version, &wasm, forged).problem(403), "signature-invalid", "{forged}");
    }
    let mut changed = wasm.clone();
    changed.push(0);
    let signature = merchant.sign(&version, &wasm);
    assert_eq!(merchant.send(&version, &changed, &signature).problem(403), "signature-invalid");
    let stranger = here.staff_of("91350100M000100Y43");
    let unregistered = merchant.with_staff(stranger);
    assert_eq!(unregistered.upload(&version, &wasm).problem(403), "provider-suspended");
    let nobody = here.person(here.staff(Role::Provider).id, Role::Resident, &"3301".parse().unwrap());
    let as_resident = unregistered.with_staff(nobody);
    assert_eq!(as_resident.upload(&version, &wasm).problem(403), "role-not-allowed");
    assert_eq!(
        ask(&here, &operator(&here), "GET", "", None).problem(404),
        "plugin-unknown",
        "nothing is left"
    );
}

#[test]
fn a_provider_without_a_key_publishes_nothing() {
    let world = Setup::of_providers().start();
    let here = world.neighbourhood(1);
    here.admit(&world, &here.resident(0));
    let keyless = Merchant::of(&here, CODE);
    let refused = keyless.upload(&full("1.0.0"), &doorbell("1.0.0", "calm"));
    assert_eq!(refused.problem(403), "publisher-key-missing");
}

#[test]
fn an_upload_is_what_it_says_and_its_version_is_used_once() {
    let (_world, here, merchant) = town();
    let wasm = doorbell("1.0.0", "calm");
    let rejected = |reply: linli_tests::http::Reply| {
        let report = reply.expect(422)["report"].clone();
        assert_eq!(report["passed"], false);
        report["lines"].to_string()
    };
    assert!(rejected(merchant.upload(&full("1.0.1"), &wasm)).contains("version"));
    assert!(!rejected(merchant.upload(&full("1.0.0"), b"no component")).is_empty());
    assert_eq!(merchant.send("01.0.0", &wasm, "AAAA").problem(422), "version-malformed");
    assert_eq!(merchant.send("1.0.0+build", &wasm, "AAAA").problem(422), "input-invalid");
    merchant.upload(&full("1.0.0"), &wasm).expect(201);
    assert_eq!(merchant.upload(&full("1.0.0"), &wasm).problem(409), "version-exists");

    let as_text = here
        .client
        .call("PUT", "/v1/plugins/doorbell/versions/1.2.0")
        .token(&merchant.staff.token)
        .header("content-type", "text/plain")
        .bytes(b"no component");
    assert_eq!(as_text.send().problem(415), "media-type-not-supported");
    let huge = vec![0; 16 * 1024 * 1024 + 1];
    assert_eq!(merchant.upload("1.2.0", &huge).problem(413), "component-too-large");
}

#[test]
fn a_plugin_is_seen_and_changed_by_its_own_provider_alone() {
    let (world, here, merchant) = town();
    merchant.upload(&full("1.0.0"), &doorbell("1.0.0", "calm")).expect(201);
    let other = here.staff_of("another");
    assert_eq!(ask(&here, &other, "GET", "", None).problem(404), "plugin-unknown");
    let list = here.client.call("GET", "/v1/plugins").token(&other.token).send().expect(200);
    assert_eq!(list["items"], json!([]));
    let list = here.client.call("GET", "/v1/plugins").token(&merchant.staff.token).send().expect(200);
    assert_eq!(list["items"][0]["name"], "doorbell");
    let stranger = merchant.with_staff(other);
    let taken = stranger.upload(&full("1.1.0"), &doorbell("1.1.0", "calm"));
    assert_eq!(taken.problem(403), "plugin-not-yours");
    let events = shown(&here)["events"].clone();
    assert_eq!((&events[0]["role"], &events[0]["by"]), (&json!("provider"), &json!(CODE)));
    world.verify();
}

#[test]
fn a_version_goes_its_way_step_by_step() {
    let (_world, here, merchant) = town();
    let version = full("1.0.0");
    merchant.upload(&version, &doorbell("1.0.0", "calm")).expect(201);
    assert_eq!(decide(&here, &full("9.9.9"), "approve").problem(404), "version-unknown");
    assert_eq!(roll_out(&here, "1.0.0", 10_000).problem(409), "version-not-approved");
    assert_eq!(decide(&here, &version, "reject").expect(200)["status"], "rejected");
    assert_eq!(decide(&here, &version, "approve").problem(409), "version-decided");
    assert_eq!(roll_out(&here, "1.0.0", 10_000).problem(409), "version-not-approved");
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        merchant.approved(&here, version, "calm");
    }
    let operators =
        |method: &str, rest: &str, body: Value| ask(&here, &operator(&here), method, rest, Some(&body));
    let because = json!({ "reason": "核查" });
    assert_eq!(operators("POST", "rollback", because.clone()).problem(409), "nothing-to-roll-back");
    roll_out(&here, "1.1.0", 10_000).expect(200);
    roll_out(&here, "1.2.0", 100).expect(200);
    assert_eq!(roll_out(&here, "1.3.0", 100).problem(409), "candidate-exists");
    let resume = || ask(&here, &operator(&here), "DELETE", "suspension", None);
    assert_eq!(resume().problem(409), "plugin-not-suspended");
    operators("PUT", "suspension", because.clone()).expect(200);
    assert_eq!(operators("PUT", "suspension", because.clone()).problem(409), "plugin-suspended");
    assert_eq!(roll_out(&here, "1.2.0", 200).problem(409), "plugin-suspended");
    resume().expect(200);
    let nothing = operators("PUT", "suspension", json!({}));
    assert_eq!(nothing.problem(422), "input-invalid", "a reason is given to the merchant");
}

#[test]
fn an_operator_keeps_to_the_own_area() {
    let (_world, here, merchant) = town();
    merchant.approved(&here, "1.0.0", "calm");
    let county = here.person(here.staff(Role::Operator).id, Role::Operator, &"330105".parse().unwrap());
    let to = |areas: Value| json!({ "version": full("1.0.0"), "areas": areas, "share": 10_000 });
    let roll = |areas: Value| ask(&here, &county, "PUT", "rollout", Some(&to(areas)));
    assert_eq!(roll(json!(["3301"])).problem(403), "out-of-area");
    assert_eq!(roll(json!(["330105", "3302"])).problem(403), "out-of-area");
    roll(json!(["330105"])).expect(200);
    roll_out(&here, "1.0.0", 10_000).expect(200);
    let because = json!({ "reason": "核查" });
    for (method, rest) in [("POST", "rollback"), ("PUT", "suspension"), ("POST", "retirement")] {
        assert_eq!(ask(&here, &county, method, rest, Some(&because)).problem(403), "out-of-area", "{rest}");
    }
    assert_eq!(
        roll(json!(["330105"])).problem(403),
        "out-of-area",
        "it would take it from the rest of the city"
    );
}

#[test]
fn limits_are_set_and_shown() {
    let (_world, here, merchant) = town();
    merchant.approved(&here, "1.0.0", "calm");
    roll_out(&here, "1.0.0", 10_000).expect(200);
    let put = |body: Value| ask(&here, &operator(&here), "PUT", "limits", Some(&body));
    let over = put(json!({ "calls_per_minute": 9_000_000_000_i64 }));
    assert_eq!(over.problem(422), "limits-malformed");
    assert_eq!(put(json!({ "nonsense": 1 })).problem(422), "input-invalid");
    assert_eq!(put(json!({ "calls_per_minute": 7 })).expect(200)["calls_per_minute"], 7);
    let read = ask(&here, &merchant.staff, "GET", "limits", None).expect(200);
    assert_eq!((&read["calls_per_minute"], &read["concurrency"]), (&json!(7), &json!(16)));
    here.get(&here.resident(0), "doorbell/sign").expect(200);
}

/// Components by reference, as a registry has them.
#[derive(Default)]
struct Shelf(Mutex<HashMap<String, Vec<u8>>>);

impl Artifacts for Shelf {
    fn pull<'a>(
        &'a self,
        reference: &'a str,
        _: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ArtifactError>> + Send + 'a>> {
        let found = self.0.lock().unwrap().get(reference).cloned();
        Box::pin(async move { found.ok_or(ArtifactError::NotFound) })
    }
}

#[test]
fn a_component_may_come_from_a_registry() {
    let shelf = Arc::new(Shelf::default());
    let world = Setup { artifacts: Some(shelf.clone()), ..Setup::of_providers() }.start();
    let here = world.neighbourhood(1);
    let merchant = Merchant::admitted(&world, &here);
    let wasm = doorbell("1.0.0", "calm");
    let version = full("1.0.0");
    let put = |body: Value| ask(&here, &merchant.staff, "PUT", &format!("versions/{version}"), Some(&body));
    let signature = merchant.sign(&version, &wasm);
    let named = json!({ "oci": "registry.example/doorbell:1.0.0", "signature": signature });
    assert_eq!(put(named.clone()).problem(422), "artifact-unknown");
    assert_eq!(put(json!({ "oci": "registry.example/doorbell:1.0.0" })).problem(422), "source-missing");
    shelf.0.lock().unwrap().insert("registry.example/doorbell:1.0.0".into(), wasm);
    assert_eq!(put(named.clone()).expect(201)["status"], "vetted");

    let (_other, here, merchant) = town();
    let refused = ask(&here, &merchant.staff, "PUT", &format!("versions/{version}"), Some(&named));
    assert_eq!(refused.problem(503), "registry-not-configured");
}

/// A registry that answers when it is told to.
struct Gate {
    asked: AtomicUsize,
    open: Semaphore,
}

impl Artifacts for Gate {
    fn pull<'a>(
        &'a self,
        _: &'a str,
        _: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, ArtifactError>> + Send + 'a>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            let _passed = self.open.acquire().await;
            Err(ArtifactError::NotFound)
        })
    }
}

/// Uploads take their time, and a merchant may send any number of them.
#[test]
fn uploads_wait_for_each_other_and_nobody_waits_for_them() {
    let gate = Arc::new(Gate { asked: AtomicUsize::new(0), open: Semaphore::new(0) });
    let mut setup = Setup { artifacts: Some(gate.clone()), ..Setup::of_providers() };
    (setup.server.max_in_flight, setup.server.max_waiting) = (1, 0);
    let world = setup.start();
    let here = world.neighbourhood(1);
    let merchant = Merchant::admitted(&world, &here);
    let named = json!({ "oci": "registry.example/doorbell:1.0.0", "signature": "AAAA" });
    let put = || ask(&here, &merchant.staff, "PUT", "versions/1.0.0", Some(&named));
    std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..MAX_UPLOADS).map(|_| scope.spawn(put)).collect();
        while gate.asked.load(Ordering::Relaxed) < MAX_UPLOADS {
            assert!(!uploads.iter().any(ScopedJoinHandle::is_finished), "one was refused");
            std::thread::yield_now();
        }
        assert_eq!(put().problem(503), "overloaded", "one more waits, and not for long");
        here.get(&here.resident(0), "provider-onboarding/providers").expect(200);
        gate.open.add_permits(MAX_UPLOADS);
        for upload in uploads {
            assert_eq!(upload.join().unwrap().problem(422), "artifact-unknown");
        }
    });
}
