//! The servers under load, as processes of their own.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use linli_benches::wire::{Connection, request};
use linli_store_postgres::fixture::Database;

use crate::crowd::{Crowd, Tokens, write_csv};
use crate::machine;
use crate::{Programs, Spin};

/// Longest start: compiling the components for the first time.
const START: Duration = Duration::from_secs(300);
/// How often a starting server is asked whether it is ready.
const ASK: Duration = Duration::from_millis(20);

/// A server that answers.
pub struct Server {
    child: Child,
    /// Whether it starts others, which end with it: then it has a process group of its own.
    leads: bool,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// `linli serve` on a new data directory with these people in it, and what signs their tokens.
    pub fn linli(programs: &Programs, data: &Path, crowds: &[Crowd]) -> Result<(Self, Tokens)> {
        import(programs, data, crowds, None)?;
        Ok((Self::again(programs, data, &[])?, Tokens::of(data)?))
    }

    /// A Spin host, as `spin up` starts it, with one function on a new data directory with these people in it, whose
    /// tokens have this key set; on a database of PostgreSQL's where one is given.
    pub fn spin(
        programs: &Programs,
        spin: &Spin,
        function: &str,
        data: &Path,
        crowds: &[Crowd],
        keys: &str,
        postgres: Option<&Database>,
    ) -> Result<Self> {
        import(programs, data, crowds, postgres)?;
        let application = data.join("application");
        let mut export = Command::new(&programs.linli);
        export.args(["spin", "export", "--function", function]).arg("--components").arg(&programs.components);
        export.arg("--adapters").arg(&spin.adapters).arg("--out").arg(&application);
        let exported = export.stdout(Stdio::null()).status()?;
        anyhow::ensure!(exported.success(), "the application for Spin was not written");
        let runtime = data.join("runtime-config.toml");
        let database = serde_json::json!(data.join("linli.db"));
        // A JSON string is a TOML string.
        std::fs::write(&runtime, format!("[sqlite_database.default]\ntype = \"spin\"\npath = {database}\n"))?;
        let master_key = std::fs::read_to_string(data.join("master.key"))?;
        let address = free_address()?;
        let mut command = Command::new(&spin.program);
        command
            .args(["up", "--listen", &address.to_string()])
            .arg("--from")
            .arg(application.join("spin.toml"));
        command.arg("--runtime-config-file").arg(&runtime).arg("--state-dir").arg(data.join("state"));
        let secret = "of this measurement";
        let variables = [("master_key", master_key.trim()), ("drain_secret", secret), ("token_keys", keys)];
        for (name, value) in variables {
            command.arg("--variable").arg(format!("linli_{name}={value}"));
        }
        if let Some(database) = postgres {
            command.arg("--variable").arg(format!("linli_postgres={}", database.address()));
            command.arg("--variable").arg(format!("linli_postgres_host={}", database.host()));
        }
        command.current_dir(data);
        let ready = format!("/_linli/{function}/readyz");
        Self::start(command, true, &data.with_extension("log"), address, &ready)
    }

    /// `linli serve` on a data directory that is there, with these options besides.
    pub fn again(programs: &Programs, data: &Path, options: &[&str]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&programs.linli);
        command.args(["serve", "--dev", "--listen", &address.to_string()]).args(options);
        command.arg("--data").arg(data).arg("--components").arg(&programs.components);
        Self::start(command, false, &data.with_extension("log"), address, "/readyz")
    }

    /// The hand-written server on a new database.
    pub fn baseline(programs: &Programs, database: &Path, tokens: &Tokens) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(&programs.baseline);
        command.arg(database).arg(address.to_string()).arg(tokens.public_key()?);
        Self::start(command, false, &database.with_extension("log"), address, "/hello")
    }

    fn start(
        mut command: Command,
        leads: bool,
        log: &Path,
        address: SocketAddr,
        ready: &str,
    ) -> Result<Self> {
        if leads {
            command.process_group(0);
        }
        let log_file = File::create(log)?;
        command.stdin(Stdio::null()).stdout(log_file.try_clone()?).stderr(log_file);
        let child = command.spawn().context("cannot start a server")?;
        let mut server = Self { child, leads, address };
        let ask = request("GET", ready, &[], "");
        let start = Instant::now();
        while start.elapsed() < START {
            if let Some(status) = server.child.try_wait()? {
                bail!("a server ended with {status}: {}", std::fs::read_to_string(log)?);
            }
            if matches!(server.fetch(&ask), Ok((200, _))) {
                return Ok(server);
            }
            std::thread::sleep(ASK);
        }
        bail!("a server did not start: {}", std::fs::read_to_string(log)?)
    }

    /// One request on a connection of its own; status and body.
    pub fn fetch(&self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = Connection::open(self.address).await?;
            Ok(connection.fetch(request).await?)
        })
    }

    /// POSTs JSON and gives the `id` of what was made.
    pub fn create(&self, path: &str, token: &str, body: &str) -> Result<String> {
        let bearer = format!("Bearer {token}");
        let (status, reply) = self.fetch(&request("POST", path, &[("authorization", &bearer)], body))?;
        anyhow::ensure!(status == 201, "{path}: {status} {}", String::from_utf8_lossy(&reply));
        let reply: serde_json::Value = serde_json::from_slice(&reply)?;
        Ok(reply["id"].as_str().context("something without an id")?.to_owned())
    }

    /// Bytes of memory.
    pub fn memory(&self) -> Result<u64> {
        machine::resident_memory(self.child.id())
    }

    /// CPU time used since the start.
    pub fn cpu(&self) -> Result<Duration> {
        machine::cpu_time(self.child.id())
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        anyhow::ensure!(self.signal("-TERM")?, "a server could not be stopped");
        self.child.wait()?;
        Ok(())
    }

    fn signal(&self, signal: &str) -> Result<bool> {
        let whom = format!("{}{}", if self.leads { "-" } else { "" }, self.child.id());
        Ok(Command::new("kill").args([signal, "--", &whom]).stderr(Stdio::null()).status()?.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless a measurement failed.
        self.signal("-KILL").ok();
        self.child.wait().ok();
    }
}

/// Brings people into a data directory.
fn import(programs: &Programs, data: &Path, crowds: &[Crowd], postgres: Option<&Database>) -> Result<()> {
    let csv = data.with_extension("csv");
    write_csv(&csv, crowds)?;
    let mut import = Command::new(&programs.linli);
    import.args(["directory", "import", "--data"]).args([data, &csv]);
    import.envs(postgres.map(|database| ("LINLI_POSTGRES", database.address())));
    let imported = import.stdout(Stdio::null()).status()?;
    anyhow::ensure!(imported.success(), "the people were not imported");
    Ok(())
}

/// `linli verify`: what was measured must also have been right.
pub fn verify(programs: &Programs, data: &Path) -> Result<()> {
    verify_on(programs, data, None)
}

/// The same, on a database of PostgreSQL's where one is given.
pub fn verify_on(programs: &Programs, data: &Path, postgres: Option<&Database>) -> Result<()> {
    let mut verify = Command::new(&programs.linli);
    verify
        .args(["verify", "--data"])
        .arg(data)
        .envs(postgres.map(|database| ("LINLI_POSTGRES", database.address())));
    let output = verify.output()?;
    anyhow::ensure!(output.status.success(), "verify: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// A port that nobody listens on now.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
