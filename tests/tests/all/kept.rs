//! An answer that is given again is the one a fresh run would give: two platforms over one database, one that keeps
//! answers and one that runs every query, are asked the same while things happen and time passes.

use std::sync::Arc;
use std::time::Duration;

use linli_contract::{Answer, Area, Identity, Role};
use linli_host::{CallRequest, HostLimits, MasterKey, Platform, PlatformConfig, Trust};
use linli_tests::components;
use linli_tests::neighbourhood::{Neighbourhood, Person};
use linli_tests::world::{Setup, World, morning};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// Histories tried in one run, each in a community of its own.
const HISTORIES: u32 = 32;
const RESIDENTS: usize = 3;
const ACTIVITIES: usize = 2;
/// The seed of the histories; printed with what fails.
const SEED: &[u8; 32] = b"linli: an answer that stands is ";

#[derive(Debug, Clone)]
enum Step {
    SignUp(usize, usize, i64),
    Cancel(usize, usize),
    Enlarge(usize, i64),
    CallOff(usize),
    /// Hours, up to past the end of everything.
    Wait(u64),
    Look(usize),
    List(&'static str),
    Mine(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, activity) = (0..RESIDENTS, 0..ACTIVITIES);
    prop_oneof![
        3 => (who.clone(), activity.clone(), 1_i64..4).prop_map(|(w, a, n)| Step::SignUp(w, a, n)),
        2 => (who.clone(), activity.clone()).prop_map(|(w, a)| Step::Cancel(w, a)),
        1 => (activity.clone(), 5_i64..9).prop_map(|(a, n)| Step::Enlarge(a, n)),
        1 => activity.clone().prop_map(Step::CallOff),
        2 => (1_u64..120).prop_map(Step::Wait),
        6 => activity.prop_map(Step::Look),
        4 => prop::sample::select(&["scheduled", "ended", "cancelled"][..]).prop_map(Step::List),
        4 => who.prop_map(Step::Mine),
    ]
}

/// A community on both platforms.
struct Here<'w> {
    world: &'w World,
    fresh: &'w Platform,
    neighbourhood: Neighbourhood,
    activities: Vec<String>,
}

impl Here<'_> {
    fn resident(&self, who: usize) -> Person {
        self.neighbourhood.resident(who)
    }

    fn play(&self, step: &Step) -> Result<(), TestCaseError> {
        let here = &self.neighbourhood;
        let activity = |number: usize| self.activities[number].as_str();
        match step {
            Step::SignUp(who, number, party) => {
                drop(here.sign_up(&self.resident(*who), activity(*number), *party))
            }
            Step::Cancel(who, number) => {
                let page = here.get(&self.resident(*who), "activity-signup/signups").expect(200);
                let mut signups = page["items"].as_array().unwrap().iter();
                if let Some(signup) = signups.find(|signup| signup["activity"] == activity(*number)) {
                    here.cancel(&self.resident(*who), activity(*number), signup);
                }
            }
            Step::Enlarge(number, capacity) => {
                let rest = format!("activity-signup/activities/{}", activity(*number));
                let change = here.call("PATCH", &rest).token(&here.worker().token);
                change.json(&json!({ "capacity": capacity })).send();
            }
            Step::CallOff(number) => {
                let rest = format!("activity-signup/activities/{}/cancellation", activity(*number));
                here.post(&here.worker(), &rest, &json!({ "reason": "下雨" }));
            }
            Step::Wait(hours) => drop(self.world.advance(Duration::from_secs(hours * 3_600))),
            Step::Look(number) => self.same(0, "get_activity", &json!({ "id": activity(*number) }))?,
            Step::List(status) => self.same(0, "list_activities", &json!({ "status": status }))?,
            Step::Mine(who) => self.same(*who, "list_signups", &json!({}))?,
        }
        Ok(())
    }

    /// Both platforms answer the same, and so does the one that keeps answers when it is asked again.
    fn same(&self, who: usize, operation: &str, input: &Value) -> Result<(), TestCaseError> {
        let first = self.ask(&self.world.platform, who, operation, input);
        prop_assert_eq!(&first, &self.ask(self.fresh, who, operation, input));
        prop_assert_eq!(&first, &self.ask(&self.world.platform, who, operation, input), "given again");
        Ok(())
    }

    fn ask(&self, platform: &Platform, who: usize, operation: &str, input: &Value) -> Answer {
        let community = self.neighbourhood.community;
        let identity = Identity {
            subject: Some(Neighbourhood::resident_id(community, who)),
            acting_for: None,
            roles: vec![Role::Resident],
            area: Some(Area::of(community)),
            provider: None,
        };
        let call = platform.call(CallRequest {
            component: "activity-signup".parse().unwrap(),
            operation: operation.to_owned(),
            community,
            identity,
            input: input.to_string(),
            idempotency: None,
            request_id: "kept".to_owned(),
        });
        self.world.runtime.block_on(call).unwrap().answer
    }
}

fn beside(world: &World) -> Arc<Platform> {
    let config = PlatformConfig {
        limits: HostLimits { kept_answers: 0, ..HostLimits::default() },
        cache_dir: Some(components::directory().with_file_name("compiled-for-tests")),
        ..PlatformConfig::new(world.clock.manual())
    };
    let platform = Platform::new(config, world.store.clone(), MasterKey::new([7; 32])).unwrap();
    world.runtime.block_on(platform.load(&components::wasm("activity-signup"), Trust::Core)).unwrap();
    platform
}

#[test]
fn what_is_kept_is_what_a_fresh_run_answers() {
    let world = Setup::of(&["activity-signup"]).start();
    let fresh = beside(&world);
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, SEED);
    let histories = proptest::collection::vec(step(), 1..60);
    let outcome = TestRunner::new_with_rng(config, rng).run(&histories, |steps| {
        world.clock.set(morning());
        let neighbourhood = world.neighbourhood(RESIDENTS);
        let activities = (0..ACTIVITIES).map(|_| neighbourhood.activity(4, &json!({}))).collect();
        let here = Here { world: &world, fresh: &fresh, neighbourhood, activities };
        steps.iter().try_for_each(|step| here.play(step))
    });
    if let Err(failure) = outcome {
        panic!("seed {}: {failure}", String::from_utf8_lossy(SEED));
    }
    let kept = |platform: &Platform| platform.metrics().components["activity-signup"].kept;
    assert_eq!(kept(&fresh), 0);
    assert!(kept(&world.platform) > 100, "hardly anything was kept: {}", kept(&world.platform));
}
