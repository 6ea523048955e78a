//! A licence library: a real HTTP server, as small as one can be, on a port of this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value as Json;

/// A library that holds licences of some kinds, for whoever is asked about. It ends when it is dropped.
pub struct LicenceLibrary {
    address: SocketAddr,
    desk: Arc<Desk>,
    serving: Option<JoinHandle<()>>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Method and path.
    pub line: String,
    /// Headers, a line each, as they came.
    pub headers: Vec<String>,
    /// The body.
    pub body: Json,
}

struct Desk {
    holdings: Vec<String>,
    down: AtomicBool,
    closing: AtomicBool,
    asked: Mutex<Vec<Lookup>>,
}

impl LicenceLibrary {
    /// One that holds licences of these kinds.
    ///
    /// # Panics
    /// When there is no port.
    pub fn open(holdings: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk {
            holdings: holdings.iter().map(|kind| (*kind).to_owned()).collect(),
            down: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            asked: Mutex::default(),
        });
        let served = desk.clone();
        let serving = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if served.closing.load(Ordering::Acquire) {
                    return;
                }
                // Whoever hangs up early has no answer.
                let _ = served.serve(&mut stream.unwrap());
            }
        });
        Self { address, desk, serving: Some(serving) }
    }

    /// `http://127.0.0.1:port`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// While it is down, it hangs up on everybody.
    pub fn set_down(&self, down: bool) {
        self.desk.down.store(down, Ordering::Release);
    }

    /// What it was asked so far.
    ///
    /// # Panics
    /// When its thread did.
    pub fn asked(&self) -> Vec<Lookup> {
        self.desk.asked.lock().unwrap().clone()
    }
}

impl Drop for LicenceLibrary {
    fn drop(&mut self) {
        self.desk.closing.store(true, Ordering::Release);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.address);
        let _ = self.serving.take().map(JoinHandle::join);
    }
}

impl Desk {
    fn serve(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        if self.down.load(Ordering::Acquire) {
            return Ok(());
        }
        let asked = read(stream)?;
        let kind =
            asked.line.strip_prefix("POST /api/licences/").and_then(|rest| rest.strip_suffix("/lookups"));
        let held = kind.filter(|kind| self.holdings.iter().any(|held| held == kind));
        let (status, body) = match held {
            Some(kind) => ("200 OK", format!(r#"{{"reference":"lib/{kind}","valid_until":"2030-01-01"}}"#)),
            None => ("404 Not Found", String::new()),
        };
        self.asked.lock().unwrap().push(asked);
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Lookup> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).map(|_| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut headers = Vec::new();
    loop {
        match line()? {
            end if end.is_empty() => break,
            header => headers.push(header.to_ascii_lowercase()),
        }
    }
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Lookup { line: first.trim_end_matches(" HTTP/1.1").to_owned(), headers, body })
}
