//! What the figures were measured on.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use linli_benches::histogram::Histogram;

use crate::Scale;

/// Syncs in one measurement.
const SYNCS: usize = 500;
/// Bytes written before each: a page of the database.
const PAGE: usize = 4096;

/// The machine, the day, the commit.
pub struct Machine {
    /// Processor.
    pub processor: String,
    /// Cores.
    pub cores: usize,
    /// Memory in GiB.
    pub memory_gib: u64,
    /// Operating system's kernel.
    pub kernel: String,
    /// UTC, `YYYY-MM-DD`.
    pub date: String,
    /// Short id, with a mark when files differ from it.
    pub commit: String,
}

impl Machine {
    /// Looks around.
    pub fn look() -> Result<Self> {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |file: &str, name: &str| {
            text(file).lines().find_map(|line| {
                line.strip_prefix(name)?.split_once(':').map(|(_, value)| value.trim().to_owned())
            })
        };
        let kilobytes =
            field("/proc/meminfo", "MemTotal").and_then(|v| v.split(' ').next()?.parse::<u64>().ok());
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            memory_gib: kilobytes.unwrap_or(0).div_ceil(1024 * 1024),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            date: said(Command::new("date").args(["-u", "+%F"]))?,
            commit: said(Command::new("git").args(["describe", "--always", "--dirty", "--exclude=*"]))
                .unwrap_or_else(|_| "unknown".to_owned()),
        })
    }
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().context("cannot start a program that tells where we are")?;
    anyhow::ensure!(output.status.success(), "a program that tells where we are failed");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// How long one page takes to become durable, in a quiet moment: what every group commit waits for at least once.
pub fn fsync(directory: &Path, scale: Scale) -> Result<Histogram> {
    let path = directory.join("fsync");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let mut times = Histogram::default();
    let page = [7; PAGE];
    for _ in 0..scale.of(SYNCS) {
        file.write_all(&page)?;
        let start = Instant::now();
        file.sync_data()?;
        times.record(start.elapsed());
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(times)
}

/// Memory that a process holds, in bytes.
pub fn resident_memory(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process without memory")?;
    let kilobytes: u64 = line.trim().split(' ').next().unwrap_or_default().parse()?;
    Ok(kilobytes * 1024)
}

/// Memory of this process in bytes, of pages that others share only its part (PSS).
pub fn proportional_memory() -> Result<u64> {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
    let line =
        rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("a process without memory")?;
    let kilobytes: u64 = line.trim().split(' ').next().unwrap_or_default().parse()?;
    Ok(kilobytes * 1024)
}

/// CPU time a process has used since its start, user and system.
pub fn cpu_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Fields after the name, which ends with the last parenthesis: `utime` and `stime` are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(") ").context("a process without a name")?;
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    // Linux counts in hundredths of a second towards user space on every architecture (USER_HZ).
    Ok(Duration::from_millis(ticks * 10))
}
