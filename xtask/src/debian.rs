//! Debian's packages that tests use where they can be had; without one, the tests that need it say so.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::{self, step};

/// Whether a program can be started.
pub fn has_program(name: &str) -> bool {
    Command::new("which").arg(name).output().is_ok_and(|found| found.status.success())
}

/// Whether a file is there.
pub fn has_file(path: &str) -> bool {
    Path::new(path).is_file()
}

/// Has PostgreSQL installed, of which tests start servers of their own; whatever the package starts is left alone.
pub fn ready_postgres() {
    if !Path::new("/usr/lib/postgresql").is_dir() && !has_program("postgres") {
        install("postgresql", "PostgreSQL");
    }
}

/// Installs a package, on machines where that can be done.
pub fn install(package: &str, what_for: &str) {
    let root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !root || !has_program("apt-get") {
        return;
    }
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut apt = Command::new("apt-get");
        process::run(apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
    };
    let install = || apt(&["install", "-y", "-qq", "--no-install-recommends", package]);
    let installed = step(&format!("Installing {what_for}"), || {
        install().or_else(|_| apt(&["update", "-qq"]).and_then(|()| install()))
    });
    if let Err(error) = installed {
        eprintln!("    {error:#}");
    }
}
