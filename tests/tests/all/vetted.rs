//! Uploads are vetted in a process of their own: it says what vetting says, and is ended when it takes too much.

use std::time::Duration;

use linli_tests::components;
use linli_vetting::{Expected, VetReport, Vetter, VettingBounds, vet};

fn codes(report: &VetReport) -> Vec<&str> {
    report.findings.iter().map(|finding| &*finding.code).collect()
}

fn child() -> Vetter {
    Vetter::child(components::linli())
}

#[test]
fn a_process_of_its_own_says_the_same() {
    let (fine, hostile) = (components::wasm("doorbell"), components::wasm("hostile"));
    for wasm in [fine.as_slice(), &hostile, &fine[..fine.len() / 2], b"no component"] {
        let (here, there) = (vet(wasm, &Expected::default()), child().vet(wasm, &Expected::default()));
        assert_eq!((here.passed(), &here.findings), (there.passed(), &there.findings));
        assert_eq!(
            (&here.digest, &here.counts, &here.descriptor),
            (&there.digest, &there.counts, &there.descriptor)
        );
    }
    assert!(child().vet(&fine, &Expected::default()).passed());
}

#[test]
fn what_takes_too_long_or_too_much_is_ended_and_said() {
    let wasm = components::wasm("doorbell");
    let within = |bounds| child().within(bounds).vet(&wasm, &Expected::default());
    let short = VettingBounds { wall: Duration::from_millis(1), ..VettingBounds::default() };
    assert_eq!(codes(&within(short)), ["vetting-timed-out"]);
    // Less than the program needs for itself.
    let small = VettingBounds { memory: 24 * 1024 * 1024, ..VettingBounds::default() };
    let report = within(small);
    assert_eq!(codes(&report), ["vetting-out-of-memory"]);
    assert_eq!((report.size, report.passed()), (wasm.len() as u64, false));
}

#[test]
fn a_program_that_is_none_vets_nothing() {
    let nowhere = Vetter::child("/nowhere/linli".into());
    assert_eq!(codes(&nowhere.vet(b"anything", &Expected::default())), ["vetting-failed"]);
}
