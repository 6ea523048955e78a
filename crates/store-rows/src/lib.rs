//! Rows on SQLite or PostgreSQL through any connection: the format of the tables, and a store for processes that share them.
//!
//! - [`MIGRATIONS`] and [`APPLICATION_ID`] are the format of a file of SQLite, [`sql`] the statements on it.
//!   `linli-store-sqlite`, which has a file to itself, uses the same, so that a file goes from one host to the other.
//! - [`Connection`] is the little that is asked of a driver: a statement with parameters, and its rows. On Spin it is
//!   `spin:sqlite` or `spin:postgres`, in this crate's tests rusqlite, in `linli-store-postgres` tokio-postgres.
//! - [`SharedRows`] is a [`linli_store::Store`] over such connections, where other processes write the same tables at the
//!   same time. A snapshot is a read transaction, ended before anything is committed. A commit is one statement that
//!   looks and one that writes if nobody was faster; who is outrun again and again takes a lock. It is durable when it
//!   returns.
//!
//! Absent on purpose: no driver, no threads, no clock. The crate compiles to WebAssembly.

mod ahead;
mod connection;
mod format;
mod habits;
mod known;
mod look;
mod reading;
mod shared;
pub mod sql;
mod view;
mod write;

pub use connection::{Connection, Dialect, Failed, Open, Row, Value};
pub use format::{APPLICATION_ID, MIGRATIONS, set_up, statements};
pub use shared::SharedRows;
