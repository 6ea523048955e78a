//! Vetting an upload from end to end.

use std::fmt::Write as _;

use linli_contract::Descriptor;
use sha2::{Digest as _, Sha256};

use crate::file;
use crate::interfaces::Interfaces;
use crate::report::{Expected, VetReport};

/// What can be told of the file alone, without compiling it.
pub fn vet_file(wasm: &[u8], expected: &Expected) -> VetReport {
    let screened = file::screen(wasm, &expected.limits);
    let mut report = VetReport {
        imports: screened.interfaces.imports.into_iter().collect(),
        counts: screened.counts,
        ..of_bytes(wasm)
    };
    report.add(screened.findings);
    report
}

/// Digest and size.
pub(crate) fn of_bytes(wasm: &[u8]) -> VetReport {
    let digest = Sha256::digest(wasm).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    VetReport { digest, size: wasm.len() as u64, ..VetReport::default() }
}

/// What can be told of what a component says it is, without running it any further: the descriptor against the
/// contract, the upload, its neighbours, the version before, and what the file imports.
pub fn vet_descriptor(report: &mut VetReport, descriptor: &Descriptor, expected: &Expected) {
    crate::descriptor::judge(report, descriptor, expected);
    let imports = report.imports.iter().cloned().collect();
    let interfaces = Interfaces { imports, ..Interfaces::default() };
    report.add(interfaces.against(descriptor));
    report.descriptor = Some(descriptor.clone());
}

/// All of vetting, here and now: compiles the file and runs it. Blocks for seconds. A server calls
/// [`Vetter`](crate::Vetter), so that a file made to be slow or large slows down a child process.
#[cfg(feature = "probes")]
pub fn vet(wasm: &[u8], expected: &Expected) -> VetReport {
    let mut report = vet_file(wasm, expected);
    if !report.passed() {
        return report;
    }
    // A runtime of its own, on a thread of its own: the caller may be inside one, where waiting is not allowed.
    let tried = std::thread::scope(|scope| {
        let trying = || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build();
            runtime.map(|runtime| runtime.block_on(rehearse(wasm, expected, &mut report)))
        };
        scope.spawn(trying).join()
    });
    if !matches!(tried, Ok(Ok(()))) {
        let finding = crate::finding::Finding::new(
            crate::finding::Rule::VettingFailed,
            "",
            "the platform could not run it",
        );
        report.add([finding]);
    }
    report
}

/// What the system says when there is no more.
#[cfg(feature = "probes")]
const NO_MEMORY: &str = "Cannot allocate memory";

#[cfg(feature = "probes")]
async fn rehearse(wasm: &[u8], expected: &Expected, report: &mut VetReport) {
    use linli_host::{LoadError, Rehearsal};

    use crate::finding::{Finding, Rule};
    use crate::probe::{self, Probes};

    let fault = |error: LoadError| match error {
        LoadError::Describe(why) => Finding::new(Rule::DescribeFailed, "describe", why),
        LoadError::Name(error) => Finding::new(Rule::DescriptorInvalid, "name", error.to_string()),
        // The engine's own allocations do not abort.
        LoadError::Compile(why) if why.contains(NO_MEMORY) => Finding::new(Rule::VettingOutOfMemory, "", why),
        LoadError::World(why) => Finding::new(Rule::CannotRun, "world", why),
        other => Finding::new(Rule::CannotRun, "", other.to_string()),
    };
    let rehearsal = match Rehearsal::compile(wasm, &expected.limits).await {
        Ok(rehearsal) => rehearsal,
        Err(error) => return report.add([fault(error)]),
    };
    let (first, second) = (rehearsal.describe().await, rehearsal.describe().await);
    let descriptor = match (first, second) {
        (Ok(first), Ok(second)) => {
            if let Some(place) = difference(&first, &second) {
                report.add([Finding::new(Rule::DescribeDiffers, "describe", place)]);
            }
            first
        }
        (Err(error), _) | (_, Err(error)) => return report.add([fault(error)]),
    };
    vet_descriptor(report, &descriptor, expected);
    if !report.passed() {
        return;
    }
    let seed = u64::from_be_bytes(*Sha256::digest(wasm).first_chunk().unwrap_or(&[0; 8]));
    let settings = match probe::settings(&descriptor, seed) {
        Ok(settings) => settings,
        Err(findings) => return report.add(findings),
    };
    match rehearsal.stage(descriptor, &settings).await {
        Ok(stage) => Probes::new(&stage, seed).run(report).await,
        Err(error) => report.add([fault(error)]),
    }
}

/// Where two descriptors differ first.
#[cfg(feature = "probes")]
fn difference(first: &Descriptor, second: &Descriptor) -> Option<&'static str> {
    let parts = [
        ("name", first.name == second.name),
        ("version", first.version == second.version),
        ("title", first.title == second.title),
        ("operations", first.operations == second.operations),
        ("collections", first.collections == second.collections),
        ("publishes", first.publishes == second.publishes),
        ("subscribes", first.subscribes == second.subscribes),
        ("settings", first.settings == second.settings),
        ("accounts", first.accounts == second.accounts),
        ("permissions", first.permissions == second.permissions),
    ];
    parts.into_iter().find(|(_, same)| !same).map(|(part, _)| part)
}
