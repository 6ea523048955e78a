//! Components that are written down, since no compiler makes them.

use linli_vetting::{Expected, VetReport, vet_file};

/// The bytes of a text.
#[track_caller]
pub fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A component that exports `capability`, though with nothing in it, around something else.
pub fn capable(around: &str) -> Vec<u8> {
    let export = r#"(component $c) (instance $i (instantiate $c)) (export "linli:platform/capability@0.1.0" (instance $i))"#;
    wasm(&format!("(component {around} {export})"))
}

/// Findings of a report, one a line.
pub fn findings(report: &VetReport) -> String {
    let mut lines = String::new();
    for finding in &report.findings {
        let severity = if finding.rejects { "" } else { " (note)" };
        lines += &format!(
            "{}{severity} @ {}\n  {}\n  {}\n",
            finding.code, finding.place, finding.detail.zh, finding.detail.en
        );
    }
    lines
}

/// What is found in a file without compiling it.
pub fn found(wasm: &[u8]) -> String {
    findings(&vet_file(wasm, &Expected::default()))
}
