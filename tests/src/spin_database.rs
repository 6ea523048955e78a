//! The database that a host of Spin's is on: a file, or one of PostgreSQL's with `LINLI_TEST_DATABASE=postgres`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli_store::Store;
use linli_store_postgres::fixture;
use linli_store_sqlite::{SqliteOptions, SqliteStore};

/// A database that one host has.
pub enum SpinDatabase {
    /// This file.
    Sqlite(PathBuf),
    /// On a server that all hosts of this program share.
    Postgres(fixture::Database),
}

impl SpinDatabase {
    /// A new one of the kind that is wanted; a file lies in this directory.
    pub fn new(place: &Path) -> Self {
        match std::env::var_os("LINLI_TEST_DATABASE") {
            Some(wanted) if wanted == "postgres" => Self::Postgres(fixture::Database::new()),
            _ => Self::Sqlite(place.join("spin.db")),
        }
    }

    /// Opens it beside the host.
    ///
    /// # Panics
    /// When it fails.
    pub fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(file) => SqliteStore::open(file, SqliteOptions::default()).unwrap(),
            Self::Postgres(database) => Arc::new(database.open()),
        }
    }

    /// The same, to read.
    ///
    /// # Panics
    /// When it fails.
    pub fn open_read_only(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(file) => SqliteStore::open_read_only(file, SqliteOptions::default()).unwrap(),
            Self::Postgres(database) => {
                Arc::new(linli_store_postgres::open_read_only(&database.address()).unwrap())
            }
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }

    /// What the host is told by the variables `linli_postgres` and `linli_postgres_host`: empty, where it is a file.
    pub fn variables(&self) -> [String; 2] {
        match self {
            Self::Sqlite(_) => [String::new(), String::new()],
            Self::Postgres(database) => [database.address(), database.host()],
        }
    }
}
