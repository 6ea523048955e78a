//! OCI registries: Debian's `docker-registry` where it is installed, and one that answers as a test has it.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// As it is called by its Debian package.
const PROGRAM: &str = "docker-registry";

/// The real one, with a place for its blobs. Ended when it is dropped.
pub struct Registry {
    process: Child,
    address: SocketAddr,
    place: TempDir,
}

impl Registry {
    /// None, and a line that says so, where the program is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let config = place.path().join("config.yml");
        let blobs = place.path().join("blobs");
        let text = format!(
            "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n",
            blobs.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::piped());
        let Ok(mut process) = command.spawn() else {
            eprintln!("skipped: there is no `{PROGRAM}` here (Debian's package of that name)");
            return None;
        };
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let listening = |line: String| {
            let (_, rest) = line.split_once("listening on ")?;
            rest.split('"').next()?.parse().ok()
        };
        let address = log.find_map(listening).expect("it says where it listens, or ends");
        // Whoever does not read what it says stops it in the end.
        std::thread::spawn(move || log.for_each(drop));
        Some(Self { process, address, place })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A directory that goes with it.
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// `oci://host/shop/name:tag`.
    pub fn reference(&self, name: &str, tag: &str) -> String {
        format!("oci://{}/shop/{name}:{tag}", self.address)
    }

    /// Changes one byte of the largest blob, where it is kept.
    ///
    /// # Panics
    /// When there is none.
    pub fn damage(&self) {
        let blobs = self.place.path().join("blobs/docker/registry/v2/blobs/sha256");
        let files =
            std::fs::read_dir(blobs).unwrap().flat_map(|one| std::fs::read_dir(one.unwrap().path()).unwrap());
        let files = files.map(|blob| blob.unwrap().path().join("data"));
        let largest = files.max_by_key(|file| std::fs::metadata(file).unwrap().len()).unwrap();
        let mut bytes = std::fs::read(&largest).unwrap();
        bytes[1_000] ^= 1;
        std::fs::write(&largest, bytes).unwrap();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Listens for as long as the process lives, and does with each request what it was told to: it gets the request's path
/// and the connection, on which it writes whole responses, parts of one, or nothing.
///
/// # Panics
/// When it cannot listen.
pub fn pretend(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let lines = BufReader::new(connection.try_clone().unwrap()).lines();
                let mut head = lines.map_while(Result::ok).take_while(|line| !line.is_empty());
                let Some(first) = head.next() else { return };
                head.for_each(drop);
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                answer(&path, &mut { connection });
            });
        }
    });
    address
}

/// A response with this body, whose connection ends with it.
pub fn respond(connection: &mut TcpStream, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // Whoever asked may be gone.
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body));
}
