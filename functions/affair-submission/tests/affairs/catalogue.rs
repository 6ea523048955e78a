//! Affairs are data: the files are right, what is wrong in one is told with its line, and a city changes them.

use std::collections::BTreeMap;
use std::path::Path;

use linli_affair_submission::affair::Affair;
use linli_affair_submission::catalogue::{FILES, read};
use linli_affair_submission::check;

use super::*;

/// The six that are complete in every detail.
const COMPLETE: [&str; 6] = [
    "newborn",
    "elder-card",
    "residence-proof",
    "birth-registration",
    "disability-subsidy",
    "minimum-living-allowance",
];

fn affairs() -> BTreeMap<&'static str, Affair> {
    let read = |(name, text): &(&'static str, &str)| match read(&format!("affairs/{name}.json"), text) {
        Ok(affair) => (*name, affair),
        Err(errors) => panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>()),
    };
    FILES.iter().map(read).collect()
}

#[test]
fn every_file_is_a_definition_of_its_own_name_and_is_listed() {
    let affairs = affairs();
    assert_eq!(affairs.values().filter(|affair| !affair.is_bundle()).count(), 20);
    for (name, affair) in &affairs {
        assert_eq!(*name, affair.code);
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("affairs");
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    assert_eq!(files, affairs.keys().map(|name| (*name).to_owned()).collect::<Vec<_>>());
}

#[test]
fn every_form_is_a_json_schema_that_any_validator_takes() {
    for (name, affair) in affairs() {
        let schema = serde_json::to_value(&affair.form).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn every_part_of_a_bundle_fits_its_affair() {
    let affairs = affairs();
    for bundle in affairs.values().filter(|affair| affair.is_bundle()) {
        for (index, part) in bundle.parts.iter().enumerate() {
            let findings = check::part_findings(bundle, index, part, &affairs[part.affair.as_str()]);
            assert!(findings.is_empty(), "{}: {findings:?}", bundle.code);
        }
    }
}

#[test]
fn the_named_affairs_are_complete() {
    let affairs = affairs();
    for name in COMPLETE {
        let affair = &affairs[name];
        assert!(!affair.eligibility.is_empty() && affair.form.properties.len() >= 10, "{name}");
        let plain = affair.steps.len() >= 2 && affair.evidence.len() >= 4 && affair.certificate.is_some();
        assert!(plain || affair.parts.len() == 6, "{name}");
    }
    let prefixes: BTreeMap<_, _> =
        affairs.values().filter_map(|a| Some((&a.certificate.as_ref()?.prefix, &a.code))).collect();
    let certified = affairs.values().filter(|affair| affair.certificate.is_some()).count();
    assert_eq!(prefixes.len(), certified, "two affairs number their certificates alike");
}

/// An error names file and line, whether the shape is wrong or the sense.
#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line() {
    let (_, text) = FILES.iter().find(|(name, _)| *name == "elder-card").unwrap();
    let told = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let errors = read("elder-card.json", &text.replacen(from, to, 1)).unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let line = |of: &str| text.lines().position(|line| line.contains(of)).unwrap() + 1;
    let shape = told("\"version\": 1", "\"version\": \"one\"");
    assert!(shape[0].starts_with("elder-card.json:3: ") && shape.len() == 1, "{shape:?}");
    let unknown = told("\"deadline\": {", "\"dead_line\": {");
    assert!(unknown[0].contains("unknown field `dead_line`"), "{unknown:?}");
    let fact = told("\"fact\": \"age\"", "\"fact\": \"height\"");
    assert_eq!(
        fact,
        [format!(
            "elder-card.json:{}: /eligibility/0/needs/fact is not `age`, a JSON pointer, or `days-since:` and a pointer",
            line("\"fact\": \"age\"")
        )]
    );
    for (from, to, place, reason) in [
        ("\"code\": \"elder-card\"", "\"code\": \"Elder card\"", "/code", "is not kebab-case"),
        ("\"version\": 1", "\"version\": 0", "/version", "begins with 1"),
        ("\"working_days\": 5", "\"working_days\": 4", "/deadline", "is shorter than its steps together"),
        ("\"working_days\": 5", "\"working_days\": 181", "/deadline", "is not from one to half a year"),
        ("\"LNZ\"", "\"lnz\"", "/certificate/prefix", "is not two to four capital letters"),
        ("\"holder\": \"/name\"", "\"holder\": \"/who\"", "/certificate/holder", "is no text of the form"),
        ("\"photograph\"", "\"identity-card\"", "/evidence/2/id", "is `identity-card` a second time"),
        (
            "\"equals\": \"damaged\"",
            "\"equals\": 1, \"at_least\": 1",
            "/evidence/4/when",
            "is not exactly one test",
        ),
        ("\"zh\": \"受理\"", "\"zh\": \" \"", "/steps/0/title", "needs both zh and en"),
        ("\"additionalProperties\": false,", "", "/form", "needs `additionalProperties: false`"),
        ("\"maxLength\": 40,", "", "/form/properties/name", "needs `maxLength`"),
    ] {
        let told = told(from, to);
        assert!(told.iter().any(|t| t.contains(&format!(" {place} {reason}"))), "{place}: {told:?}");
    }
}

#[test]
fn everybody_sees_the_catalogue_and_each_affair() {
    let platform = Platform::new(&AFFAIR_SUBMISSION);
    let (listed, _) = platform.call(&Actor::anyone(), "list_affairs", json!({})).page();
    assert_eq!(listed.len(), FILES.len());
    for affair in &listed {
        let shown = platform.call(&Actor::anyone(), "get_affair", json!({ "code": affair["code"] })).ok();
        assert_eq!(shown["title"], affair["title"]);
        assert_eq!(shown["form"]["type"], "object");
    }
    let shown = platform.call(&Actor::anyone(), "get_affair", json!({ "code": "elder-card" })).ok();
    assert_eq!(shown["deadline"], json!({ "working_days": 5 }));
    assert_eq!(shown["form"]["properties"]["name"]["label"]["zh"], "姓名");
    assert_eq!(
        (&shown["evidence"][0]["fetched"], &shown["evidence"][2]["fetched"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        platform.call(&Actor::anyone(), "get_affair", json!({ "code": "none" })).code(),
        "affair-unknown"
    );
}

#[test]
fn a_city_changes_adds_and_withdraws_affairs_by_configuration() {
    let platform = Platform::new(&AFFAIR_SUBMISSION);
    let (_, text) = FILES.iter().find(|(name, _)| *name == "elder-card").unwrap();
    let mut changed: Value = serde_json::from_str(text).unwrap();
    changed["version"] = json!(2);
    changed["deadline"] = json!({ "working_days": 9 });
    let mut added = changed.clone();
    added["code"] = json!("golden-card");
    let get = |code: &str| platform.call(&Actor::anyone(), "get_affair", json!({ "code": code }));
    platform
        .configure("catalogue", json!({ "affairs": [changed, added], "withdrawn": ["senior-allowance"] }));
    assert_eq!(get("elder-card").ok()["version"], 2);
    assert_eq!(get("golden-card").ok()["deadline"], json!({ "working_days": 9 }));
    assert_eq!(get("senior-allowance").code(), "affair-unknown");
    let (listed, _) = platform.call(&Actor::anyone(), "list_affairs", json!({})).page();
    assert_eq!(listed.len(), FILES.len());

    changed["certificate"]["holder"] = json!("/nobody");
    let mut other = changed.clone();
    other["code"] = json!("other");
    other["form"]["properties"]["name"]["pattern"] = json!(".*");
    platform.configure("catalogue", json!({ "affairs": [other, changed] }));
    let problem = get("elder-card").problem();
    assert_eq!(problem.code, "affair-misconfigured");
    let place = "settings.affair-submission.catalogue.affairs[1]: /certificate/holder is no text of the form";
    assert_eq!(problem.data.unwrap().as_ref(), json!({ "places": [place] }).to_string());
    let problem = get("other").problem();
    assert_eq!(problem.code, "affair-misconfigured");
    assert!(
        problem.data.unwrap().contains("unknown field `pattern`"),
        "forms have no keyword that is not checked"
    );
    assert_eq!(get("residence-proof").ok()["version"], 1, "one broken definition does not stop the others");
    let (listed, _) = platform.call(&Actor::anyone(), "list_affairs", json!({})).page();
    assert_eq!(listed.len(), FILES.len() - 1, "and is not listed");
    assert!(
        platform
            .take_log()
            .iter()
            .any(|line| line.starts_with("Error: affair-misconfigured") && line.contains(place))
    );
}

/// The shape of a definition is part of the setting's schema: one that cannot be is refused when settings are loaded.
#[test]
#[should_panic(expected = "meets the setting's schema")]
fn a_definition_of_another_shape_is_refused_when_settings_are_loaded() {
    let platform = Platform::new(&AFFAIR_SUBMISSION);
    platform.configure("catalogue", json!({ "affairs": [{ "code": "other" }] }));
}

#[test]
fn a_bundle_of_a_city_is_checked_with_its_parts() {
    let platform = Platform::new(&AFFAIR_SUBMISSION);
    let places = |change: &dyn Fn(&mut Value)| {
        let mut bundle = serde_json::to_value(sample::affair("newborn")).unwrap();
        change(&mut bundle);
        platform.configure("catalogue", json!({ "affairs": [bundle] }));
        let outcome = platform.call(&Actor::anyone(), "get_affair", json!({ "code": "newborn" }));
        outcome.problem().data.unwrap().into_string()
    };
    let at = |place: &str| format!("settings.affair-submission.catalogue.affairs[0]: /parts/{place}");
    let unknown = places(&|bundle| bundle["parts"][1]["affair"] = json!("none"));
    assert!(unknown.contains(&at("1/affair is no affair that can be a part")), "{unknown}");
    let itself = places(&|bundle| bundle["parts"][1]["affair"] = json!("newborn"));
    assert!(itself.contains(&at("1/affair is no affair that can be a part")), "{itself}");
    let missing =
        places(&|bundle| drop(bundle["parts"][3]["answers"].as_object_mut().unwrap().remove("/clinic")));
    assert!(missing.contains(&at("3/answers leaves out `/clinic`")), "{missing}");
    let sorts = places(&|bundle| bundle["parts"][3]["answers"]["/clinic"] = json!("/first_doses"));
    assert!(sorts.contains(&at("3/answers/~1clinic joins fields of different sorts")), "{sorts}");
}
