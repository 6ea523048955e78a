//! The store on PostgreSQL, through a driver of this machine: for `linli directory import` and `linli verify` on a database
//! that Spin serves.
//!
//! The store itself is [`linli_store_rows::SharedRows`], the same as on Spin: any number of processes write one database at
//! the same time. [`Server`] opens the connections.

mod connection;
#[cfg(feature = "fixture")]
pub mod fixture;

use linli_store::StoreError;
use linli_store_rows::SharedRows;

pub use connection::{Server, Session};

/// A store on a database of PostgreSQL's.
pub type PostgresStore = SharedRows<Server>;

/// Opens a database, and makes its tables when there are none.
///
/// `address` is as in [libpq](https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING):
/// `postgres://user:password@host:port/database?sslmode=require`. With TLS the server must show a certificate that this
/// machine trusts.
///
/// # Errors
/// Text that is no address; a server that cannot be reached or does not sync; a database of another program's.
pub fn open(address: &str) -> Result<PostgresStore, StoreError> {
    SharedRows::open(Server::at(address)?)
}

/// Opens a database to read it. One without tables is refused.
///
/// # Errors
/// See [`open`].
pub fn open_read_only(address: &str) -> Result<PostgresStore, StoreError> {
    SharedRows::open(Server::at(address)?.read_only())
}
