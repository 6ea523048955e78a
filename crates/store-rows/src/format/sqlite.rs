//! A file of SQLite's.

use linli_store::StoreError;

use super::{APPLICATION_ID, MIGRATIONS, PATIENCE_MILLIS, Refused, end, known, statements};
use crate::connection::{Connection, Dialect, Failed, Value, execute};
use crate::sql;

/// Milliseconds a connection waits for another's lock once it is set up. SQLite looks again after 1 ms, then after longer
/// and longer, up to 100 ms; a lock here is held for less than one, and whoever sleeps long is overtaken by those who come
/// later. So it is asked again from outside.
const BUSY_MILLIS: u32 = 2;
/// What `PRAGMA synchronous` says of `FULL`.
const SYNCHRONOUS_FULL: i64 = 2;
/// See [`FileState`].
const STATE: &str = "SELECT application_id, user_version, synchronous, (SELECT count(*) FROM sqlite_schema) FROM \
                     pragma_application_id, pragma_user_version, pragma_synchronous";
/// Pages of the log after which every commit copies it into the database, should [`start_log_over`] not have come to it:
/// 128 MiB.
const CHECKPOINT_PAGES: u32 = 16_384;
/// Milliseconds for which starting the log over holds up commits while snapshots are read, which takes them less than one.
const RESTART_MILLIS: u32 = 20;
/// Bytes of a page of a new file; as `linli-store-sqlite` has it.
const PAGE_BYTES: u32 = 8 * 1024;
/// KiB of a connection's page cache.
const CACHE_KIB: u32 = 8 * 1024;

/// Copies the log into the database and has the next commit start it over. SQLite's own way, after every so many pages,
/// starts it over only when no snapshot is open by chance, and copies anew with each commit until then.
///
/// PostgreSQL sees to its log itself.
///
/// # Errors
/// See [`Failed`]; nothing is lost then.
pub(crate) fn start_log_over(connection: &dyn Connection) -> Result<(), Failed> {
    if connection.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    for pragma in [
        format!("busy_timeout = {RESTART_MILLIS}"),
        "wal_checkpoint(RESTART)".to_owned(),
        format!("busy_timeout = {BUSY_MILLIS}"),
    ] {
        connection.query(&format!("PRAGMA {pragma}"), vec![])?;
    }
    Ok(())
}

pub(super) fn set_up(connection: &dyn Connection) -> Result<(), Refused> {
    let set = |pragma: String| connection.query(&format!("PRAGMA {pragma}"), vec![]);
    set(format!("busy_timeout = {PATIENCE_MILLIS}"))?;
    // Takes effect on a new file only, and there before everything else.
    set(format!("page_size = {PAGE_BYTES}"))?;
    let mode = match set("journal_mode = wal".to_owned())?.into_iter().flatten().next() {
        Some(Value::Text(mode)) => mode,
        _ => String::new(),
    };
    if mode != "wal" {
        return Err(Refused::Store(StoreError::Database(format!(
            "the journal mode is {mode}, it must be wal"
        ))));
    }
    // The log is synced before a commit returns and before readers see it.
    set("synchronous = FULL".to_owned())?;
    set(format!("wal_autocheckpoint = {CHECKPOINT_PAGES}"))?;
    set(format!("cache_size = -{CACHE_KIB}"))?;
    set("foreign_keys = OFF".to_owned())?;
    set("trusted_schema = OFF".to_owned())?;
    set("temp_store = MEMORY".to_owned())?;
    let file = FileState::read(connection)?;
    if file.synchronous != SYNCHRONOUS_FULL {
        return Err(Refused::Store(StoreError::Database("commits would not be synced".to_owned())));
    }
    if file.format()? < MIGRATIONS.len() {
        execute(connection, sql::begin_writing(Dialect::Sqlite), vec![])?;
        let migrated = migrate(connection);
        end(connection, &migrated)?;
        migrated?;
    }
    set(format!("busy_timeout = {BUSY_MILLIS}"))?;
    Ok(())
}

/// Under the write lock: another process may have done it since it was looked at.
fn migrate(connection: &dyn Connection) -> Result<(), Refused> {
    let found = FileState::read(connection)?.format()?;
    for (to, migration) in (1_usize..).zip(MIGRATIONS).skip(found) {
        for statement in statements(migration) {
            execute(connection, statement, vec![])?;
        }
        execute(connection, &format!("PRAGMA application_id = {APPLICATION_ID}"), vec![])?;
        execute(connection, &format!("PRAGMA user_version = {to}"), vec![])?;
    }
    Ok(())
}

/// What the connection says of the file and of itself.
struct FileState {
    application_id: i64,
    user_version: i64,
    synchronous: i64,
    tables: i64,
}

impl FileState {
    /// By one statement: on Spin, each is a change of threads.
    fn read(connection: &dyn Connection) -> Result<Self, Failed> {
        let row = connection.query(STATE, vec![])?.into_iter().next().unwrap_or_default();
        // 0 where there is none: a pragma that a driver does not show reads as never set.
        let number = |column: usize| match row.get(column) {
            Some(Value::Integer(number)) => *number,
            _ => 0,
        };
        let [application_id, user_version, synchronous, tables] = [0, 1, 2, 3].map(number);
        Ok(Self { application_id, user_version, synchronous, tables })
    }

    /// The format of the file; 0 for a new one.
    fn format(&self) -> Result<usize, Refused> {
        let is_new = self.application_id == 0 && self.tables == 0;
        if self.application_id != i64::from(APPLICATION_ID) && !is_new {
            let words = "the file is another program's database".to_owned();
            return Err(Refused::Store(StoreError::Database(words)));
        }
        known(self.user_version)
    }
}
