//! Tries what a Spin host does, and tells: each path one question. Real Spin and this project's own host must answer
//! alike; `tests/probe.rs` of the host asks.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{Request, Response};
use spin_sdk::http_service;

use bindings::fermyon::spin::variables as variables2;
use bindings::spin::sqlite::sqlite::{Connection, Value};
use bindings::spin::variables::variables as variables3;

mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "wit",
        world: "probe",
        runtime_path: "::spin_sdk::wit_bindgen::rt",
        generate_all,
    });
}

/// Long enough for all requests of a test to have arrived.
const HELD: Duration = Duration::from_millis(300);
/// Takes a connection a few tenths of a second, in which the host could do something else.
const SLOW: &str =
    "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n WHERE x < 500000) SELECT max(x) FROM n";

thread_local! {
    /// Requests this instance has seen.
    static SEEN: Cell<u32> = const { Cell::new(0) };
    /// Requests it holds at the moment.
    static WITHIN: Cell<u32> = const { Cell::new(0) };
    /// Requests between the beginning and the end of a statement.
    static IN_STATEMENT: Cell<u32> = const { Cell::new(0) };
    /// The connection that stays open from request to request.
    static KEPT: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

#[http_service]
async fn probe(request: Request) -> Response<String> {
    let seen = SEEN.get() + 1;
    SEEN.set(seen);
    let path = request.uri().path().to_owned();
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        format!("{name}: {}\n", value.unwrap_or("-"))
    };
    let text = match path.trim_start_matches("/probe/") {
        "seen" => seen.to_string(),
        "held" => held().await,
        "statement" => statement(),
        "sql" => {
            let body = request.into_body().bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
            script(&String::from_utf8_lossy(&body))
        }
        "kept" => kept(),
        "trap" => trap(),
        "headers" => ["host", "connection", "spin-path-info", "spin-matched-route", "spin-base-path"]
            .map(header)
            .concat(),
        other => match other.strip_prefix("variable/") {
            Some(name) => {
                format!("{:?}\n{:?}\n", variables2::get(name), variables3::get(name.to_owned()).await)
            }
            None => "no such question".to_owned(),
        },
    };
    let length = text.len();
    let mut response = Response::new(text);
    response.headers_mut().insert("content-length", length.into());
    response
}

/// How many requests were within at once, this one included.
async fn held() -> String {
    WITHIN.set(WITHIN.get() + 1);
    let mut most = WITHIN.get();
    for _ in 0..6 {
        spin_sdk::time::sleep(HELD / 6).await;
        most = most.max(WITHIN.get());
    }
    WITHIN.set(WITHIN.get() - 1);
    most.to_string()
}

/// How many requests were between the beginning and the end of a statement when this one's ended, itself included.
fn statement() -> String {
    IN_STATEMENT.set(IN_STATEMENT.get() + 1);
    let done = Connection::open("default").and_then(|connection| connection.execute(SLOW, &[]));
    let most = IN_STATEMENT.get();
    IN_STATEMENT.set(most - 1);
    match done {
        Ok(_) => most.to_string(),
        Err(error) => format!("{error:?}"),
    }
}

/// Whether a connection opened by an earlier request still works; its number of changes.
fn kept() -> String {
    KEPT.with_borrow_mut(|kept| {
        let connection = match kept.take().map_or_else(|| Connection::open("default"), Ok) {
            Ok(connection) => connection,
            Err(error) => return format!("{error:?}"),
        };
        let connection = kept.insert(connection);
        let mut said = run(connection, "CREATE TEMP TABLE IF NOT EXISTS mine(x)");
        said += &run(connection, "INSERT INTO mine VALUES (1)");
        said + &run(connection, "SELECT count(*) FROM mine")
    })
}

/// One statement a line, each after the name of a connection: `a SELECT 1`. A connection is opened when its name first
/// appears, `-a` closes it, and `open NAME` opens a database and closes it.
fn script(lines: &str) -> String {
    let mut connections: Vec<(&str, Connection)> = Vec::new();
    let mut said = String::new();
    for line in lines.lines() {
        let (name, statement) = line.split_once(' ').unwrap_or((line, ""));
        if name == "open" {
            said += &format!("{:?}\n", Connection::open(statement).map(|_| ()));
        } else if let Some(closed) = name.strip_prefix('-') {
            connections.retain(|(name, _)| *name != closed);
        } else {
            if !connections.iter().any(|(open, _)| *open == name) {
                match Connection::open("default") {
                    Ok(connection) => connections.push((name, connection)),
                    Err(error) => said += &format!("{error:?}\n"),
                }
            }
            if let Some((_, connection)) = connections.iter().find(|(open, _)| *open == name) {
                said += &run(connection, statement);
            }
        }
    }
    said
}

/// Runs a statement; `changes` and `rowid` ask the connection.
fn run(connection: &Connection, statement: &str) -> String {
    match statement {
        "changes" => return format!("{}\n", connection.changes()),
        "rowid" => return format!("{}\n", connection.last_insert_rowid()),
        _ => {}
    }
    // A parameter of each kind where one is asked for.
    let kinds = [
        Value::Integer(i64::MIN),
        Value::Real(0.5),
        Value::Text("邻里".to_owned()),
        Value::Blob(vec![0, 255]),
        Value::Null,
    ];
    let parameters = &kinds[..statement.matches('?').count().min(kinds.len())];
    match connection.execute(statement, parameters) {
        Ok(found) => {
            let rows: Vec<_> = found.rows.into_iter().map(|row| row.values).collect();
            format!("{:?} {rows:?}\n", found.columns)
        }
        Err(error) => format!("{error:?}\n"),
    }
}

fn trap() -> String {
    panic!("asked to")
}
