//! What an upload must pass: the one place that asks vetting.

use std::sync::Arc;

use linli_contract::{ComponentName, Descriptor, PluginVersion};
use linli_gateway::Language;
use linli_vetting::{Expected, VetReport};
use serde_json::{Value as Json, json};

use crate::state::State;

/// Bytes of a report that is kept; a plugin with so many operations that it is longer is shown without its probes.
const MAX_REPORT_BYTES: usize = 192 * 1024;

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
pub(super) async fn vet(state: &State, wasm: &[u8], name: &ComponentName, version: &PluginVersion) -> Vetted {
    let (vetter, wasm, expected) = (state.vetter.clone(), wasm.to_vec(), expected(state, name, version));
    // It takes seconds of one core, and waits for those before it: away from the threads that serve.
    let report = tokio::task::spawn_blocking(move || vetter.vet(&wasm, &expected)).await;
    let mut report = report.unwrap_or_else(|error| {
        tracing::error!(%error, "vetting ended badly");
        VetReport::default()
    });
    // Nothing is known of what could not be vetted, so it does not pass.
    let passed = report.passed() && report.descriptor.is_some();
    let descriptor = report.descriptor.take().filter(|_| passed).map(Arc::new);
    Vetted { passed, report: kept(&report, passed), descriptor }
}

fn expected(state: &State, name: &ComponentName, version: &PluginVersion) -> Expected {
    let platform = state.live.platform();
    let taken = platform.whole_services().iter().map(|service| service.descriptor().name.clone()).collect();
    let known = platform.plugin(name);
    Expected {
        name: Some(name.clone()),
        version: Some(version.clone()),
        taken,
        previous: platform.live_version(name).map(|service| Descriptor::clone(service.descriptor())),
        limits: known.map_or_else(|| state.live.limits().new_plugin.clone(), |plugin| plugin.limits.clone()),
    }
}

/// As it is kept with the version, its sentences in both languages.
fn kept(report: &VetReport, passed: bool) -> Json {
    let mut kept = json!(report);
    kept["passed"] = json!(passed);
    kept["sentences"] = json!(report.in_words());
    if kept.to_string().len() > MAX_REPORT_BYTES {
        kept["probes"] = json!([]);
        kept["sentences"] = json!([]);
    }
    kept
}

/// The report with its sentences as lines in one language.
pub(super) fn in_words(mut report: Json, language: Language) -> Json {
    let sentences = report["sentences"].take();
    let lines = sentences.as_array().into_iter().flatten().filter_map(|line| line[language.tag()].as_str());
    report["lines"] = json!(lines.collect::<Vec<_>>());
    if let Some(members) = report.as_object_mut() {
        members.remove("sentences");
        members.remove("descriptor");
    }
    report
}
