//! The host's numbers, per component.

use linli_host::{Circuit, ComponentSnapshot, LATENCY_BOUNDS_MICROS, MetricsSnapshot};

use super::text::{Page, Sort};

/// How a call ended, and where that is counted.
type Outcome = (&'static str, fn(&ComponentSnapshot) -> u64);

const OUTCOMES: [Outcome; 11] = [
    ("ok", |c| c.ok),
    ("problem", |c| c.problems),
    ("replayed", |c| c.replayed),
    ("overloaded", |c| c.overloaded),
    ("trap", |c| c.traps),
    ("timeout", |c| c.timeouts),
    ("out-of-memory", |c| c.out_of_memory),
    ("too-large", |c| c.too_large),
    ("unavailable", |c| c.unavailable),
    ("limited", |c| c.limited),
    ("resting", |c| c.resting),
];

/// One number of each component.
struct Counter {
    name: &'static str,
    help: &'static str,
    of: fn(&ComponentSnapshot) -> u64,
}

const COUNTERS: [Counter; 7] = [
    Counter {
        name: "linli_component_conflict_reruns_total",
        help: "Runs of commands made again after a conflict.",
        of: |c| c.conflict_reruns,
    },
    Counter {
        name: "linli_component_log_lines_dropped_total",
        help: "Lines logged beyond the limit.",
        of: |c| c.log_lines_dropped,
    },
    Counter {
        name: "linli_component_cpu_microseconds_total",
        help: "CPU time of guests and the host functions they called.",
        of: |c| c.cpu_micros,
    },
    Counter { name: "linli_component_instances_total", help: "Instances started.", of: |c| c.instances },
    Counter {
        name: "linli_component_warm_calls_total",
        help: "Calls served by a warm instance.",
        of: |c| c.warm,
    },
    Counter {
        name: "linli_component_kept_answers_total",
        help: "Queries answered by a kept answer, without running the component.",
        of: |c| c.kept,
    },
    Counter {
        name: "linli_component_queries_run_total",
        help: "Queries that were run, because no kept answer stood.",
        of: |c| c.not_kept,
    },
];

pub(super) fn write(snapshot: &MetricsSnapshot, page: &mut Page) {
    let components = &snapshot.components;
    let name = "linli_component_calls_total";
    page.metric(name, Sort::Counter, "Calls by component and outcome.");
    for (component, numbers) in components {
        for (outcome, of) in OUTCOMES {
            page.sample(name, &[("component", component), ("outcome", outcome)], of(numbers));
        }
    }
    let name = "linli_component_seconds";
    page.metric(name, Sort::Histogram, "Time from a call's start in the host to its answer.");
    for (component, numbers) in components {
        let labels = [("component", component.as_str())];
        page.histogram(name, &labels, &LATENCY_BOUNDS_MICROS, &numbers.latency, numbers.latency_micros);
    }
    for Counter { name, help, of } in COUNTERS {
        page.metric(name, Sort::Counter, help);
        for (component, numbers) in components {
            page.sample(name, &[("component", component)], of(numbers));
        }
    }
    let name = "linli_plugin_circuit";
    page.metric(name, Sort::Gauge, "Whether a plugin's calls go through: 0 closed, 1 half-open, 2 open.");
    for plugin in &snapshot.plugins {
        let circuit = match plugin.circuit {
            Circuit::Closed => 0,
            Circuit::HalfOpen => 1,
            Circuit::Open => 2,
        };
        page.sample(name, &[("component", &plugin.name), ("version", &plugin.version)], circuit);
    }
    let name = "linli_plugin_storage_bytes";
    page.metric(name, Sort::Gauge, "Bytes a plugin stores where it was called today, as last looked at.");
    for versions in snapshot.plugins.chunk_by(|a, b| a.name == b.name) {
        page.sample(name, &[("component", &versions[0].name)], versions[0].storage_bytes);
    }
    let help = "Deliveries of events and timers that took effect.";
    page.single("linli_deliveries_total", Sort::Counter, help, snapshot.deliveries);
    let help = "Deliveries that failed and are tried again.";
    page.single("linli_delivery_retries_total", Sort::Counter, help, snapshot.delivery_retries);
    page.single("linli_dead_letters_total", Sort::Counter, "Deliveries given up.", snapshot.dead_letters);
}
