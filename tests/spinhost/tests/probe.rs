//! What the adapters rely on of a Spin host, asked of one by `probe/`: this project's own, or the program that
//! `LINLI_SPIN` names. `cargo xtask test-spin` sets `LINLI_SPIN_PROBE`, the compiled probe; without it there is nothing
//! to ask, and the tests say so and pass.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a host may take to compile the probe and listen.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A host that serves the probe at `/probe/...`, ended with the test.
struct Host {
    process: Child,
    address: String,
    _directory: tempfile::TempDir,
}

impl Drop for Host {
    fn drop(&mut self) {
        // `spin up` starts another program, which is to end with it.
        let kill = format!("kill -9 -{}", self.process.id());
        Command::new("sh").args(["-c", &kill]).status().ok();
        self.process.wait().ok();
    }
}

/// The answer's status and body.
type Answer = (u16, String);

impl Host {
    /// None where there is no probe.
    fn start() -> Option<Self> {
        let Some(probe) = std::env::var_os("LINLI_SPIN_PROBE").map(PathBuf::from) else {
            eprintln!("LINLI_SPIN_PROBE is not set: nothing is asked");
            return None;
        };
        let program = std::env::var_os("LINLI_SPIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_spinhost").into());
        let directory = tempfile::tempdir().unwrap();
        let manifest = directory.path().join("spin.toml");
        std::fs::write(&manifest, MANIFEST.replace("PROBE", probe.to_str().unwrap())).unwrap();
        let mut command = Command::new(program);
        command.arg("up").arg("--from").arg(&manifest).args(["--listen", "127.0.0.1:0"]);
        command.arg("--state-dir").arg(directory.path().join("state"));
        command.args(["--variable", "told=by the test"]).current_dir(directory.path());
        let mut process = command.process_group(0).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (said, address) = mpsc::channel();
        // Read to the end, so that the host never waits for a reader.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Serving http://") {
                    // Nobody waits for it a second time.
                    said.send(address.trim().to_owned()).ok();
                }
            }
        });
        let mut host = Self { process, address: String::new(), _directory: directory };
        host.address = address.recv_timeout(READY_WITHIN).expect("the host does not say where it listens");
        Some(host)
    }

    fn ask(&self, question: &str) -> Answer {
        self.send(question, "")
    }

    fn send(&self, question: &str, body: &str) -> Answer {
        ask(&self.address, &format!("/probe/{question}"), body)
    }

    /// Asks at once.
    fn ask_together(&self, question: &str, times: usize) -> Vec<Answer> {
        std::thread::scope(|scope| {
            let asked: Vec<_> = (0..times).map(|_| scope.spawn(|| self.ask(question))).collect();
            asked.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    #[track_caller]
    fn says(&self, script: &str, expected: &[&str]) {
        let (status, said) = self.send("sql", script);
        assert_eq!((status, said.lines().collect::<Vec<_>>()), (200, expected.to_vec()), "{script}");
    }
}

/// One request on a connection of its own.
fn ask(address: &str, path: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(stream, "POST {path} HTTP/1.1\r\nhost: probe.test\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head[9..12].parse().unwrap(), body.to_owned())
}

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "probe"

[variables]
told = { required = true }
silent = { default = "by default" }

[[trigger.http]]
route = "/probe/..."
component = "probe"

[component.probe]
source = "PROBE"
sqlite_databases = ["default"]

[component.probe.variables]
told = "{{ told }}, {{ silent }}"
"#;

#[test]
fn an_instance_serves_128_requests() {
    let Some(host) = Host::start() else { return };
    let mut seen = (0..130).map(|_| host.ask("seen").1.parse::<u32>().unwrap());
    let first = seen.by_ref().take(128).collect::<Vec<_>>();
    assert_eq!(first, (1..=128).collect::<Vec<_>>());
    assert_eq!(seen.collect::<Vec<_>>(), [1, 2], "then comes another");
}

#[test]
fn an_instance_serves_several_requests_at_once_and_at_most_16() {
    let Some(host) = Host::start() else { return };
    // The first one instantiates, so that the others find an instance.
    host.ask("seen");
    let answers = host.ask_together("held", 40);
    let most = answers.iter().map(|(_, most)| most.parse::<u32>().unwrap()).max().unwrap();
    // How many of them meet in one instance is the host's choice.
    assert!((2..=16).contains(&most), "{answers:?}");
}

#[test]
fn nothing_runs_between_the_beginning_and_the_end_of_a_statement() {
    let Some(host) = Host::start() else { return };
    host.ask("seen");
    let said = host.ask_together("statement", 12);
    assert!(said.iter().all(|answer| *answer == (200, "1".to_owned())), "{said:?}");
}

#[test]
fn a_connection_may_be_kept_from_request_to_request() {
    let Some(host) = Host::start() else { return };
    let counted = |answer: Answer| answer.1.lines().last().map(str::to_owned);
    assert_eq!(counted(host.ask("kept")).as_deref(), Some(r#"["count(*)"] [[Value::Integer(1)]]"#));
    assert_eq!(counted(host.ask("kept")).as_deref(), Some(r#"["count(*)"] [[Value::Integer(2)]]"#));
}

#[test]
fn a_connection_has_the_defaults_of_sqlite() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a PRAGMA journal_mode\na PRAGMA synchronous\na PRAGMA busy_timeout\na PRAGMA foreign_keys",
        &[
            r#"["journal_mode"] [[Value::Text("delete")]]"#,
            r#"["synchronous"] [[Value::Integer(2)]]"#,
            r#"["timeout"] [[Value::Integer(5000)]]"#,
            r#"["foreign_keys"] [[Value::Integer(1)]]"#,
        ],
    );
}

#[test]
fn pragmas_hold_for_the_connection_or_the_file() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a PRAGMA journal_mode = WAL\na PRAGMA busy_timeout = 7\nb PRAGMA journal_mode\nb PRAGMA busy_timeout",
        &[
            r#"["journal_mode"] [[Value::Text("wal")]]"#,
            r#"["timeout"] [[Value::Integer(7)]]"#,
            r#"["journal_mode"] [[Value::Text("wal")]]"#,
            r#"["timeout"] [[Value::Integer(5000)]]"#,
        ],
    );
}

#[test]
fn only_the_first_of_several_statements_runs() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a CREATE TABLE t(x); CREATE TABLE u(x)\na SELECT name FROM sqlite_master ORDER BY name",
        &["[] []", r#"["name"] [[Value::Text("t")]]"#],
    );
}

#[test]
fn values_of_each_kind_come_back() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a SELECT ? AS i, ? AS r, ? AS t, ? AS b, ? AS n",
        &[concat!(
            r#"["i", "r", "t", "b", "n"] [[Value::Integer(-9223372036854775808), Value::Real(0.5), "#,
            r#"Value::Text("邻里"), Value::Blob([0, 255]), Value::Null]]"#
        )],
    );
}

#[test]
fn changes_and_row_ids_are_told() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a CREATE TABLE t(x)\na INSERT INTO t VALUES (1), (2), (3)\na changes\na rowid",
        &["[] []", "[] []", "3", "3"],
    );
}

#[test]
fn busy_is_a_text() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a CREATE TABLE t(x)\na BEGIN IMMEDIATE\nb PRAGMA busy_timeout = 0\nb BEGIN IMMEDIATE",
        &["[] []", "[] []", r#"["timeout"] [[Value::Integer(0)]]"#, r#"Error::Io("database is locked")"#],
    );
    // What was open when the request ended is rolled back.
    host.says("a BEGIN IMMEDIATE\na COMMIT", &["[] []", "[] []"]);
}

#[test]
fn a_read_transaction_that_would_write_too_late_is_busy() {
    let Some(host) = Host::start() else { return };
    host.says(
        "a PRAGMA journal_mode = WAL\na CREATE TABLE t(x)\na BEGIN\na SELECT * FROM t\nb INSERT INTO t VALUES (1)\na INSERT INTO t VALUES (2)",
        &[
            r#"["journal_mode"] [[Value::Text("wal")]]"#,
            "[] []",
            "[] []",
            r#"["x"] []"#,
            "[] []",
            r#"Error::Io("database is locked")"#,
        ],
    );
}

#[test]
fn errors_are_what_sqlite_says() {
    let Some(host) = Host::start() else { return };
    let script = "a CREATE TABLE t(x UNIQUE)\na INSERT INTO t VALUES (1)\na INSERT INTO t VALUES (1)";
    host.says(script, &["[] []", "[] []", r#"Error::Io("UNIQUE constraint failed: t.x")"#]);
    let (_, said) = host.send("sql", "a SELECT * FROM nowhere");
    assert!(said.starts_with(r#"Error::Io("no such table: nowhere"#), "{said}");
}

#[test]
fn other_databases_and_files_are_out_of_reach() {
    let Some(host) = Host::start() else { return };
    let (_, said) = host.send("sql", "open other\na ATTACH '/etc/passwd' AS other");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "Err(Error::AccessDenied)");
    assert!(lines[1].starts_with("Error::Io(\"not authorized"), "{said}");
}

#[test]
fn variables_are_those_of_the_manifest() {
    let Some(host) = Host::start() else { return };
    let value = "Ok(\"by the test, by default\")";
    assert_eq!(host.ask("variable/told").1, format!("{value}\n{value}\n"));
    let (_, said) = host.ask("variable/silent");
    assert!(
        said.lines().all(|line| line.starts_with("Err(Error::Undefined(")),
        "the application's, not its: {said}"
    );
    let (_, said) = host.ask("variable/Told");
    assert!(said.lines().all(|line| line.starts_with("Err(Error::InvalidName(")), "{said}");
}

#[test]
fn headers_of_spin_are_added() {
    let Some(host) = Host::start() else { return };
    let (status, said) = host.ask("headers");
    let expected = "spin-path-info: /headers\nspin-matched-route: /probe/...\nspin-base-path: /\n";
    assert_eq!((status, said.ends_with(expected)), (200, true), "{said}");
    assert!(said.contains("connection: -\n"), "that is between the client and the host: {said}");
}

#[test]
fn a_trap_takes_its_instance_along() {
    let Some(host) = Host::start() else { return };
    host.ask("seen");
    std::thread::scope(|scope| {
        let held = scope.spawn(|| host.ask("held"));
        // Until it is within: the one after it sees it.
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(host.ask("trap").0, 500);
        assert_eq!(held.join().unwrap().0, 500, "whoever was in the same instance");
    });
    assert_eq!(host.ask("seen").1, "1", "then comes another");
}

#[test]
fn what_is_no_route_is_not_found() {
    let Some(host) = Host::start() else { return };
    assert_eq!(ask(&host.address, "/elsewhere", "").0, 404);
}
