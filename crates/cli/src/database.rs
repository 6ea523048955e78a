//! A database beside those that serve it: the file of a data directory, or one of PostgreSQL's that Spin serves.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use linli_store::Store;
use linli_store_postgres::PostgresStore;
use linli_store_sqlite::{SqliteOptions, SqliteStore};

use crate::data_dir::DataDir;

/// Its address is not repeated: it holds a password.
const POSTGRES: &str = "the PostgreSQL database";

/// Where the database is.
#[derive(Args)]
pub struct Arguments {
    /// A PostgreSQL database in place of the data directory's file: postgres://user:password@host:port/name
    #[arg(long, env = "LINLI_POSTGRES", hide_env_values = true, value_name = "ADDRESS")]
    postgres: Option<String>,
}

/// A database that is open.
pub struct Database {
    pub store: Arc<dyn Store>,
    /// How people are told of it.
    pub name: String,
    /// The same, where it is the file.
    file: Option<Arc<SqliteStore>>,
}

impl Arguments {
    /// Opens it to write, and makes its tables when there are none; with the master key it is written with, made when
    /// nothing was written yet.
    ///
    /// # Errors
    /// It cannot be opened, or its key is not there.
    pub fn open(&self, data: &DataDir) -> Result<(Database, [u8; 32])> {
        if let Some(address) = &self.postgres {
            let store =
                linli_store_postgres::open(address).with_context(|| format!("cannot open {POSTGRES}"))?;
            let has_database = !store.partitions().context("cannot read the database")?.is_empty();
            return Ok((Database::of_postgres(store), data.master_key_of(has_database)?));
        }
        let (key, file) = (data.master_key()?, data.database());
        let store = SqliteStore::open(&file, SqliteOptions::default());
        let unopened = || format!("cannot open {} (is a server running on it?)", file.display());
        Ok((Database::of_file(store.with_context(unopened)?, &file), key))
    }

    /// Opens it to read; it is left as it is.
    ///
    /// # Errors
    /// It cannot be opened, or is not there.
    pub fn open_read_only(&self, data: Option<&Path>, options: SqliteOptions) -> Result<Database> {
        if let Some(address) = &self.postgres {
            let store = linli_store_postgres::open_read_only(address);
            return Ok(Database::of_postgres(store.with_context(|| format!("cannot open {POSTGRES}"))?));
        }
        let data = data.context("no database: give --data DIR or --postgres ADDRESS")?;
        let file = DataDir::open(data)?.database();
        let store = SqliteStore::open_read_only(&file, options);
        let unopened = || format!("cannot open {}", file.display());
        Ok(Database::of_file(store.with_context(unopened)?, &file))
    }
}

impl Database {
    fn of_file(store: Arc<SqliteStore>, file: &Path) -> Self {
        Self { store: store.clone(), name: file.display().to_string(), file: Some(store) }
    }

    fn of_postgres(store: PostgresStore) -> Self {
        Self { store: Arc::new(store), name: POSTGRES.to_owned(), file: None }
    }

    /// Writes down whatever is not yet.
    ///
    /// # Errors
    /// When that fails.
    pub fn close(&self) -> Result<()> {
        // In PostgreSQL, what was committed is.
        self.file.as_ref().map_or(Ok(()), |file| Ok(file.close()?))
    }
}
