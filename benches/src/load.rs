//! Load: so many connections, each with one request under way, as fast as the server answers or at a fixed pace.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::histogram::Histogram;
use crate::wire::Connection;

/// How requests follow each other.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// The next as soon as a connection is free (closed loop): finds the rate the server can bear.
    Closed,
    /// So many a second, whether or not the server keeps up (open loop). Latency counts from when a request was due,
    /// so a stall is charged to everything that waited for it.
    Open(f64),
}

/// What to send, and how.
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// Connections, and so requests under way at most.
    pub connections: usize,
    /// Sent in turn, and from the first again when there are fewer than `total`.
    pub requests: Arc<[Vec<u8>]>,
    /// Requests at most.
    pub total: u64,
    /// No request starts after this.
    pub time: Duration,
    /// How they follow each other.
    pub pace: Pace,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Replies by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections that failed or were closed under a request, and what was the matter with the first.
    pub broken: u64,
    /// The first of those errors.
    pub first_error: Option<String>,
    /// Of replies with status 2xx.
    pub latencies: Histogram,
    /// From the first request to the last reply.
    pub elapsed: Duration,
}

impl Outcome {
    /// Replies with status 2xx, per second.
    pub fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// Whether every reply was a 2xx, and there was one.
    pub fn is_clean(&self) -> bool {
        self.broken == 0 && self.latencies.count() > 0 && self.statuses.keys().all(|status| status / 100 == 2)
    }

    fn add(&mut self, other: Self) {
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.broken += other.broken;
        self.first_error = self.first_error.take().or(other.first_error);
        self.latencies.merge(&other.latencies);
    }
}

/// Runs the load to its end, in this thread.
pub fn run(load: &Load) -> Result<Outcome> {
    anyhow::ensure!(!load.requests.is_empty(), "there is no request to send");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connections = Vec::with_capacity(load.connections);
        for _ in 0..load.connections {
            connections.push(Connection::open(load.address).await.context("cannot connect to the server")?);
        }
        let next = Arc::new(AtomicU64::new(0));
        let start = Instant::now();
        let workers: Vec<_> = connections
            .into_iter()
            .map(|connection| {
                let worker = Worker {
                    connection,
                    address: load.address,
                    requests: load.requests.clone(),
                    next: next.clone(),
                    total: load.total,
                    start,
                    end: start + load.time,
                    pace: load.pace,
                };
                tokio::spawn(worker.run())
            })
            .collect();
        let mut outcome = Outcome::default();
        for worker in workers {
            outcome.add(worker.await?);
        }
        outcome.elapsed = start.elapsed();
        Ok(outcome)
    })
}

/// One connection, and what it takes requests from.
struct Worker {
    connection: Connection,
    address: SocketAddr,
    requests: Arc<[Vec<u8>]>,
    next: Arc<AtomicU64>,
    total: u64,
    start: Instant,
    end: Instant,
    pace: Pace,
}

impl Worker {
    async fn run(mut self) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some((request, due)) = self.take().await {
            match self.connection.call(&self.requests[request]).await {
                Ok(status) => {
                    *outcome.statuses.entry(status).or_default() += 1;
                    if status / 100 == 2 {
                        outcome.latencies.record(due.elapsed());
                    }
                }
                Err(error) => {
                    outcome.broken += 1;
                    outcome.first_error.get_or_insert_with(|| error.to_string());
                    let Ok(connection) = Connection::open(self.address).await else { break };
                    self.connection = connection;
                }
            }
        }
        outcome
    }

    /// The next request, and from when its latency counts.
    async fn take(&self) -> Option<(usize, Instant)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.total || Instant::now() >= self.end {
            return None;
        }
        // The remainder is below the length of a slice.
        let request = (number % self.requests.len() as u64) as usize;
        let Pace::Open(per_second) = self.pace else { return Some((request, Instant::now())) };
        let due = self.start + Duration::from_secs_f64(number as f64 / per_second);
        if due >= self.end {
            return None;
        }
        tokio::time::sleep_until(due.into()).await;
        Some((request, due))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::wire::request;

    /// A server that answers the n-th request of each connection with the n-th status, then hangs up.
    fn server(statuses: &'static [u16]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                std::thread::spawn(move || {
                    for status in statuses {
                        let mut byte = [0];
                        let mut head = Vec::new();
                        while !head.ends_with(b"\r\n\r\n") {
                            if stream.read(&mut byte).unwrap() == 0 {
                                return;
                            }
                            head.push(byte[0]);
                        }
                        write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok").unwrap();
                    }
                });
            }
        });
        address
    }

    fn load(address: SocketAddr, connections: usize, total: u64, pace: Pace) -> Load {
        let requests = vec![request("GET", "/", &[], "")].into();
        Load { address, connections, requests, total, time: Duration::from_secs(600), pace }
    }

    #[test]
    fn every_reply_is_counted_by_its_status() {
        let outcome = run(&load(server(&[200, 503, 201]), 1, 3, Pace::Closed)).unwrap();
        assert_eq!(outcome.statuses, BTreeMap::from([(200, 1), (201, 1), (503, 1)]));
        assert_eq!(outcome.latencies.count(), 2, "a refusal is not a fast answer");
        assert!(!outcome.is_clean());
    }

    #[test]
    fn exactly_as_many_requests_are_sent_as_were_asked_for() {
        let outcome = run(&load(server(&[200; 100]), 4, 90, Pace::Closed)).unwrap();
        assert_eq!(outcome.statuses, BTreeMap::from([(200, 90)]));
        assert!(outcome.is_clean());
    }

    #[test]
    fn a_connection_that_breaks_is_counted_and_replaced() {
        let outcome = run(&load(server(&[200]), 1, 4, Pace::Closed)).unwrap();
        assert_eq!((outcome.statuses, outcome.broken), (BTreeMap::from([(200, 2)]), 2));
        assert!(outcome.first_error.is_some());
    }

    #[test]
    fn a_fixed_pace_sends_them_all() {
        let outcome = run(&load(server(&[200; 100]), 2, 50, Pace::Open(10_000.0))).unwrap();
        assert_eq!(outcome.latencies.count(), 50);
    }
}
