//! What an upload must pass: the one place that asks vetting.

use std::sync::Arc;

use linli_contract::{ComponentName, Descriptor, PluginVersion};
use linli_gateway::Language;
use serde_json::{Value as Json, json};

use crate::live::Live;

/// What vetting says of an upload.
pub(super) struct Vetted {
    /// Whether it passes.
    pub(super) passed: bool,
    /// For author and reviewer.
    pub(super) report: Json,
    /// What it says it is, when it passes.
    pub(super) descriptor: Option<Arc<Descriptor>>,
}

/// Vets a component that was uploaded as this version of this plugin.
pub(super) async fn vet(live: &Live, wasm: &[u8], name: &ComponentName, version: &PluginVersion) -> Vetted {
    let bytes = wasm.to_vec();
    // Compiling takes seconds of one core, away from the threads that serve.
    let inspected = tokio::task::spawn_blocking(move || linli_vetting::inspect(&bytes)).await;
    let (mut faults, descriptor) = match inspected {
        Ok(Ok(report)) => (report.faults, report.inspection.descriptor),
        Ok(Err(error)) => (vec![error.to_string()], None),
        Err(error) => (vec![error.to_string()], None),
    };
    if let Some(descriptor) = &descriptor {
        if descriptor.name != *name {
            faults.push(format!("name: it calls itself `{}`, and was uploaded as `{name}`", descriptor.name));
        }
        if descriptor.version != version.to_string() {
            let own = &descriptor.version;
            faults.push(format!("version: it says it is {own}, and was uploaded as {version}"));
        }
    }
    if live.platform().whole_services().iter().any(|service| service.descriptor().name == *name) {
        faults.push(format!("name: `{name}` is the name of a component of the platform"));
    }
    let passed = faults.is_empty() && descriptor.is_some();
    let findings: Vec<_> = faults.iter().map(|fault| json!({ "zh": fault, "en": fault })).collect();
    let report = json!({ "passed": passed, "findings": findings });
    Vetted { passed, report, descriptor: descriptor.filter(|_| passed).map(Arc::new) }
}

/// The report with its findings as lines in one language besides.
pub(super) fn in_words(mut report: Json, language: Language) -> Json {
    let findings = report["findings"].as_array().into_iter().flatten();
    let lines: Vec<_> = findings.filter_map(|finding| finding[language.tag()].as_str()).collect();
    report["lines"] = json!(lines);
    report
}
