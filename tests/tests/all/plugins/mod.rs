//! A plugin's life over HTTP: upload, review, roll-out, roll-back, suspension, retirement, and each refusal on the way.

mod end;
mod hostile_files;
mod life;
mod rails;
mod refusals;
mod registries;
mod restart;
mod seen;
mod switch;
mod versions;

use crate::coverage;

/// A new refusal that nobody provokes over HTTP does not pass.
#[test]
fn every_problem_of_the_platforms_operations_is_provoked() {
    coverage::assert_provoked(
        include_str!("../../../../crates/ingress/src/plugins/problem.rs"),
        concat!(
            include_str!("life.rs"),
            include_str!("refusals.rs"),
            include_str!("registries.rs"),
            include_str!("end.rs")
        ),
        &[
            // 500 uploads; the rule is tested where it stands, in the host.
            "versions-exhausted",
            // Vetting refuses what could not be run or served; only a change of the platform in between can.
            "version-not-runnable",
            "version-not-servable",
            // A server that was given no directory.
            "plugins-not-configured",
        ],
    );
}
