//! From nothing to a component that passes, in both languages, outside this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use linli_tests::components;

use super::{done, plugin, project};

/// Where `cargo xtask build` keeps what belongs to the plugins.
fn target() -> PathBuf {
    components::directory().parent().unwrap().to_owned()
}

/// Nothing is fetched: what is needed was, for the plugins of `plugins/`.
fn offline(mut command: Command, place: &Path) -> Command {
    command.current_dir(place).env("CARGO_NET_OFFLINE", "true");
    command.env("LINLI_NODE_MODULES", target().join("npm/node_modules"));
    // Cargo, which runs the tests, has pointed these at its own compiler.
    command.env_remove("RUSTC").env_remove("CARGO");
    command
}

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
