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
/// Readers and a writer do not wait for each other. It is the file's: whoever made it has said so for all.
const JOURNAL_MODE: &str = "wal";
/// See [`FileState`].
const STATE: &str = "SELECT application_id, user_version, synchronous, (SELECT count(*) FROM sqlite_schema), journal_mode \
                     FROM pragma_application_id, pragma_user_version, pragma_synchronous, pragma_journal_mode";
/// Pages of the log after which every commit copies it into the database, should [`start_log_over`] not have come to it:
/// 128 MiB.
const CHECKPOINT_PAGES: u32 = 16_384;
/// Milliseconds for which starting the log over holds up commits while snapshots are read, which takes them less than one.
const RESTART_MILLIS: u32 = 20;
/// Bytes of a page of a new file; as `linli-store-sqlite` has it.
const PAGE_BYTES: u32 = 8 * 1024;

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

/// By as few statements as there can be: on Spin, instances come and go, and each statement is a change of threads. What a
/// connection has by itself is left as it is: its page cache, which is emptied whenever another connection has written.
pub(super) fn set_up(connection: &dyn Connection) -> Result<(), Refused> {
    let set = |pragma: String| connection.query(&format!("PRAGMA {pragma}"), vec![]);
    set(format!("busy_timeout = {PATIENCE_MILLIS}"))?;
    // The log is synced before a commit returns and before readers see it. Said even where it is so by itself: what SQLite
    // was compiled with may change it when it first sees a log.
    set("synchronous = FULL".to_owned())?;
    let mut file = FileState::read(connection)?;
    if file.journal_mode != JOURNAL_MODE {
        // Takes effect on a new file only, and there before everything else.
        set(format!("page_size = {PAGE_BYTES}"))?;
        set(format!("journal_mode = {JOURNAL_MODE}"))?;
        file = FileState::read(connection)?;
    }
    if file.journal_mode != JOURNAL_MODE {
        return Err(Refused::Store(StoreError::Database(format!(
            "the journal mode is {}, it must be {JOURNAL_MODE}",
            file.journal_mode
        ))));
    }
    if file.synchronous != SYNCHRONOUS_FULL {
        return Err(Refused::Store(StoreError::Database("commits would not be synced".to_owned())));
    }
    set(format!("wal_autocheckpoint = {CHECKPOINT_PAGES}"))?;
    set("trusted_schema = OFF".to_owned())?;
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
    journal_mode: String,
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
        let journal_mode = match row.get(4) {
            Some(Value::Text(mode)) => mode.clone(),
            _ => String::new(),
        };
        Ok(Self { application_id, user_version, synchronous, tables, journal_mode })
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
