//! For tests: a server of PostgreSQL's that is this program's own, and ends with it.
#![allow(clippy::unwrap_used, reason = "for tests")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use linli_store_rows::{Connection as _, Open as _, Row};

use crate::{PostgresStore, Server};

/// Makes a cluster in a directory and serves it until standard input ends, or the server does. Durable, as the store
/// insists. `$0` is the directory, `$1` that of the programs, `$2` the port. The server refuses to run as root, so root has
/// it run as the user that Debian's package makes.
const SERVE: &str = r#"
exec 3<&0 </dev/null
user=
[ "$(id -u)" != 0 ] || { chown postgres "$0"; user='setpriv --reuid=postgres --regid=postgres --init-groups'; }
cd "$0" && $user "$1/initdb" -D "$0/data" -U linli -A trust -E UTF8 --locale=C --no-sync >"$0/initdb" 2>&1 || cat "$0/initdb" >&2
$user "$1/postgres" -D "$0/data" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=500 3<&- &
server=$!
(cat <&3; kill -QUIT "$server") >/dev/null 2>&1 &
ending=$!
wait "$server"
kill "$ending"
rm -rf "$0"
"#;
/// What the server says when it serves.
const READY: &str = "ready to accept connections";
/// Ports that are tried: somebody else may take one in the moment until the server does.
const PORTS: usize = 3;

/// A database that nobody else has, on a server that all tests of a program share.
pub struct Database {
    name: String,
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

impl Database {
    /// A new one, without tables.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, or fails.
    #[must_use]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        query(&address("postgres"), &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.name)
    }

    /// Where it is, as Spin wants it among the hosts that are allowed: `postgres://host:port`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("postgres://127.0.0.1:{}", port())
    }

    /// A store on it, as another process would open one.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn open(&self) -> PostgresStore {
        crate::open(&self.address()).unwrap()
    }

    /// Carries out one statement, on a connection of its own.
    ///
    /// # Panics
    /// When it fails.
    pub fn query(&self, statement: &str) -> Vec<Row> {
        query(&self.address(), statement)
    }

    /// Sets what its sessions begin with.
    ///
    /// # Panics
    /// When it fails.
    pub fn set(&self, name: &str, value: &str) {
        self.query(&format!("ALTER DATABASE {} SET {name} = {value}", self.name));
    }

    /// Ends all connections to it, as a server does that is started again.
    ///
    /// # Panics
    /// When it fails.
    pub fn disconnect_all(&self) {
        let name = &self.name;
        query(
            &address("postgres"),
            &format!(
                "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    }
}

fn query(address: &str, statement: &str) -> Vec<Row> {
    Server::at(address).unwrap().open().unwrap().query(statement, vec![]).unwrap()
}

fn address(database: &str) -> String {
    format!("postgres://linli@127.0.0.1:{}/{database}?sslmode=disable", port())
}

fn port() -> u16 {
    static SERVED: OnceLock<Cluster> = OnceLock::new();
    SERVED.get_or_init(Cluster::start).port
}

struct Cluster {
    port: u16,
    /// Holds the end of standard input that the cluster waits for.
    _process: Child,
}

impl Cluster {
    fn start() -> Self {
        let programs = programs().expect("PostgreSQL is not installed: apt-get install postgresql");
        (1..PORTS)
            .fold(Self::start_once(&programs), |served, _| served.or_else(|_| Self::start_once(&programs)))
            .unwrap_or_else(|said| panic!("the server does not serve:\n{said}"))
    }

    /// On one port; or what was said instead of that it serves.
    fn start_once(programs: &Path) -> Result<Self, String> {
        let place = tempfile::tempdir().unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("sh");
        command.args(["-c", SERVE]).arg(&place).arg(programs).arg(port.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut unready = String::new();
        while let Some(line) = said.next() {
            if line.contains(READY) {
                // Read to the end, so that the server never waits for a reader.
                std::thread::spawn(move || said.for_each(drop));
                return Ok(Self { port, _process: process });
            }
            unready += &line;
            unready.push('\n');
        }
        process.wait().unwrap();
        Err(unready)
    }
}

/// Whether there is a server to start.
#[must_use]
pub fn is_installed() -> bool {
    programs().is_some()
}

/// Where `initdb` and `postgres` are: Debian has those of each release in a directory of its own.
fn programs() -> Option<PathBuf> {
    let release = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let releases = std::fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let newest = releases.map(|entry| entry.path()).max_by_key(|path| release(path));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let mut places = newest.map(|path| path.join("bin")).into_iter().chain(std::env::split_paths(&paths));
    places.find(|place| place.join("initdb").is_file() && place.join("postgres").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_serve_is_not_waited_for() {
        let said = Cluster::start_once(Path::new("/there-is-no-such-directory")).err().unwrap();
        assert!(said.contains("there-is-no-such-directory"), "{said}");
    }
}
