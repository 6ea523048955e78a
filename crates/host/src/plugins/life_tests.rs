//! Each rule of a plugin's life: what may happen when, and what comes of it.

use super::*;

const RULE: RollbackRule =
    RollbackRule { margin: 500, minimum_calls: 50, window_seconds: 600, trial_seconds: 3_600 };

fn now() -> Timestamp {
    Timestamp::from_micros(1_000_000)
}

fn version(text: &str) -> PluginVersion {
    text.parse().unwrap()
}

fn taken_in(known: Option<Plugin>, text: &str) -> Step {
    let of = Upload {
        provider: "merchant".into(),
        name: "doorbell".parse().unwrap(),
        version: version(text),
        permissions: vec![],
        report: "{}".into(),
    };
    upload(known, false, &of, "00", 1, now()).unwrap()
}

/// A plugin with these versions, all approved.
fn plugin(versions: &[&str]) -> (Plugin, Vec<Version>) {
    let mut plugin = None;
    let mut approved = Vec::new();
    for text in versions {
        let step = taken_in(plugin, text);
        let step = decide(step.plugin, step.version.unwrap(), true, None).unwrap();
        plugin = Some(step.plugin);
        approved.extend(step.version);
    }
    (plugin.unwrap(), approved)
}

fn rollout(areas: &[&str], share: u32) -> Rollout {
    Rollout { areas: areas.iter().map(|area| area.parse().unwrap()).collect(), share }
}

fn rolled(plugin: Plugin, version: &Version, to: &Rollout) -> Result<Plugin, NotNow> {
    let before = Counts { calls: 7, failures: 1 };
    roll_out(plugin, version, to, before, &RULE, now()).map(|step| step.plugin)
}

fn live(plugin: &Plugin) -> [Option<String>; 3] {
    let shown = |released: &Option<Released>| released.as_ref().map(|r| r.version.to_string());
    [shown(&plugin.stable), shown(&plugin.candidate), plugin.previous.as_ref().map(ToString::to_string)]
}

fn texts(texts: [&str; 3]) -> [Option<String>; 3] {
    texts.map(|text| (!text.is_empty()).then(|| text.to_owned()))
}

#[test]
fn a_name_is_its_first_providers_and_a_version_is_uploaded_once() {
    let step = taken_in(None, "1.0.0");
    assert_eq!(step.plugin.provider, "merchant");
    let of = |provider: &str| Upload {
        provider: provider.into(),
        name: "doorbell".parse().unwrap(),
        version: version("1.0.0"),
        permissions: vec![],
        report: "{}".into(),
    };
    let again = |provider: &str, existing, plugin: &Plugin| {
        upload(Some(plugin.clone()), existing, &of(provider), "00", 1, now()).map(drop)
    };
    assert_eq!(again("other", false, &step.plugin), Err(NotNow::NotYours));
    assert_eq!(again("merchant", true, &step.plugin), Err(NotNow::VersionExists));
    let full = Plugin { uploaded: MAX_VERSIONS, ..step.plugin.clone() };
    assert_eq!(again("merchant", false, &full), Err(NotNow::TooManyVersions));
    let gone = retire(step.plugin, now()).unwrap().plugin;
    assert_eq!(again("merchant", false, &gone), Err(NotNow::Retired));
}

#[test]
fn a_decision_is_final_and_only_what_is_approved_goes_live() {
    let step = taken_in(None, "1.0.0");
    let vetted = step.version.unwrap();
    let to = rollout(&["33"], 10_000);
    assert_eq!(rolled(step.plugin.clone(), &vetted, &to).err(), Some(NotNow::NotApproved));
    let step = decide(step.plugin, vetted, false, Some("要价过高")).unwrap();
    let rejected = step.version.unwrap();
    assert_eq!((rejected.status, rejected.reason.as_deref()), (VersionStatus::Rejected, Some("要价过高")));
    assert_eq!(rolled(step.plugin.clone(), &rejected, &to).err(), Some(NotNow::NotApproved));
    assert_eq!(decide(step.plugin, rejected, true, None).err(), Some(NotNow::Decided));
}

#[test]
fn a_version_with_everybody_wherever_the_stable_one_is_takes_its_place() {
    let (plugin, v) = plugin(&["1.0.0", "1.1.0", "1.2.0"]);
    let plugin = rolled(plugin, &v[0], &rollout(&["3301"], 1_000)).unwrap();
    assert_eq!(live(&plugin), texts(["", "1.0.0", ""]), "the first one is on trial, too");
    let plugin = rolled(plugin, &v[0], &rollout(&["3301"], 10_000)).unwrap();
    assert_eq!(live(&plugin), texts(["1.0.0", "", ""]));
    assert_eq!(plugin.trial, None, "nothing was before it");

    let plugin = rolled(plugin, &v[1], &rollout(&["3301"], 100)).unwrap();
    assert_eq!(live(&plugin), texts(["1.0.0", "1.1.0", ""]));
    let third = rolled(plugin.clone(), &v[2], &rollout(&["3301"], 10_000));
    assert_eq!(third.err(), Some(NotNow::CandidateExists));
    let plugin = rolled(plugin, &v[1], &rollout(&["330105"], 10_000)).unwrap();
    assert_eq!(live(&plugin), texts(["1.0.0", "1.1.0", ""]), "the rest of the city still has the first");
    let plugin = rolled(plugin, &v[1], &rollout(&["33"], 10_000)).unwrap();
    assert_eq!(live(&plugin), texts(["1.1.0", "", "1.0.0"]));
    let trial = plugin.trial.clone().unwrap();
    assert_eq!((trial.until, trial.before.calls), (now().plus_seconds(3_600), 7));
    let plugin = rolled(plugin, &v[1], &rollout(&["330105"], 5_000)).unwrap();
    assert_eq!(live(&plugin), texts(["1.1.0", "", "1.0.0"]), "the stable one may be for fewer");
}

#[test]
fn a_roll_back_takes_the_candidate_or_returns_to_what_was_before() {
    let (plugin, v) = plugin(&["1.0.0", "1.1.0"]);
    let none = roll_back(plugin.clone(), None, Happening::RolledBack);
    assert_eq!(none.err(), Some(NotNow::NothingToRollBack));
    let all = rollout(&["33"], 10_000);
    let plugin = rolled(plugin, &v[0], &all).unwrap();
    let tried = rolled(plugin.clone(), &v[1], &rollout(&["33"], 100)).unwrap();
    let other = roll_back(tried.clone(), Some(&version("1.0.0")), Happening::RolledBackByItself);
    assert_eq!(other.err(), Some(NotNow::NothingToRollBack), "only the version that did badly");
    let back = roll_back(tried, None, Happening::RolledBack).unwrap();
    assert_eq!((live(&back.plugin), back.of), (texts(["1.0.0", "", ""]), Some(version("1.1.0"))));
    let replaced = rolled(back.plugin, &v[1], &all).unwrap();
    let back = roll_back(replaced, None, Happening::RolledBack).unwrap();
    assert_eq!((live(&back.plugin), back.of), (texts(["1.0.0", "", ""]), Some(version("1.1.0"))));
    assert_eq!(back.plugin.trial, None);
    let again = roll_back(back.plugin, None, Happening::RolledBack);
    assert_eq!(again.err(), Some(NotNow::NothingToRollBack));
}

#[test]
fn suspension_ends_and_retirement_does_not() {
    let (plugin, v) = plugin(&["1.0.0"]);
    assert_eq!(resume(plugin.clone()).err(), Some(NotNow::NotSuspended));
    let suspended = suspend(plugin, "投诉核查", now()).unwrap().plugin;
    assert_eq!(suspend(suspended.clone(), "again", now()).err(), Some(NotNow::Suspended));
    let all = rollout(&["33"], 10_000);
    assert_eq!(rolled(suspended.clone(), &v[0], &all).err(), Some(NotNow::Suspended));
    let plugin = rolled(resume(suspended).unwrap().plugin, &v[0], &all).unwrap();
    let gone = retire(plugin, now()).unwrap().plugin;
    assert_eq!(live(&gone), texts(["", "", ""]));
    assert_eq!(suspend(gone.clone(), "x", now()).err(), Some(NotNow::Retired));
    assert_eq!(set_limits(gone.clone(), &PluginLimits::default()).err(), Some(NotNow::Retired));
    assert_eq!(retire(gone, now()).err(), Some(NotNow::Retired));
}
