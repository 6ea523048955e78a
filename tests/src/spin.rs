//! The same components on a Spin host: the program that `LINLI_SPIN` names, with the arguments of `spin up`, so that it
//! may be the real one or this project's own (`tests/spinhost`). `cargo xtask test-spin` runs the suites with
//! `LINLI_TEST_HOST=spin`, and then every [`World`](crate::world::World) is served by one.
//!
//! The host's clock is the test's, read from a file: this project's host does so by itself, and a real one is loaded with
//! libfaketime, which `LINLI_FAKETIME` names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use linli_contract::{Grant, Timestamp};
use linli_host::{OutboundGrants, Signatures};
use serde_json::{Value as Json, json};

use crate::http::Client;
use crate::spin_database::SpinDatabase;
pub use crate::spin_manifest::{adapters, export};
use crate::spin_manifest::{kept_for_tests, manifest_of};

/// How long a host may take to compile its components and listen.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// Rounds of deliveries that may set off others.
const ROUNDS: usize = 64;
/// Runs a program until nobody holds the other end of standard input any more, and takes its directory away: also where
/// the world is one that tests share, which is never dropped.
const UNTIL_STDIN_ENDS: &str = r#""$@" </dev/null & exec >/dev/null 2>&1; cat; rm -rf "$0"; kill -9 -$$"#;
/// What drain routes are called with.
pub const SECRET: &str = "not told to anybody";

/// Whether worlds are to be served by Spin.
pub fn is_wanted() -> bool {
    std::env::var_os("LINLI_TEST_HOST").is_some_and(|host| host == "spin")
}

/// What a host is to serve.
pub struct Served<'a> {
    /// Core functions.
    pub core: &'a [String],
    /// Plugins, each with its grant.
    pub plugins: &'a [(&'static str, Grant)],
    /// Configured values.
    pub settings: &'a BTreeMap<String, BTreeMap<String, Json>>,
    /// Where components may call.
    pub outbound: &'a OutboundGrants,
    /// What is signed how.
    pub signatures: &'a Signatures,
    /// Whom tokens are believed: a JWK set.
    pub token_keys: &'a str,
    /// In hex.
    pub master_key: &'a str,
    /// What it is on.
    pub database: &'a SpinDatabase,
}

/// An application on its way to a host.
pub struct Application<'a> {
    /// Its manifest.
    pub manifest: &'a Path,
    /// Its components.
    pub components: Vec<String>,
    /// Variables of the manifest that are set.
    pub variables: &'a [(&'a str, String)],
    /// The file of its SQLite database, where it has one.
    pub database: Option<&'a Path>,
}

/// A Spin host that serves. Killed when it is dropped.
pub struct SpinHost {
    child: Child,
    address: SocketAddr,
    clock: PathBuf,
    components: Vec<String>,
    log: Arc<Mutex<String>>,
}

impl SpinHost {
    /// Composes what is wanted, and starts the host in a directory of its own.
    ///
    /// # Panics
    /// When a component does not compose, or the host does not come to serve.
    pub fn start(served: &Served<'_>, place: &Path, now: Timestamp) -> Self {
        let manifest = place.join("spin.toml");
        std::fs::write(&manifest, manifest_of(served)).unwrap();
        let components = served.core.iter().cloned();
        let components = components.chain(served.plugins.iter().map(|(name, _)| (*name).to_owned()));
        let (manifest, components, database) = (&*manifest, components.collect(), served.database.file());
        Self::up(Application { manifest, components, variables: &[], database }, place, now)
    }

    /// Starts the host, as `spin up` is called, in a directory that goes with it.
    ///
    /// # Panics
    /// When it does not come to serve.
    pub fn up(application: Application<'_>, place: &Path, now: Timestamp) -> Self {
        let clock = place.join("clock");
        set_clock(&clock, now);
        let runtime = place.join("runtime-config.toml");
        let database = application
            .database
            .map(|file| format!("[sqlite_database.default]\ntype = \"spin\"\npath = {}\n", json!(file)));
        std::fs::write(&runtime, database.unwrap_or_default()).unwrap();
        let mut command = Command::new("sh");
        command
            .args(["-c", UNTIL_STDIN_ENDS])
            .arg(place)
            .arg(program())
            .arg("up")
            .arg("--from")
            .arg(application.manifest)
            .args(["--listen", "127.0.0.1:0"]);
        command.arg("--state-dir").arg(place.join("state")).arg("--runtime-config-file").arg(&runtime);
        for (name, value) in application.variables {
            command.arg("--variable").arg(format!("{name}={value}"));
        }
        if let Some(library) = std::env::var_os("LINLI_FAKETIME") {
            command.env("LD_PRELOAD", library);
        }
        command.env("TZ", "UTC").env("FAKETIME_TIMESTAMP_FILE", &clock).env("FAKETIME_FMT", "%s");
        // The monotonic clock goes on, or nothing would ever time out.
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        // Both hosts keep what they have compiled where this file says.
        command.env("WASMTIME_CACHE_FILE", cache_configuration(place)).env("NO_COLOR", "1");
        // A group of its own: `spin up` starts another program, which is to end with it.
        command.current_dir(place).process_group(0).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (said, address) = mpsc::channel();
        follow(child.stdout.take().unwrap(), log.clone(), said.clone());
        follow(child.stderr.take().unwrap(), log.clone(), said);
        let Ok(address) = address.recv_timeout(READY_WITHIN) else {
            end(&mut child);
            panic!("the host does not serve:\n{}", log.lock().unwrap());
        };
        let host = Self { child, address, clock, components: application.components, log };
        host.wait_until_ready();
        host
    }

    /// Asks each component, as a readiness probe would: from then on the others know of it.
    fn wait_until_ready(&self) {
        std::thread::scope(|scope| {
            for name in &self.components {
                scope.spawn(move || {
                    let reply = Client::new(self.address).get(&format!("/_linli/{name}/readyz"));
                    assert_eq!(reply.status, 200, "{name}: {}\n{}", reply.text(), self.log());
                });
            }
        });
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it at once, from any thread.
    pub fn switch(&self) -> impl Fn() + Send + Sync + 'static {
        let leader = self.child.id();
        move || kill_all(leader)
    }

    /// What it and its components said so far.
    ///
    /// # Panics
    /// When the reader of it did.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The file its clock is read from; see [`set_clock`].
    pub fn clock_file(&self) -> PathBuf {
        self.clock.clone()
    }

    /// Calls the drain route of every component until none finds anything; how much was delivered.
    ///
    /// # Panics
    /// When a route fails, or deliveries never end.
    pub fn deliver(&self) -> usize {
        let client = Client::new(self.address);
        let mut delivered = 0;
        for _ in 0..ROUNDS {
            let found: u64 = self.components.iter().map(|name| self.drain(&client, name)).sum();
            if found == 0 {
                return delivered;
            }
            delivered += usize::try_from(found).unwrap();
        }
        panic!("deliveries never end");
    }

    fn drain(&self, client: &Client, component: &str) -> u64 {
        let reply = client.call("POST", &format!("/_linli/{component}/drain")).token(SECRET).send();
        assert_eq!(reply.status, 200, "{component}: {}\n{}", reply.text(), self.log());
        reply.json()["delivered"].as_u64().unwrap()
    }
}

impl Drop for SpinHost {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The program that is the host: `LINLI_SPIN`, or this project's own, beside the directory this test program runs in.
fn program() -> PathBuf {
    let beside = || std::env::current_exe().unwrap().parent().unwrap().with_file_name("spinhost");
    let program = std::env::var_os("LINLI_SPIN").map_or_else(beside, PathBuf::from);
    assert!(program.is_file(), "{}: not there; `cargo xtask test-spin` builds it", program.display());
    program
}

/// Keeps what a host says, and tells where it says that it serves.
fn follow(output: impl Read + Send + 'static, log: Arc<Mutex<String>>, said: mpsc::Sender<SocketAddr>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            writeln!(log.lock().unwrap(), "{line}").unwrap();
            let address = line.split_once("Serving").and_then(|(_, rest)| rest.split_once("http://"));
            if let Some(address) = address.and_then(|(_, address)| address.trim().parse().ok()) {
                // Nobody waits for it a second time.
                said.send(address).ok();
            }
        }
    });
}

/// Ends a host and what it has started.
fn end(child: &mut Child) {
    kill_all(child.id());
    child.wait().ok();
}

/// Kills a process and those it has started, if they are there.
fn kill_all(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL).ok();
    }
}

/// Sets the clock that is read from this file; it knows whole seconds.
///
/// # Panics
/// When the file cannot be written.
pub fn set_clock(clock: &Path, now: Timestamp) {
    let unfinished = clock.with_extension("new");
    std::fs::write(&unfinished, format!("{}\n", now.micros() / 1_000_000)).unwrap();
    std::fs::rename(unfinished, clock).unwrap();
}

/// A configuration of wasmtime's cache: each component is compiled once for all worlds of all runs.
fn cache_configuration(place: &Path) -> PathBuf {
    let file = place.join("cache.toml");
    let directory = json!(std::path::absolute(kept_for_tests().join("compiled")).unwrap());
    std::fs::write(&file, format!("[cache]\ndirectory = {directory}\n")).unwrap();
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_nobody_drops_ends_with_the_tests() {
        let mut command = Command::new("sh");
        command.args(["-c", UNTIL_STDIN_ENDS, "/there-is-no-such-directory"]);
        command.args(["sh", "-c", "echo serving; sleep 20; echo still there"]);
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdin.take());
        // Ends when nobody is left to write there.
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        assert!(!said.contains("still there"), "{said}");
    }
}
