//! Plugins: calls in fresh instances, and how many of them a GiB holds.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use linli_benches::histogram::Histogram;
use linli_host::{HostLimits, Platform};
use tokio::runtime::Runtime;

use crate::plugin_lines::{Density, PluginCalls};
use crate::report::Report;
use crate::{Programs, Scale, in_process, machine};

/// A plugin, written as an outside merchant would write it.
struct Specimen {
    language: &'static str,
    name: &'static str,
    /// Where below the components it is.
    place: &'static str,
    /// A query that needs no input and finds nothing yet.
    query: &'static str,
    /// How many of it are held at once.
    held: usize,
}

const SPECIMENS: [Specimen; 3] = [
    Specimen { language: "Rust", name: "doorbell", place: "tests", query: "show_sign", held: 50 },
    Specimen { language: "Rust", name: "housekeeping", place: "plugins", query: "list_services", held: 50 },
    Specimen { language: "JavaScript", name: "group-buying", place: "plugins", query: "list_deals", held: 8 },
];
/// Callers that each wait for their answer before they call again.
const CALLERS: usize = 16;
/// Length of one measurement of calls.
const TIME: Duration = Duration::from_secs(5);
/// A call of every plugin but its first, which makes the pages of its code resident.
const TOUCHES: usize = 2;

/// Calls and memory, for each language.
pub fn measure(programs: &Programs, scale: Scale, directory: &Path, report: &mut Report) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for specimen in SPECIMENS {
        let wasm = in_process::component(&programs.components.join(specimen.place), specimen.name)?;
        let calls = calls(&runtime, &specimen, &wasm, directory, scale)?;
        eprintln!(
            "    plugin calls, {}: {:.0}/s, p50 {:?}, p99 {:?}",
            specimen.name,
            calls.rate,
            calls.latencies.quantile(0.5),
            calls.latencies.quantile(0.99)
        );
        report.plugin_calls.push(calls);
        let density = density(&specimen, &wasm, directory, scale)?;
        eprintln!(
            "    {} plugins, {}: {} KiB each",
            density.held,
            specimen.name,
            density.bytes / density.held as u64 / 1024
        );
        report.densities.push(density);
    }
    Ok(())
}

/// Every call runs.
fn limits() -> HostLimits {
    HostLimits { kept_answers: 0, ..HostLimits::default() }
}

fn calls(
    runtime: &Runtime,
    specimen: &Specimen,
    wasm: &[u8],
    directory: &Path,
    scale: Scale,
) -> Result<PluginCalls> {
    let platform = runtime.block_on(async {
        let platform = in_process::platform(limits(), directory).await?;
        in_process::load_plugin(&platform, wasm).await?;
        anyhow::Ok(platform)
    })?;
    let start = Instant::now();
    let end = start + TIME / u32::try_from(scale.divisor)?;
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| runtime.spawn(caller(platform.clone(), specimen.name, specimen.query, end)))
        .collect();
    let mut latencies = Histogram::default();
    for caller in callers {
        latencies.merge(&runtime.block_on(caller)??);
    }
    let rate = latencies.count() as f64 / start.elapsed().as_secs_f64();
    Ok(PluginCalls { language: specimen.language, name: specimen.name, rate, latencies })
}

async fn caller(platform: Arc<Platform>, name: &str, query: &str, end: Instant) -> Result<Histogram> {
    let call = in_process::call(name, query)?;
    let mut latencies = Histogram::default();
    loop {
        let start = Instant::now();
        if start >= end {
            return Ok(latencies);
        }
        platform.call(call.clone()).await?;
        latencies.record(start.elapsed());
    }
}

/// Distinct plugins: other names, so other files, each live and called, in a process of their own. The first such process
/// compiles them; the second finds them compiled, as a server does that is started again, and is what counts: what was
/// needed to compile them is not what they need.
fn density(specimen: &Specimen, wasm: &[u8], directory: &Path, scale: Scale) -> Result<Density> {
    let held = scale.of(specimen.held);
    let hold = || {
        let mut holder = Command::new(std::env::current_exe()?);
        holder.args(["--hold", specimen.name]).arg(directory).arg(held.to_string());
        let held = holder.stderr(Stdio::inherit()).output()?;
        anyhow::ensure!(held.status.success(), "the plugins could not be held");
        anyhow::Ok(String::from_utf8(held.stdout)?.trim().parse::<u64>()?)
    };
    hold()?;
    let bytes = hold()?;
    Ok(Density { language: specimen.language, name: specimen.name, file: wasm.len(), held, bytes })
}

/// Holds so many plugins, with what is compiled in a directory, and gives the bytes they take.
pub fn hold(components: &Path, name: &str, directory: &Path, count: usize) -> Result<u64> {
    let specimen = SPECIMENS.iter().find(|specimen| specimen.name == name);
    let specimen = specimen.with_context(|| format!("there is no specimen `{name}`"))?;
    let wasm = in_process::component(&components.join(specimen.place), specimen.name)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let platform = in_process::platform(limits(), directory).await?;
        // What a platform and its first plugin set up once is not the plugins'.
        load(&platform, specimen, &wasm, 0).await?;
        let before = machine::proportional_memory()?;
        for number in 1..=count {
            load(&platform, specimen, &wasm, number).await?;
        }
        Ok(machine::proportional_memory()?.saturating_sub(before))
    })
}

async fn load(platform: &Arc<Platform>, specimen: &Specimen, wasm: &[u8], number: usize) -> Result<()> {
    let name = other_name(specimen.name, number);
    in_process::load_plugin(platform, &renamed(wasm, specimen.name, &name)?).await?;
    for _ in 0..TOUCHES {
        platform.call(in_process::call(&name, specimen.query)?).await?;
    }
    Ok(())
}

/// As long as the plugin's own.
fn other_name(name: &str, number: usize) -> String {
    format!("{}{number:04}", &name[..name.len() - 4])
}

/// The component with another name wherever its own stands.
fn renamed(wasm: &[u8], from: &str, to: &str) -> Result<Vec<u8>> {
    let (from, to) = (from.as_bytes(), to.as_bytes());
    let mut wasm = wasm.to_vec();
    let places: Vec<usize> =
        wasm.windows(from.len()).enumerate().filter(|(_, w)| *w == from).map(|(at, _)| at).collect();
    anyhow::ensure!(!places.is_empty(), "a plugin that does not say its name");
    for at in places {
        wasm.get_mut(at..at + to.len()).context("a name past the end")?.copy_from_slice(to);
    }
    Ok(wasm)
}
