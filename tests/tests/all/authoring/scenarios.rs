//! What each plugin promises in its scenario files holds, with commands that lose and run again as well; and what a
//! scenario expects in vain is told.

use std::process::Command;

use linli_tests::components;

use super::{done, plugin, project, text};

fn of(subcommand: &str, name: &str) -> Command {
    let mut linli = plugin([subcommand]);
    linli.arg(project(name)).arg("--component").arg(components::plugin(name));
    linli
}

#[test]
fn every_plugin_keeps_its_scenarios_and_passes_its_check() {
    for name in components::plugins() {
        let said = done(&mut of("test", &name));
        let files = std::fs::read_dir(project(&name).join("scenarios")).unwrap().count();
        assert!(said.contains(&format!("{files} passed, 0 failed")), "{name}\n{said}");
        assert_eq!(said.matches("again with conflicts of seed 1").count(), files, "{name}\n{said}");
        done(&mut of("check", &name));
    }
}

#[test]
fn a_scenario_that_expects_something_else_fails_and_says_where() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("wrong.toml");
    let story = "title = \"A parcel arrives unheard of\"\n[settings]\napi_token = \"scenario\"\n[[steps]]\n\
                 call = \"expect_parcel\"\nas = \"li\"\ninput = { waybill = \"SF1234567890\" }\n\
                 body = { state = \"waiting\" }\n";
    std::fs::write(&file, story).unwrap();
    let played = of("test", "parcel-locker").arg("--scenario").arg(&file).output().unwrap();
    let said = text(&played);
    assert_eq!(played.status.code(), Some(1), "{said}");
    assert!(said.contains("/state: expected \"waiting\", got \"expected\""), "{said}");
    assert!(said.contains("0 passed, 1 failed"), "{said}");
}

#[test]
fn a_component_that_is_not_what_its_manifest_says_does_not_pass() {
    let mut check = plugin(["check"]);
    check.arg(project("group-buying")).arg("--component").arg(components::plugin("parcel-locker"));
    let checked = check.output().unwrap();
    let said = text(&checked);
    assert_eq!(checked.status.code(), Some(1), "{said}");
    for fault in
        ["the component's name is not that", "`outbound` is imported", "list of permissions is not that"]
    {
        assert!(said.contains(fault), "{fault}\n{said}");
    }
}
