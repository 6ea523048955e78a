//! SIGTERM: what runs is finished, what comes is refused, and the program ends well.

use linli_tests::program::Ground;
use linli_tests::signup_load::{ALL_RESIDENTS, Load};

fn ends_well(ended: std::process::ExitStatus, log: &str) {
    assert_eq!(ended.code(), Some(0), "{log}");
    // It says so when its time was up before its calls were over.
    assert!(log.contains("draining") && log.contains("stopped") && !log.contains("still running"), "{log}");
}

#[test]
fn under_load_nothing_that_was_answered_is_lost() {
    let ground = Ground::new(&["activity-signup"]).with_residents(ALL_RESIDENTS);
    let program = ground.serve();
    let mut load = Load::new(&program.neighbourhood(), 12);
    load.run(&program.neighbourhood(), 200, || program.terminate());
    let (ended, log) = program.wait();
    ends_well(ended, &log);
    assert!(!log.contains("甄嘉禾") && !log.contains("330105001001-r"), "nobody is named in the log");
    ground.verify();
    let program = ground.serve();
    load.check(&program.neighbourhood());
}

#[test]
fn what_runs_is_finished_and_what_comes_is_refused() {
    let ground = Ground::new(&["hostile"]).with_residents(1);
    let program = ground.serve();
    let here = program.neighbourhood();
    let resident = here.resident(0);
    std::thread::scope(|scope| {
        // It uses up its time: until then it runs.
        let slow = scope.spawn(|| here.get(&resident, "hostile/endless-loop"));
        while here.client.metric("linli_calls_running") == 0 {
            assert!(!slow.is_finished(), "it was over before anybody saw it run");
        }
        program.terminate();
        assert_eq!(slow.join().unwrap().problem(500), "component-timed-out");
    });
    let (ended, log) = program.wait();
    ends_well(ended, &log);
}

/// In this process, where the moment between the signal and the end can be held.
#[test]
fn whoever_comes_while_it_stops_is_told_to_come_again() {
    use linli_ingress::Drained;
    use linli_tests::world::Setup;
    let mut world = Setup::of(&["activity-signup"]).plugin("hostile").start();
    let here = world.neighbourhood(1);
    let resident = here.resident(0);
    let server = world.take_server();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| here.get(&resident, "hostile/endless-loop"));
        while here.client.metric("linli_calls_running") == 0 {
            assert!(!slow.is_finished(), "it was over before anybody saw it run");
        }
        let draining = world.runtime.spawn(server.drain(linli_ingress::limits::DRAIN_PERIOD));
        while here.client.get("/readyz").status == 200 {}
        let refused = here.call("GET", "activity-signup/activities").english().send();
        expect_test::expect![[r#"
            503
            cache-control: no-store
            connection: close
            content-language: en
            content-type: application/problem+json
            retry-after: 5
            vary: accept-language
            x-content-type-options: nosniff
            x-request-id: REQUEST

            {
              "type": "/problems/draining",
              "title": "Unavailable for now",
              "status": 503,
              "code": "draining",
              "detail": "The service is restarting; try again shortly.",
              "detail_zh": "服务正在重启，请稍后再试。",
              "detail_en": "The service is restarting; try again shortly.",
              "request_id": "REQUEST"
            }
        "#]]
        .assert_eq(&refused.shown());
        assert_eq!(slow.join().unwrap().problem(500), "component-timed-out");
        assert_eq!(world.runtime.block_on(draining).unwrap(), Drained::Clean);
    });
}
