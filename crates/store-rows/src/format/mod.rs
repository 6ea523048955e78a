//! The format of the tables, and how a connection is set up that shares them with others.

mod postgres;
mod sqlite;

use linli_store::StoreError;

use crate::connection::{Connection, Dialect, Failed, execute};

pub(crate) use sqlite::start_log_over;

/// `LINL` in the file's header, so that another program's database is never mistaken for ours. In PostgreSQL, the lock under
/// which tables are made.
pub const APPLICATION_ID: i32 = 0x4C49_4E4C;

/// Each leads to the format of its place in the list, counted from 1, in one transaction. Released ones never change.
pub const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_rows_and_spaces.sql")];
/// The same for PostgreSQL: a format has one number on both.
const POSTGRES_MIGRATIONS: [&str; MIGRATIONS.len()] =
    [include_str!("../../migrations/postgres/0001_rows_and_spaces.sql")];

/// Milliseconds a connection waits for another's lock before it says it is busy, while it is set up; in PostgreSQL always.
const PATIENCE_MILLIS: u32 = 2_000;
/// Tries of the set-up, which several processes may begin at once on a new database.
const TRIES: u32 = 5;

/// The statements of a migration one by one, for drivers that take no more at once. A statement ends with a semicolon at
/// the end of a line.
pub fn statements(migration: &str) -> impl Iterator<Item = &str> {
    migration.split_inclusive(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

/// Sets a connection up, makes the tables when there are none, and brings the format up to date.
///
/// # Errors
/// When the tables are another program's or a newer release's, when commits would not be durable, or when the database
/// fails.
pub fn set_up(connection: &dyn Connection) -> Result<(), StoreError> {
    let mut last = Failed::Busy;
    for _ in 0..TRIES {
        let done = match connection.dialect() {
            Dialect::Sqlite => sqlite::set_up(connection),
            Dialect::Postgres => postgres::set_up(connection),
        };
        match done {
            Err(Refused::Failed(failed @ Failed::Busy)) => last = failed,
            Err(Refused::Failed(failed)) => return Err(failed.into()),
            Err(Refused::Store(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(last.into())
}

/// Why a connection is not set up.
enum Refused {
    Failed(Failed),
    Store(StoreError),
}

impl From<Failed> for Refused {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// The number of the format that was found, if this release knows it.
fn known(found: i64) -> Result<usize, Refused> {
    match usize::try_from(found) {
        Ok(found) if found <= MIGRATIONS.len() => Ok(found),
        _ => Err(Refused::Store(StoreError::Newer {
            found: u32::try_from(found).unwrap_or(u32::MAX),
            known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
        })),
    }
}

/// Ends a transaction by what came of it.
fn end(connection: &dyn Connection, done: &Result<(), Refused>) -> Result<(), Failed> {
    execute(connection, if done.is_ok() { "COMMIT" } else { "ROLLBACK" }, vec![]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_falls_into_its_statements() {
        for (migration, count) in [(MIGRATIONS[0], 2), (POSTGRES_MIGRATIONS[0], 3)] {
            let found: Vec<_> = statements(migration).collect();
            assert_eq!(found.len(), count);
            assert!(
                found.iter().all(|statement| statement.contains("CREATE TABLE") && statement.ends_with(';'))
            );
        }
    }
}
