//! What each plugin promises in its scenario files holds, with commands that lose and run again as well; and what a
//! scenario expects in vain is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use linli_tests::components;

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name)
}

fn linli(arguments: &[&str], name: &str) -> Output {
    let mut linli = Command::new(components::linli());
    linli.args(["plugin", arguments[0]]).arg(project(name)).arg("--component").arg(components::plugin(name));
    linli.args(&arguments[1..]).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn every_plugin_keeps_its_scenarios_and_passes_its_check() {
    for name in components::plugins() {
        let played = linli(&["test"], &name);
        let said = text(&played);
        assert!(played.status.success(), "{name}\n{said}");
        let files = std::fs::read_dir(project(&name).join("scenarios")).unwrap().count();
        assert!(said.contains(&format!("{files} passed, 0 failed")), "{name}\n{said}");
        assert_eq!(said.matches("again with conflicts of seed 1").count(), files, "{name}\n{said}");
        let checked = linli(&["check"], &name);
        assert!(checked.status.success(), "{name}\n{}", text(&checked));
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
    let played = linli(&["test", "--scenario", file.to_str().unwrap()], "parcel-locker");
    let said = text(&played);
    assert_eq!(played.status.code(), Some(1), "{said}");
    assert!(said.contains("/state: expected \"waiting\", got \"expected\""), "{said}");
    assert!(said.contains("0 passed, 1 failed"), "{said}");
}
