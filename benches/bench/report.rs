//! The page.

use std::fmt::Write as _;
use std::time::Duration;

use linli_benches::histogram::Histogram;
use linli_benches::load::Outcome;

use crate::Scale;
use crate::machine::Machine;
use crate::plugin_lines::{self, Beside, Density, PluginCalls};

/// What came of one server's load.
pub struct Traffic {
    /// Small queries; of Linli: whose kept answers stand, as they do where people look more often than things change.
    pub query: Costed,
    /// Sign-ups over many activities of many communities; those of one resident follow each other.
    pub spread: Costed,
    /// The same at half that rate.
    pub paced: Outcome,
    /// Sign-ups each in another community than the one before.
    pub scattered: Outcome,
    /// Sign-ups on one activity at a time.
    pub hot: Outcome,
}

/// What came of a load, and what it cost.
pub struct Costed {
    /// What came of it.
    pub outcome: Outcome,
    /// CPU time of the server per request.
    pub cpu: Duration,
}

/// Time of the host per call.
pub struct HostTime {
    /// In an instance that was used before.
    pub warm: Duration,
    /// In one that is made for the call.
    pub fresh: Duration,
    /// In none: a query whose kept answer stands.
    pub kept: Duration,
}

/// A lunch rush.
pub struct Lunch {
    /// Orders that were taken.
    pub sold: u64,
    /// Orders for what was sold out.
    pub refused: u64,
    /// All of them.
    pub rush: Outcome,
}

/// The same sign-ups on three servers.
pub struct OnSpin {
    /// What the Spin host calls itself.
    pub version: String,
    /// On it.
    pub spin: Outcome,
    /// The same with PostgreSQL, where that is installed.
    pub postgres: Option<Outcome>,
    /// On Linli's own host.
    pub linli: Outcome,
    /// On the baseline.
    pub baseline: Outcome,
}

/// Memory with many communities.
pub struct Communities {
    /// How many.
    pub count: usize,
    /// Bytes before the first call.
    pub at_start: u64,
    /// Bytes after calls in each.
    pub open: u64,
}

/// Everything that was measured.
pub struct Report {
    machine: Machine,
    scale: Scale,
    fsyncs: Vec<Histogram>,
    /// Filled one after another.
    pub host_time: Option<HostTime>,
    /// See [`Traffic`].
    pub linli: Option<Traffic>,
    /// See [`Traffic`].
    pub baseline: Option<Traffic>,
    /// Small queries, each of which is run: Linli told to keep no answers.
    pub every_query_runs: Option<Costed>,
    /// The baseline's answer without token, database or JSON.
    pub hello: Option<Costed>,
    /// Where there is a Spin host.
    pub on_spin: Option<OnSpin>,
    /// See [`Lunch`].
    pub lunch: Option<Lunch>,
    /// See [`Communities`].
    pub communities: Option<Communities>,
    /// For each language.
    pub plugin_calls: Vec<PluginCalls>,
    /// For each language.
    pub densities: Vec<Density>,
    /// For each thing they do.
    pub neighbours: Vec<Beside>,
}

/// How a figure stands to what is wanted.
pub struct Line {
    /// What was measured.
    pub what: String,
    /// What it came to.
    pub linli: String,
    /// What it is compared with.
    pub beside: String,
    /// How the two stand to each other.
    pub ratio: Option<f64>,
    /// What it should come to.
    pub wanted: &'static str,
    /// Whether it does.
    pub met: bool,
}

impl Report {
    /// Nothing measured yet.
    pub fn new(machine: Machine, scale: Scale) -> Self {
        let (host_time, linli, baseline, every_query_runs) = (None, None, None, None);
        let (hello, lunch, communities) = (None, None, None);
        Self {
            machine,
            scale,
            fsyncs: vec![],
            host_time,
            linli,
            baseline,
            every_query_runs,
            hello,
            on_spin: None,
            lunch,
            communities,
            plugin_calls: vec![],
            densities: vec![],
            neighbours: vec![],
        }
    }

    /// How long a sync took at this moment of the run.
    pub fn fsync(&mut self, times: Histogram) {
        self.fsyncs.push(times);
    }

    /// Markdown.
    pub fn page(&self) -> String {
        let mut page = "# Benchmarks\n\n".to_owned();
        page.push_str(
            "Written by `cargo xtask bench`; do not edit. All figures are of one run on one machine, with the load \
             generator on the same cores as the servers. The baseline is a server written by hand for this one \
             purpose (axum and rusqlite, one fsync per request, see `benches/baseline`): it keeps the same promises \
             for a sign-up and the same facts, and has no sandbox, schemas, reruns or plugins. Read the ratios; the \
             absolute figures say more about the machine.\n\n",
        );
        let m = &self.machine;
        let _ = writeln!(
            page,
            "- Machine: {}, {} cores, {} GiB, Linux {}",
            m.processor, m.cores, m.memory_gib, m.kernel
        );
        let _ = writeln!(page, "- Date: {}; commit: {}", m.date, m.commit);
        if self.scale.divisor > 1 {
            let _ = writeln!(
                page,
                "- **Quick run**, a {}th of the load: shows that it runs, not how fast.",
                self.scale.divisor
            );
        }
        for (moment, times) in ["before", "after"].iter().zip(&self.fsyncs) {
            let (median, p99) = (micros(times.quantile(0.5)), micros(times.quantile(0.99)));
            let _ =
                writeln!(page, "- One fsync of a page, {moment} the run: median {median} µs, p99 {p99} µs");
        }
        page.push_str("- 64 connections, each with one request under way\n\n");
        page.push_str("| what | Linli | beside it | ratio | wanted | |\n|---|---|---|---|---|---|\n");
        for line in self.lines() {
            let ratio = line.ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
            let met = if line.met { "yes" } else { "**no**" };
            let _ = writeln!(
                page,
                "| {} | {} | {} | {ratio} | {} | {met} |",
                line.what, line.linli, line.beside, line.wanted
            );
        }
        self.latencies(&mut page);
        page
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let rate = |outcome: &Outcome| format!("{:.0}/s", outcome.rate());
        if let (Some(linli), Some(runs), Some(hello), Some(baseline)) =
            (&self.linli, &self.every_query_runs, &self.hello, &self.baseline)
        {
            let mut compared =
                |what: &str, linli: &Outcome, name: &str, other: &Outcome, wanted, least: Option<f64>| {
                    let ratio = linli.rate() / other.rate();
                    lines.push(Line {
                        what: what.to_owned(),
                        linli: rate(linli),
                        beside: format!("{name}: {}", rate(other)),
                        ratio: Some(ratio),
                        wanted,
                        met: least.is_none_or(|least| ratio >= least),
                    });
                };
            let kept = "a small query, its kept answer checked and given again";
            compared(kept, &linli.query.outcome, "bare axum hello", &hello.outcome, "≥ 0.5", Some(0.5));
            compared(kept, &linli.query.outcome, "the baseline's query", &baseline.query.outcome, "–", None);
            let run = "the same query, the component run each time";
            compared(run, &runs.outcome, "bare axum hello", &hello.outcome, "–", None);
            compared(run, &runs.outcome, "the baseline's query", &baseline.query.outcome, "–", None);
            compared(
                "durable sign-ups, spread",
                &linli.spread.outcome,
                "baseline",
                &baseline.spread.outcome,
                "≥ 2",
                Some(2.0),
            );
            let scattered = "durable sign-ups, each in another community than the one before";
            compared(scattered, &linli.scattered, "baseline", &baseline.scattered, "–", None);
            compared("durable sign-ups, one activity", &linli.hot, "baseline", &baseline.hot, "–", None);
            compared(
                "durable sign-ups, one activity",
                &linli.hot,
                "Linli, spread",
                &linli.spread.outcome,
                "≥ 0.5",
                Some(0.5),
            );
            lines.push(Line {
                what: "durable sign-ups, spread".to_owned(),
                linli: rate(&linli.spread.outcome),
                beside: "–".to_owned(),
                ratio: None,
                wanted: "≥ 5,000/s",
                met: linli.spread.outcome.rate() >= 5_000.0,
            });
            let (p99, other) =
                (linli.paced.latencies.quantile(0.99), baseline.paced.latencies.quantile(0.99));
            lines.push(Line {
                what: "p99 of sign-ups at half of each one's own rate".to_owned(),
                linli: format!("{:.1} ms at {}", millis(p99), rate(&linli.paced)),
                beside: format!("baseline: {:.1} ms at {}", millis(other), rate(&baseline.paced)),
                ratio: None,
                wanted: "< 50 ms",
                met: p99 < Duration::from_millis(50),
            });
            let mut cost = |what: &str, linli: &Costed, name: &str, other: &Costed| {
                lines.push(Line {
                    what: what.to_owned(),
                    linli: format!("{} µs", micros(linli.cpu)),
                    beside: format!("{name}: {} µs", micros(other.cpu)),
                    ratio: Some(linli.cpu.as_secs_f64() / other.cpu.as_secs_f64()),
                    wanted: "–",
                    met: true,
                });
            };
            cost("CPU of the server per small query, kept", &linli.query, "bare axum hello", hello);
            cost("CPU of the server per small query, run", runs, "bare axum hello", hello);
            cost("CPU of the server per sign-up", &linli.spread, "baseline", &baseline.spread);
        }
        if let Some(OnSpin { version, spin, postgres, linli, baseline }) = &self.on_spin {
            let mut line =
                |database: &str, on_spin: &Outcome, (name, other): (&str, &Outcome), wanted, least| {
                    let ratio = on_spin.rate() / other.rate();
                    let connections = crate::spin::CONNECTIONS;
                    lines.push(Line {
                        what: format!("durable sign-ups on {version}{database}, {connections} connections"),
                        linli: rate(on_spin),
                        beside: format!("{name}: {}", rate(other)),
                        ratio: Some(ratio),
                        wanted,
                        met: ratio >= least,
                    });
                };
            line("", spin, ("baseline", baseline), "≥ 0.5", 0.5);
            line("", spin, ("Linli's own host", linli), "–", 0.0);
            if let Some(postgres) = postgres {
                line(", with PostgreSQL", postgres, ("baseline", baseline), "–", 0.0);
            }
        }
        if let Some(time) = &self.host_time {
            let mut call = |what: &str, time: Duration, wanted, most| {
                lines.push(Line {
                    what: what.to_owned(),
                    linli: format!("{:.1} µs", time.as_secs_f64() * 1e6),
                    beside: "–".to_owned(),
                    ratio: None,
                    wanted,
                    met: time <= Duration::from_micros(most),
                });
            };
            call("host time of a whole call, warm instance", time.warm, "≤ 5 µs", 5);
            call("host time of a whole call, fresh instance", time.fresh, "≤ 60 µs", 60);
            call("host time of a query whose kept answer stands", time.kept, "–", u64::MAX);
        }
        if let Some(Lunch { sold, refused, rush }) = &self.lunch {
            let orders = (sold + refused) as f64 / rush.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
            let p99 = millis(rush.latencies.quantile(0.99));
            lines.push(Line {
                what: "a lunch rush: everybody orders from one menu at once, card and portions in one commit"
                    .to_owned(),
                linli: format!("{orders:.0} orders/s, p99 {p99:.1} ms"),
                beside: format!("{sold} sold, {refused} refused"),
                ratio: None,
                wanted: "exactly what is there is sold",
                met: true,
            });
        }
        if let Some(communities) = &self.communities {
            let mebibytes = |bytes: u64| bytes / (1024 * 1024);
            lines.push(Line {
                what: "memory with 5,000 communities open".to_owned(),
                linli: format!("{} MiB ({} communities)", mebibytes(communities.open), communities.count),
                beside: format!("at start: {} MiB", mebibytes(communities.at_start)),
                ratio: None,
                wanted: "< 1,024 MiB",
                met: communities.open < 1 << 30,
            });
        }
        plugin_lines::add(self, &mut lines);
        lines
    }

    fn latencies(&self, page: &mut String) {
        page.push_str("\nLatencies in ms, from when a request was due:\n\n");
        page.push_str("| server | load | rate | p50 | p99 | p99.9 | most |\n|---|---|---|---|---|---|---|\n");
        for (server, traffic) in [("Linli", &self.linli), ("baseline", &self.baseline)] {
            let Some(traffic) = traffic else { continue };
            let loads = [
                ("query", &traffic.query.outcome),
                ("sign-ups, spread", &traffic.spread.outcome),
                ("sign-ups, half rate", &traffic.paced),
                ("sign-ups, scattered", &traffic.scattered),
                ("sign-ups, one activity", &traffic.hot),
            ];
            for (name, outcome) in loads {
                latency(page, server, name, outcome);
            }
        }
        let Some(OnSpin { version, spin, postgres, linli, baseline }) = &self.on_spin else { return };
        let with_postgres = format!("{version}, with PostgreSQL");
        let on_postgres = postgres.iter().map(|outcome| (with_postgres.as_str(), outcome));
        let on_spin = [(version.as_str(), spin)].into_iter().chain(on_postgres);
        for (server, outcome) in on_spin.chain([("Linli", linli), ("baseline", baseline)]) {
            let name = format!("sign-ups, scattered, {} connections", crate::spin::CONNECTIONS);
            latency(page, server, &name, outcome);
        }
        page.push_str(
            "\nOn Spin, the adapter refuses a connection whose `PRAGMA synchronous` does not read FULL, so that every \
             sign-up counted there was synced. No request failed, or there would be no page. Up to 16 requests share \
             an instance there, and a trap ends the instance: it costs all of them their answers.\n",
        );
    }
}

fn latency(page: &mut String, server: &str, load: &str, outcome: &Outcome) {
    let at = |share| millis(outcome.latencies.quantile(share));
    let _ = writeln!(
        page,
        "| {server} | {load} | {:.0}/s | {:.2} | {:.2} | {:.2} | {:.2} |",
        outcome.rate(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// Whole microseconds.
pub fn micros(time: Duration) -> u128 {
    time.as_micros()
}

/// Milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
