//! `linli plugin`, as merchants use it, with the plugins of `plugins/` and with new ones.

mod live_project;
mod new_projects;
mod registry;
mod scenarios;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use linli_tests::components;

/// The directory of a plugin of `plugins/`.
fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(name)
}

/// `linli plugin` with these arguments.
fn plugin<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut linli = Command::new(components::linli());
    linli.arg("plugin").args(arguments);
    linli
}

/// All it said.
fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// All it said when it went well.
#[track_caller]
fn done(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// Where `cargo xtask build` keeps what belongs to the plugins.
fn target() -> PathBuf {
    components::directory().parent().unwrap().to_owned()
}

/// In this directory, and fetching nothing: what is needed was, for the plugins of `plugins/`.
fn offline(mut command: Command, place: &Path) -> Command {
    command.current_dir(place).env("CARGO_NET_OFFLINE", "true");
    command.env("LINLI_NODE_MODULES", target().join("npm/node_modules"));
    // Cargo, which runs the tests, has pointed these at its own compiler.
    command.env_remove("RUSTC").env_remove("CARGO");
    command
}
