//! What the page says of plugins.

use linli_benches::histogram::Histogram;
use linli_benches::load::Outcome;

use crate::report::{Line, Report, micros, millis};

/// Calls of a plugin, each in an instance of its own.
pub struct PluginCalls {
    /// What it is written in.
    pub language: &'static str,
    /// Which.
    pub name: &'static str,
    /// Calls a second.
    pub rate: f64,
    /// From call to answer.
    pub latencies: Histogram,
}

/// Memory of plugins.
pub struct Density {
    /// What they are written in.
    pub language: &'static str,
    /// Which, under how many names.
    pub name: &'static str,
    /// Bytes of its file.
    pub file: usize,
    /// How many were live.
    pub held: usize,
    /// What they took, all together.
    pub bytes: u64,
}

/// Neighbours of a hostile plugin.
pub struct Beside {
    /// What they do.
    pub what: &'static str,
    /// Without it.
    pub alone: Outcome,
    /// With it.
    pub beside: Outcome,
    /// What it got.
    pub deeds: Outcome,
}

/// Adds them.
pub fn add(report: &Report, lines: &mut Vec<Line>) {
    for PluginCalls { language, name, rate, latencies } in &report.plugin_calls {
        let (p50, p99) = (micros(latencies.quantile(0.5)), micros(latencies.quantile(0.99)));
        lines.push(Line {
            what: format!("calls of a {language} plugin ({name}), 16 callers, a fresh instance for each"),
            linli: format!("{rate:.0}/s, p50 {p50} µs, p99 {p99} µs"),
            beside: "–".to_owned(),
            ratio: None,
            wanted: "–",
            met: true,
        });
    }
    for Density { language, name, file, held, bytes } in &report.densities {
        let each = bytes / (*held as u64).max(1);
        let in_a_gib = (1 << 30) / each.max(1);
        let least = if *language == "Rust" { 1_000 } else { 0 };
        lines.push(Line {
            what: format!(
                "distinct {language} plugins ({name}, a file of {} KiB) held live per GiB of PSS",
                file / 1024
            ),
            linli: format!("{in_a_gib} ({} KiB each, of {held})", each / 1024),
            beside: "–".to_owned(),
            ratio: None,
            wanted: if least > 0 { "≥ 1,000" } else { "–" },
            met: in_a_gib >= least,
        });
    }
    for Beside { what, alone, beside, deeds } in &report.neighbours {
        let (before, after) = (alone.latencies.quantile(0.99), beside.latencies.quantile(0.99));
        let ratio = after.as_secs_f64() / before.as_secs_f64().max(f64::MIN_POSITIVE);
        let calls: u64 = deeds.statuses.values().sum();
        lines.push(Line {
            what: format!("p99 of {what} beside a hostile plugin, 8 calls of it at any time"),
            linli: format!("{:.2} ms at {:.0}/s, beside {calls} hostile calls", millis(after), beside.rate()),
            beside: format!("without: {:.2} ms", millis(before)),
            ratio: Some(ratio),
            wanted: "≤ 2",
            met: ratio <= 2.0,
        });
    }
}
