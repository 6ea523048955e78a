//! From nothing to a component that passes, in both languages, outside this repository.

use std::path::Path;

use super::{done, offline, plugin, project, target};

fn becomes_a_component(lang: &str, prepare: impl FnOnce(&Path)) {
    let place = tempfile::tempdir().unwrap();
    done(&mut offline(plugin(["new", "note-board", "--lang", lang]), place.path()));
    let root = place.path().join("note-board");
    prepare(&root);
    let mut build = plugin(["build", "--target-dir"]);
    build.arg(target().join("plugins"));
    done(&mut offline(build, &root));
    let component = root.join("target/note-board.wasm");
    for (subcommand, said) in [("test", "1 passed, 0 failed"), ("check", "ok   ")] {
        let mut command = plugin([subcommand, "--component"]);
        command.arg(&component);
        let told = done(&mut offline(command, &root));
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn a_new_javascript_project_becomes_a_component_that_passes() {
    becomes_a_component("js", |_| ());
}

#[test]
fn a_new_rust_project_becomes_a_component_that_passes() {
    // The same crates in the same versions, which are on this machine already.
    becomes_a_component("rust", |root| {
        let lock = std::fs::read_to_string(project("housekeeping").join("Cargo.lock")).unwrap();
        std::fs::write(root.join("Cargo.lock"), lock.replace("\"housekeeping\"", "\"note-board\"")).unwrap();
    });
}
