//! The real program: `linli` as operators run it, in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use linli_contract::{Community, Timestamp};
use linli_gateway::TokenSigner;
use linli_host::{Clock, SystemClock};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::components;
use crate::http::Client;
use crate::neighbourhood::Neighbourhood;

/// The community whose people [`Ground::with_residents`] imports.
pub const COMMUNITY: u64 = 330_105_001_001;

/// Runs `linli` with these arguments until it ends.
///
/// # Panics
/// When it does not start.
pub fn linli(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// `linli` with these arguments and none of this process's settings.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(components::linli());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LINLI_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// A directory of components to serve, and one for data.
pub struct Ground {
    place: TempDir,
    data: std::path::PathBuf,
    /// Arguments that say where the database is, if it is not in the data directory.
    database: Vec<String>,
}

impl Ground {
    /// With these components, and data in a place of its own.
    ///
    /// # Panics
    /// When they were not built.
    pub fn new(names: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let data = place.path().join("data");
        let components = place.path().join("components");
        fs::create_dir(&components).unwrap();
        for name in names {
            fs::copy(components::file(name), components.join(format!("{name}.wasm"))).unwrap();
        }
        Self { place, data, database: vec![] }
    }

    /// With the data elsewhere.
    #[must_use]
    pub fn on(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// With the database on a server of PostgreSQL's.
    #[must_use]
    pub fn on_postgres(mut self, address: &str) -> Self {
        self.database = vec!["--postgres".to_owned(), address.to_owned()];
        self
    }

    /// With so many residents of [`COMMUNITY`], and a worker, imported by the program.
    ///
    /// # Panics
    /// When the program refuses them.
    #[must_use]
    pub fn with_residents(self, residents: usize) -> Self {
        let community = community();
        let mut csv = "id,community,roles,name\n".to_owned();
        for person in Neighbourhood::people(community, residents) {
            csv += &format!("{},{community},{},{}\n", person.id, person.roles[0].as_str(), person.name);
        }
        let file = self.place.path().join("people.csv");
        fs::write(&file, csv).unwrap();
        let mut import = command(&["directory", "import", file.to_str().unwrap(), "--data", self.data()]);
        let imported = import.args(&self.database).output().unwrap();
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        self
    }

    /// The data directory.
    ///
    /// # Panics
    /// When its path is no text.
    pub fn data(&self) -> &str {
        self.data.to_str().unwrap()
    }

    /// Starts the program.
    pub fn serve(&self) -> Program {
        self.serve_under(|_| ())
    }

    /// Starts the program, its command changed before.
    ///
    /// # Panics
    /// When it does not come to serve.
    pub fn serve_under(&self, change: impl FnOnce(&mut Command)) -> Program {
        let components = self.place.path().join("components");
        let mut command = command(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", self.data()]);
        command.arg("--components").arg(components);
        change(&mut command);
        Program::start(command, &self.data)
    }

    /// Asserts that `linli verify` finds nothing.
    #[track_caller]
    pub fn verify(&self) {
        let verified = command(&["verify", "--data", self.data()]).args(&self.database).output().unwrap();
        let said = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!(verified.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&verified.stderr));
        assert!(said.starts_with("ok: "), "{said}");
    }
}

/// [`COMMUNITY`].
pub fn community() -> Community {
    Community::from_code(COMMUNITY).unwrap()
}

/// Members of an activity that lies ahead of the machine's clock.
pub fn next_week() -> Json {
    let now = SystemClock.now();
    let in_days = |days: i64| Timestamp::plus_seconds(now, days * 86_400).to_string();
    json!({ "starts_at": in_days(7), "ends_at": in_days(8) })
}

/// The program while it serves. Killed when it is dropped.
pub struct Program {
    child: Child,
    address: SocketAddr,
    signer: Arc<TokenSigner>,
    log: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Program {
    fn start(mut command: Command, data: &Path) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let (found, finding) = mpsc::channel();
        let kept = log.clone();
        let reading = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("serving address=") {
                    let address = rest.split(' ').next().unwrap();
                    // Nobody asks twice.
                    let _ = found.send(address.parse::<SocketAddr>().unwrap());
                }
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let Ok(address) = finding.recv() else {
            child.wait().unwrap();
            reading.join().unwrap();
            panic!("the program does not serve:\n{}", log.lock().unwrap());
        };
        let seed = fs::read_to_string(data.join("dev.key")).unwrap();
        let signer = Arc::new(TokenSigner::from_seed(&unhex(seed.trim())));
        Self { child, address, signer, log, reading: Some(reading) }
    }

    /// A client with connections of its own.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// [`COMMUNITY`], over a client of its own.
    pub fn neighbourhood(&self) -> Neighbourhood {
        Neighbourhood::new(community(), self.client(), self.signer.clone(), SystemClock.now())
    }

    /// What ends it at once, from any thread.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn switch(&self) -> impl Fn() + Send + Sync + 'static {
        let pid = self.pid();
        move || kill_process(pid, Signal::KILL).unwrap()
    }

    /// SIGTERM.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap()
    }

    /// Waits for its end; how it ended, and all it logged.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        self.reading.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status, log)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already after `wait`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn unhex(text: &str) -> [u8; 32] {
    std::array::from_fn(|place| u8::from_str_radix(&text[2 * place..][..2], 16).unwrap())
}
