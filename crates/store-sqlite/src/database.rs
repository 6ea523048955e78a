//! The file: who may open it, how a connection is set up, and its format.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use linli_store::StoreError;
use linli_store_rows::{APPLICATION_ID, MIGRATIONS};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::options::{LOCKED_WAIT, PAGE_BYTES, PREPARED_STATEMENTS, READER_CACHE_KIB, WRITER_CACHE_KIB};

/// SQLite's own words name tables and columns, never what is in them.
pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged("database file"),
        _ => StoreError::Database(error.to_string()),
    }
}

/// Held as long as a process may write: everything that is decided in memory relies on nobody else writing.
pub(crate) struct ProcessLock(#[allow(dead_code, reason = "its lock lasts as long as the handle")] File);

impl ProcessLock {
    /// On `<database>.lock`, which stays: removing it would let two processes lock two files of one name. The lock
    /// itself goes with the process, however it ends.
    pub(crate) fn take(database: &Path) -> Result<Self, StoreError> {
        // One file has one lock, by whichever link it is reached; a new one has no links yet.
        let file = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let mut name = file.into_os_string();
        name.push(".lock");
        let path = PathBuf::from(name);
        let told =
            |error: std::io::Error| StoreError::Database(format!("lock file {}: {error}", path.display()));
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(told)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Database(format!(
                "another process has {} open; one at a time may",
                database.display()
            ))),
            Err(TryLockError::Error(error)) => Err(told(error)),
        }
    }
}

/// The one connection that writes; makes the database when there is none and brings its format up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(LOCKED_WAIT).map_err(failed)?;
    let found = format(&connection)?;
    let mode = set_up_writer(&connection).map_err(failed)?;
    if mode != "wal" {
        // Memory databases and some network file systems have no log that others can read beside the writer.
        return Err(StoreError::Database(format!("the journal mode is {mode}, it must be wal")));
    }
    migrate(&mut connection, found)?;
    Ok(connection)
}

/// A connection that cannot write, to a database of exactly this format.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    set_up_reader(&connection).map_err(failed)?;
    Ok(connection)
}

/// The format of the database; 0 for a new one.
pub(crate) fn format(connection: &Connection) -> Result<usize, StoreError> {
    let number =
        |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(failed);
    let application = number("application_id")?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if application != i64::from(APPLICATION_ID) && (application != 0 || tables != 0) {
        return Err(StoreError::Database("the file is another program's database".to_owned()));
    }
    let found = number("user_version")?;
    match usize::try_from(found) {
        Ok(found) if found <= MIGRATIONS.len() => Ok(found),
        _ => Err(StoreError::Newer {
            found: u32::try_from(found).unwrap_or(u32::MAX),
            known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
        }),
    }
}

/// Refuses all formats but the newest: who only reads cannot migrate.
pub(crate) fn require_newest(connection: &Connection) -> Result<(), StoreError> {
    let found = format(connection)?;
    if found == MIGRATIONS.len() {
        return Ok(());
    }
    Err(StoreError::Database(format!(
        "the database has format {found} and must be brought to {} by opening it for writing once",
        MIGRATIONS.len()
    )))
}

fn migrate(connection: &mut Connection, found: usize) -> Result<(), StoreError> {
    for (to, sql) in (1_i64..).zip(MIGRATIONS).skip(found) {
        let transaction = connection.transaction().map_err(failed)?;
        transaction.execute_batch(sql).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", to).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

/// Gives the journal mode that the file can have.
fn set_up_writer(connection: &Connection) -> rusqlite::Result<String> {
    // Takes effect on a new database only, and there before everything else.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    let mode = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    // The log is synced before a commit returns and before readers see it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // The writer checkpoints by itself, between groups.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
    set_up(connection)?;
    Ok(mode)
}

fn set_up_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -i64::from(READER_CACHE_KIB))?;
    set_up(connection)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    // A failing disk is an error of a read that way, and not a signal that ends the process; and a mapped file was no
    // faster where it was measured.
    connection.pragma_update(None, "mmap_size", 0)?;
    // There are no foreign keys: what rows mean is the store's business, not the database's.
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(())
}
