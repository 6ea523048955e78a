//! Bytes of an upload: everything vetting does with them before it compiles.

#![no_main]

use libfuzzer_sys::fuzz_target;
use linli_contract::{Digest, PluginVersion, signed_statement};
use linli_vetting::{Expected, Interfaces, VetReport, vet_file};

fuzz_target!(|wasm: &[u8]| {
    let report = vet_file(wasm, &Expected::default());
    assert_eq!(report.passed(), report.findings.iter().all(|finding| !finding.rejects));
    assert!(!report.findings.is_empty() || report.passed());
    for finding in &report.findings {
        assert!(!finding.code.is_empty() && !finding.detail.zh.is_empty() && !finding.detail.en.is_empty());
    }
    for line in report.in_words() {
        assert!(!line.zh.is_empty() && !line.en.is_empty());
    }
    // As the child process hands it back, and as it is kept.
    let text = serde_json::to_string(&report).expect("a report is JSON");
    let again: VetReport = serde_json::from_str(&text).expect("it reads as it was written");
    assert_eq!(again.findings, report.findings);
    assert_eq!(vet_file(wasm, &Expected::default()).findings, report.findings, "it depends on chance");

    let read = Interfaces::read(wasm);
    if report.passed() {
        // Whoever reads the file without judging it sees the same.
        let read = read.expect("what passed can be read");
        read.check().expect("what passed imports nothing foreign");
        assert!(read.imports.iter().eq(&report.imports));
    }
    signature(wasm);
});

/// What is signed says one name, one version and one file, and nothing else says the same.
fn signature(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((name, version)) = text.split_once('\0') else { return };
    let (Ok(name), Ok(version)) = (name.parse(), version.parse::<PluginVersion>()) else { return };
    let statement = signed_statement(&name, &version, &Digest([0; 32]));
    let end = statement.len() - 32;
    let mut parts = statement[..end].split(|byte| *byte == 0);
    assert_eq!(parts.next(), Some(&b"linli-plugin/1"[..]));
    assert_eq!(parts.next(), Some(name.as_str().as_bytes()));
    assert_eq!(parts.next(), Some(version.to_string().as_bytes()));
    assert_eq!((parts.next(), parts.next()), (Some(&[][..]), None));
}
