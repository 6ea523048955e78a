//! One SQLite file: a thread that writes, one transaction and one fsync per request, and a few connections that read.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};

use crate::Refusal;

/// Writes that may wait; requests that find it full wait in turn.
const QUEUE: usize = 1_024;
/// Connections that read.
const READERS: usize = 4;
/// Statements each connection keeps prepared: more than there are.
const STATEMENTS: usize = 32;

const SCHEMA: &str = "
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS activities (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, capacity INTEGER NOT NULL, places_left INTEGER NOT NULL
        CHECK (places_left BETWEEN 0 AND capacity),
    waitlisted INTEGER NOT NULL, created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS signups (
    id TEXT PRIMARY KEY, activity TEXT NOT NULL, resident TEXT NOT NULL, party_size INTEGER NOT NULL,
    status TEXT NOT NULL, position INTEGER, created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS signups_by_activity ON signups (activity, resident);
CREATE INDEX IF NOT EXISTS signups_by_resident ON signups (resident, created_at);
CREATE TABLE IF NOT EXISTS idempotency (
    key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, status INTEGER NOT NULL, reply TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, resident TEXT NOT NULL, act TEXT NOT NULL, about TEXT NOT NULL,
    digest BLOB NOT NULL
);
";

/// An activity as it is shown.
#[derive(Serialize, Deserialize, Debug, PartialEq, Eq)]
pub struct Activity {
    id: String,
    title: String,
    capacity: i64,
    places_left: i64,
    waitlisted: i64,
}

/// Who wants to come, and how many they are.
pub struct SignupRequest {
    /// The activity.
    pub activity: String,
    /// From the token.
    pub resident: String,
    /// Places wanted.
    pub party_size: i64,
    /// The `Idempotency-Key`, if there is one.
    pub key: Option<Vec<u8>>,
}

#[derive(Serialize)]
struct Signup<'a> {
    id: &'a str,
    status: &'a str,
    position: Option<i64>,
    ticket: String,
}

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// The database, shared by all handlers.
pub struct Database {
    writes: mpsc::Sender<Job>,
    readers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

/// The connection that writes, and what only it needs.
struct Writer {
    connection: Connection,
    ticket_key: SigningKey,
    audit_digest: [u8; 32],
}

impl Database {
    /// Opens the file, made if it is missing.
    pub fn open(file: &Path) -> Result<Self> {
        let connection = connect(file)?;
        connection.execute_batch(SCHEMA)?;
        let last = "SELECT digest FROM audit ORDER BY number DESC LIMIT 1";
        let audit_digest = connection.query_row(last, [], |row| row.get(0)).optional()?.unwrap_or_default();
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let mut writer = Writer { connection, ticket_key: SigningKey::from_bytes(&seed), audit_digest };
        let (writes, mut jobs) = mpsc::channel::<Job>(QUEUE);
        std::thread::spawn(move || {
            while let Some(job) = jobs.blocking_recv() {
                job(&mut writer);
            }
        });
        let readers = (0..READERS).map(|_| connect(file).map(Mutex::new)).collect::<Result<_>>()?;
        Ok(Self { writes, readers, turn: AtomicUsize::new(0) })
    }

    /// Adds an activity; its id.
    pub async fn create_activity(&self, title: String, capacity: i64) -> Result<String, Refusal> {
        self.write(move |writer| {
            let id = new_id();
            let sql = "INSERT INTO activities VALUES (?1, ?2, ?3, ?3, 0, ?4)";
            writer.connection.prepare_cached(sql)?.execute(params![id, title, capacity, now()])?;
            Ok(id)
        })
        .await
    }

    /// Signs somebody up; status and body of the answer.
    pub async fn create_signup(&self, request: SignupRequest) -> Result<(u16, String), Refusal> {
        self.write(move |writer| writer.create_signup(&request)).await
    }

    /// An activity.
    pub fn activity(&self, id: &str) -> Result<Activity, Refusal> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let connection = self.readers[turn].lock().unwrap_or_else(PoisonError::into_inner);
        let found = || {
            let sql = "SELECT id, title, capacity, places_left, waitlisted FROM activities WHERE id = ?1";
            connection.prepare_cached(sql)?.query_row([id], |row| {
                let (id, title) = (row.get(0)?, row.get(1)?);
                Ok(Activity {
                    id,
                    title,
                    capacity: row.get(2)?,
                    places_left: row.get(3)?,
                    waitlisted: row.get(4)?,
                })
            })
        };
        found().optional().map_err(internal)?.ok_or(Refusal(StatusCode::NOT_FOUND, "unknown-activity"))
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer| drop(answer.send(work(writer))));
        self.writes.send(job).await.map_err(|_| internal("the writer is gone"))?;
        match answered.await.map_err(|_| internal("the writer is gone"))? {
            Ok(done) => Ok(done),
            Err(Failure::Refused(refusal)) => Err(refusal),
            Err(Failure::Broken(error)) => Err(internal(error)),
        }
    }
}

/// Why a write was not done.
enum Failure {
    Refused(Refusal),
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

impl Writer {
    fn create_signup(&mut self, request: &SignupRequest) -> Result<(u16, String), Failure> {
        let fingerprint = digest(&[request.activity.as_bytes(), &request.party_size.to_be_bytes()]);
        let key = request.key.as_ref().map(|key| digest(&[request.resident.as_bytes(), key])[..16].to_vec());
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some(key) = &key
            && let Some(first) = first_answer(&transaction, key, &fingerprint)?
        {
            return Ok(first);
        }
        let now = now();
        let (status, position) = take_places(&transaction, request)?;
        let id = new_id();
        let ticket = self.ticket_key.sign(&[id.as_bytes(), request.activity.as_bytes()].concat()).to_bytes();
        let sql = "INSERT INTO signups VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        transaction.prepare_cached(sql)?.execute(params![
            id,
            request.activity,
            request.resident,
            request.party_size,
            status,
            position,
            now
        ])?;
        let ticket = format!("{id}.{}", URL_SAFE_NO_PAD.encode(ticket));
        let reply = serde_json::to_string(&Signup { id: &id, status, position, ticket })
            .expect("strings and integers always serialize");
        if let Some(key) = &key {
            let sql = "INSERT INTO idempotency VALUES (?1, ?2, 201, ?3, ?4)";
            transaction.prepare_cached(sql)?.execute(params![key, fingerprint, reply, now])?;
        }
        let line =
            digest(&[&self.audit_digest, request.resident.as_bytes(), id.as_bytes(), &now.to_be_bytes()]);
        let sql =
            "INSERT INTO audit (at, resident, act, about, digest) VALUES (?1, ?2, 'create_signup', ?3, ?4)";
        transaction.prepare_cached(sql)?.execute(params![now, request.resident, id, line])?;
        transaction.commit()?;
        self.audit_digest = line;
        Ok((201, reply))
    }
}

fn first_answer(
    transaction: &Transaction<'_>,
    key: &[u8],
    fingerprint: &[u8; 32],
) -> Result<Option<(u16, String)>, Failure> {
    let sql = "SELECT fingerprint, status, reply FROM idempotency WHERE key = ?1";
    let first: Option<([u8; 32], u16, String)> = transaction
        .prepare_cached(sql)?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    match first {
        None => Ok(None),
        Some((same, status, reply)) if same == *fingerprint => Ok(Some((status, reply))),
        Some(_) => Err(Failure::Refused(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "key-reused"))),
    }
}

/// Confirmed if there is room, else the next position of the waiting list.
fn take_places(
    transaction: &Transaction<'_>,
    request: &SignupRequest,
) -> Result<(&'static str, Option<i64>), Failure> {
    let there = "SELECT 1 FROM signups WHERE activity = ?1 AND resident = ?2";
    let mut there = transaction.prepare_cached(there)?;
    if there.exists(params![request.activity, request.resident])? {
        return Err(Failure::Refused(Refusal(StatusCode::CONFLICT, "signed-up-already")));
    }
    let take = "UPDATE activities SET places_left = places_left - ?2 WHERE id = ?1 AND places_left >= ?2";
    if transaction.prepare_cached(take)?.execute(params![request.activity, request.party_size])? == 1 {
        return Ok(("confirmed", None));
    }
    let wait = "UPDATE activities SET waitlisted = waitlisted + 1 WHERE id = ?1 RETURNING waitlisted";
    let position =
        transaction.prepare_cached(wait)?.query_row([&request.activity], |row| row.get(0)).optional()?;
    match position {
        Some(position) => Ok(("waitlisted", Some(position))),
        None => Err(Failure::Refused(Refusal(StatusCode::NOT_FOUND, "unknown-activity"))),
    }
}

fn connect(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // The answer leaves after the commit, and the commit returns after the fsync.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Sorts by time, like Linli's.
fn new_id() -> String {
    let mut random = [0; 8];
    getrandom::fill(&mut random).expect("the system gives random numbers");
    format!("{:014x}{:016x}", now(), u64::from_be_bytes(random))
}

/// UTC microseconds.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_micros()).expect("and before the year 290,000")
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    eprintln!("baseline: {error}");
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signup(activity: &str, resident: &str, key: Option<&str>) -> SignupRequest {
        let key = key.map(|key| key.as_bytes().to_vec());
        SignupRequest { activity: activity.to_owned(), resident: resident.to_owned(), party_size: 1, key }
    }

    #[tokio::test]
    async fn it_does_what_it_is_measured_for() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::open(&directory.path().join("baseline.db")).unwrap();
        let id = database.create_activity("合唱".to_owned(), 1).await.unwrap();

        let first = database.create_signup(signup(&id, "a", Some("k"))).await.unwrap();
        assert!(first.1.contains("confirmed"), "{}", first.1);
        assert_eq!(
            database.create_signup(signup(&id, "a", Some("k"))).await.unwrap(),
            first,
            "the same key, the same answer"
        );
        let second = database.create_signup(signup(&id, "a", None)).await;
        assert_eq!(second, Err(Refusal(StatusCode::CONFLICT, "signed-up-already")));
        let waiting = database.create_signup(signup(&id, "b", Some("k"))).await.unwrap();
        assert!(waiting.1.contains(r#""status":"waitlisted","position":1"#), "{}", waiting.1);
        let reused = database.create_signup(signup("other", "b", Some("k"))).await;
        assert_eq!(reused, Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, "key-reused")));
        let unknown = database.create_signup(signup("other", "c", None)).await;
        assert_eq!(unknown, Err(Refusal(StatusCode::NOT_FOUND, "unknown-activity")));

        let Activity { capacity, places_left, waitlisted, .. } = database.activity(&id).unwrap();
        assert_eq!((capacity, places_left, waitlisted), (1, 0, 1));
    }
}
