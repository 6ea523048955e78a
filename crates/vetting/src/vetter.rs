//! Vetting in a child process, so that a file made to be slow or large to compile delays nobody: the child has little
//! priority, a limit on memory and on CPU time, an empty environment, and a parent that waits only so long.
//!
//! Everything goes through pipes, so a damaged upload, or a child that is killed, leaves nothing behind.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
use serde::{Deserialize, Serialize};

use crate::bounds::{MAX_FILE_BYTES, MAX_REPORT_BYTES, VETTING_CPU, VETTING_MEMORY, VETTING_WALL};
use crate::finding::{Finding, Rule};
use crate::report::{Expected, VetReport};
use crate::vet::{of_bytes, vet};

/// What one vetting may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VettingBounds {
    /// CPU time, in whole seconds.
    pub cpu: Duration,
    /// From start to report.
    pub wall: Duration,
    /// Bytes that can be written to.
    pub memory: u64,
}

impl Default for VettingBounds {
    fn default() -> Self {
        Self { cpu: VETTING_CPU, wall: VETTING_WALL, memory: VETTING_MEMORY }
    }
}

/// How uploads are vetted. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Vetter {
    /// None: in this process.
    program: Option<PathBuf>,
    bounds: VettingBounds,
    /// One at a time, so that many uploads take no more of the machine than one.
    turn: Arc<Mutex<()>>,
}

/// What a child is told, before the bytes of the file.
#[derive(Serialize, Deserialize)]
struct Order {
    bounds: VettingBounds,
    expected: Expected,
}

/// How much more urgent everything else is: the least priority there is but for idle.
const NICENESS: i32 = 19;
/// Bytes of the child's own words that are read: enough for the reason it ended.
const MAX_WORDS: u64 = 16 * 1024;
/// Bytes of an order: descriptors are bounded by what a component can pass to the host.
const MAX_ORDER_BYTES: u32 = 32 * 1024 * 1024;

impl Vetter {
    /// Runs `program vet` for each upload; `program` is `linli`.
    pub fn child(program: PathBuf) -> Self {
        Self { program: Some(program), bounds: VettingBounds::default(), turn: Arc::default() }
    }

    /// In this process, without bounds: for authors, who vet what is their own.
    pub fn in_process() -> Self {
        Self { program: None, bounds: VettingBounds::default(), turn: Arc::default() }
    }

    /// With other bounds.
    #[must_use]
    pub fn within(mut self, bounds: VettingBounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Vets a file. Blocks, for seconds, and while others are being vetted: not for a thread that serves.
    pub fn vet(&self, wasm: &[u8], expected: &Expected) -> VetReport {
        let Some(program) = &self.program else { return vet(wasm, expected) };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let order = Order { bounds: self.bounds, expected: expected.clone() };
        let started = Command::new(program)
            .arg("vet")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let ended = started.and_then(|child| attend(child, &order, wasm));
        match ended {
            Ok(Ended { report: Some(report), .. }) => report,
            Ok(ended) => rejected(wasm, &ended.why(&self.bounds)),
            Err(error) => rejected(wasm, &Finding::new(Rule::VettingFailed, "", error.to_string())),
        }
    }
}

fn rejected(wasm: &[u8], finding: &Finding) -> VetReport {
    let mut report = of_bytes(wasm);
    report.add([finding.clone()]);
    report
}

/// How a child ended.
struct Ended {
    /// None when it gave none that reads.
    report: Option<VetReport>,
    /// None when it was stopped for taking too long.
    status: Option<ExitStatus>,
    words: String,
}

/// Feeds a child, and hears it out or ends it.
fn attend(mut child: Child, order: &Order, wasm: &[u8]) -> io::Result<Ended> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(io::Error::other("a child without pipes"));
    };
    let header = serde_json::to_vec(order)?;
    let length = u32::try_from(header.len()).map_err(io::Error::other)?;
    std::thread::scope(|scope| {
        // A child that ends early closes its ear; why it ended is told below.
        scope.spawn(move || {
            let _ = stdin
                .write_all(&length.to_be_bytes())
                .and_then(|()| stdin.write_all(&header))
                .and_then(|()| stdin.write_all(wasm));
        });
        let words = scope.spawn(move || read(stderr, MAX_WORDS));
        let (told, hear) = mpsc::channel();
        scope.spawn(move || told.send(read(stdout, MAX_REPORT_BYTES)));
        let heard = hear.recv_timeout(order.bounds.wall);
        if heard.is_err() {
            child.kill()?;
        }
        let status = child.wait()?;
        let words = words.join().unwrap_or_default();
        let report = heard.as_ref().ok().and_then(|bytes| serde_json::from_slice(bytes).ok());
        Ok(Ended {
            report: report.filter(|_| status.success()),
            status: heard.is_ok().then_some(status),
            words: String::from_utf8_lossy(&words).into_owned(),
        })
    })
}

/// What a child says. What was read until it broke off says enough.
fn read(from: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.take(most).read_to_end(&mut bytes);
    bytes
}

/// What a child is told: all of it, or it is not what is to be judged.
fn read_all(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What Rust's allocator says when there is no more.
const NO_MEMORY: &str = "memory allocation of";
/// What is said where that is an error like others, as in reading the file.
const NO_ROOM: &str = "out of memory";
/// What its threads say when there is no room for another stack.
const NO_STACK: &str = "failed to spawn thread";
/// Signals by which the kernel ends a process that is over its limits.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

impl Ended {
    fn why(&self, bounds: &VettingBounds) -> Finding {
        use std::os::unix::process::ExitStatusExt as _;
        let signal = self.status.and_then(|status| status.signal());
        if self.status.is_none() {
            return Finding::new(Rule::VettingTimedOut, "", format!("{} s", bounds.wall.as_secs()));
        }
        if signal == Some(SIGXCPU) {
            return Finding::new(
                Rule::VettingTimedOut,
                "",
                format!("{} s of CPU time", bounds.cpu.as_secs()),
            );
        }
        let starved = [NO_MEMORY, NO_ROOM, NO_STACK].iter().any(|words| self.words.contains(words));
        if starved || signal == Some(SIGKILL) {
            return Finding::new(Rule::VettingOutOfMemory, "", format!("{} MiB", bounds.memory >> 20));
        }
        let how = self.status.map_or_else(String::new, |status| status.to_string());
        Finding::new(Rule::VettingFailed, "", how)
    }
}

/// The child's part: lowers its own priority and limits, reads an order and a file, and writes the report.
///
/// # Errors
/// The pipes broke, the order does not read, or the limits cannot be set: without them it does nothing.
pub fn serve_one(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_ORDER_BYTES {
        return Err(io::Error::other("not an order"));
    }
    let header = read_all(input.by_ref(), length.into())?;
    let Order { bounds, expected } = serde_json::from_slice(&header)?;
    confine(&bounds)?;
    // One byte more, so that a file that is too large is seen to be.
    let wasm = read_all(input, MAX_FILE_BYTES as u64 + 1)?;
    let report = vet(&wasm, &expected);
    output.write_all(&serde_json::to_vec(&report)?)?;
    output.flush()
}

fn confine(bounds: &VettingBounds) -> io::Result<()> {
    nice(NICENESS)?;
    let seconds = bounds.cpu.as_secs().max(1);
    lower(Resource::Cpu, seconds, seconds + 1)?;
    // Not address space: the engine reserves terabytes of it without using them.
    lower(Resource::Data, bounds.memory, bounds.memory)?;
    // A crash leaves no file either.
    lower(Resource::Core, 0, 0)
}

/// Limits that are lower already stay as they are.
fn lower(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let now = getrlimit(resource);
    let least = |now: Option<u64>, new: u64| Some(now.map_or(new, |now| now.min(new)));
    let limit = Rlimit { current: least(now.current, soft), maximum: least(now.maximum, hard) };
    Ok(setrlimit(resource, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There is no room for the rest.
    struct Starved;

    impl Read for Starved {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::OutOfMemory.into())
        }
    }

    #[test]
    fn a_file_there_is_no_room_for_is_not_taken_for_a_shorter_one() {
        let failed = read_all(b"\0asm".chain(Starved), 100).unwrap_err();
        let ended =
            Ended { report: None, status: Some(ExitStatus::default()), words: format!("error: {failed}") };
        assert_eq!(&*ended.why(&VettingBounds::default()).code, "vetting-out-of-memory");
    }
}
