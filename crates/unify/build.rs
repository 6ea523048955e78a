//! Nothing to do: a crate has build dependencies only with a build script, and their features count too.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
