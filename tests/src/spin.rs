//! The same components on a Spin host: the program that `LINLI_SPIN` names, with the arguments of `spin up`, so that it
//! may be the real one or this project's own (`tests/spinhost`). `cargo xtask test-spin` runs the suites with
//! `LINLI_TEST_HOST=spin`, and then every [`World`](crate::world::World) is served by one.
//!
//! The host's clock is the test's: it is loaded with libfaketime, which reads the time from a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use linli_compose::{Adapters, compose};
use linli_contract::{Grant, Timestamp};
use linli_host::{OutboundGrants, SignatureAlgorithm, Signatures};
use serde_json::{Value as Json, json};

use crate::components;
use crate::http::Client;

/// How long a host may take to compile its components and listen.
const READY_WITHIN: Duration = Duration::from_secs(300);
/// Rounds of deliveries that may set off others.
const ROUNDS: usize = 64;
/// What drain routes are called with.
const SECRET: &str = "not told to anybody";
/// Where Debian's package puts it, below the library directory.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

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
    /// The database's file.
    pub database: &'a Path,
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
        let clock = place.join("clock");
        set(&clock, now);
        let manifest = place.join("spin.toml");
        std::fs::write(&manifest, manifest_of(served, place)).unwrap();
        let runtime = place.join("runtime-config.toml");
        let database = json!(served.database);
        std::fs::write(&runtime, format!("[sqlite_database.default]\ntype = \"spin\"\npath = {database}\n"))
            .unwrap();
        // Free a moment ago: a Spin host is told where to listen, and does not choose.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let program = std::env::var_os("LINLI_SPIN")
            .expect("LINLI_SPIN names the host; `cargo xtask test-spin` sets it");
        let mut command = Command::new(program);
        command.arg("up").arg("--from").arg(&manifest).args(["--listen", &address.to_string()]);
        command.arg("--state-dir").arg(place.join("state")).arg("--runtime-config-file").arg(&runtime);
        command.env("TZ", "UTC").env("LD_PRELOAD", FAKETIME).env("FAKETIME_TIMESTAMP_FILE", &clock);
        // The monotonic clock goes on, or nothing would ever time out.
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let mut child =
            command.current_dir(place).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                writeln!(kept.lock().unwrap(), "{line}").unwrap();
            }
        });
        let components = served.core.iter().cloned();
        let components = components.chain(served.plugins.iter().map(|(name, _)| (*name).to_owned()));
        let mut host = Self { child, address, clock, components: components.collect(), log };
        host.wait_until_ready();
        host
    }

    fn wait_until_ready(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().unwrap().is_some();
            assert!(!ended && start.elapsed() < READY_WITHIN, "the host does not serve:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it and its components said so far.
    ///
    /// # Panics
    /// When the reader of it did.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sets its clock, which stands still.
    pub fn set_clock(&self, now: Timestamp) {
        set(&self.clock, now);
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
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The format libfaketime reads, in UTC; it knows whole seconds.
fn set(clock: &Path, now: Timestamp) {
    let text = now.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or(&text).replace('T', " ");
    let unfinished = clock.with_extension("new");
    std::fs::write(&unfinished, format!("{seconds}\n")).unwrap();
    std::fs::rename(unfinished, clock).unwrap();
}

/// As `linli spin export` writes it, but with the values of the variables in it.
fn manifest_of(served: &Served<'_>, place: &Path) -> String {
    let adapters =
        std::env::var_os("LINLI_SPIN_ADAPTERS").expect("`cargo xtask test-spin` says where the adapters are");
    let adapters = Adapters::read(Path::new(&adapters)).unwrap();
    let signatures: BTreeMap<_, BTreeMap<_, Vec<_>>> = served
        .signatures
        .iter()
        .map(|(component, purposes)| {
            let named = |(purpose, algorithms): (&String, &Vec<SignatureAlgorithm>)| {
                (purpose.clone(), algorithms.iter().map(|algorithm| name_of(*algorithm)).collect())
            };
            (component, purposes.iter().map(named).collect())
        })
        .collect();
    let outbound: BTreeMap<_, BTreeMap<_, _>> = served
        .outbound
        .iter()
        .map(|(component, origins)| {
            (component, origins.iter().map(|(origin, calls)| (origin.to_string(), *calls)).collect())
        })
        .collect();
    let mut text = "spin_manifest_version = 2\n[application]\nname = \"tests\"\n".to_owned();
    let plugins = served.plugins.iter().map(|(name, grant)| ((*name).to_owned(), Some(grant)));
    for (name, grant) in served.core.iter().map(|name| (name.clone(), None)).chain(plugins) {
        let file = place.join(&name).with_extension("wasm");
        std::fs::write(&file, compose(&components::wasm(&name), &adapters).unwrap()).unwrap();
        let hosts: Vec<_> =
            served.outbound.get(&name).into_iter().flatten().map(|(origin, _)| origin.to_string()).collect();
        let spaced = |value: Json| value.to_string().replace("{{", "{ {").replace("}}", "} }");
        let variables = [
            ("linli_master_key", served.master_key.to_owned()),
            ("linli_drain_secret", SECRET.to_owned()),
            ("linli_token_keys", spaced(serde_json::from_str(served.token_keys).unwrap())),
            ("linli_token_issuer", String::new()),
            ("linli_token_audience", String::new()),
            ("linli_database", "default".to_owned()),
            ("linli_settings", spaced(json!(served.settings))),
            ("linli_signatures", spaced(json!(signatures))),
            ("linli_outbound", spaced(json!(outbound))),
            ("linli_grant", grant.map(|grant| spaced(json!(grant))).unwrap_or_default()),
        ];
        for route in [format!("/v1/:community/{name}/..."), format!("/_linli/{name}/...")] {
            write!(text, "[[trigger.http]]\nroute = {}\ncomponent = {}\n", json!(route), json!(name))
                .unwrap();
        }
        write!(text, "[component.{name}]\nsource = {}\n", json!(file)).unwrap();
        write!(text, "sqlite_databases = [\"default\"]\nallowed_outbound_hosts = {}\n", json!(hosts))
            .unwrap();
        writeln!(text, "[component.{name}.variables]").unwrap();
        for (variable, value) in variables {
            // A JSON string is a TOML string.
            writeln!(text, "{variable} = {}", json!(value)).unwrap();
        }
    }
    text
}

fn name_of(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Ed25519 => "ed25519",
        SignatureAlgorithm::Sm2 => "sm2",
    }
}
