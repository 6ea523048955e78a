//! Connections that note what is said over them.

use std::cell::RefCell;

use linli_store_rows::{Connection, Dialect, Failed, Open, Row, Value};

/// The same database, and what this thread says to it is noted.
pub struct Noted<O>(pub O);

/// One connection to it.
pub struct NotedConnection<C>(C);

thread_local! {
    static SAID: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// What was carried out in this thread since it was last asked: of each statement, what it does.
pub fn said() -> Vec<&'static str> {
    SAID.with_borrow_mut(std::mem::take)
}

/// Beginnings of statements, by what they do.
const DOES: [(&str, &str); 11] = [
    ("BEGIN", "begin"),
    ("COMMIT", "end"),
    ("INSERT OR REPLACE INTO rows", "write"),
    ("WITH head AS (INSERT INTO rows", "write"),
    ("WITH head AS (UPDATE rows", "write"),
    ("INSERT INTO rows", "write"),
    ("UPDATE rows", "write"),
    ("SELECT 0, key, version", "read all"),
    ("SELECT version, value", "read a row"),
    ("SELECT key, version", "read a stretch"),
    ("SELECT id, name", "read names"),
];

fn note(statement: &str) {
    let does = DOES.iter().find(|(beginning, _)| statement.starts_with(beginning));
    SAID.with_borrow_mut(|said| said.push(does.map_or("other", |(_, what)| what)));
}

impl<O: Open> Open for Noted<O> {
    type Connection = NotedConnection<O::Connection>;

    fn open(&self) -> Result<Self::Connection, Failed> {
        self.0.open().map(NotedConnection)
    }
}

impl<C: Connection> Connection for NotedConnection<C> {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, Failed> {
        note(statement);
        self.0.query(statement, parameters)
    }

    fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<u64, Failed> {
        note(statement);
        self.0.execute(statement, parameters)
    }
}
