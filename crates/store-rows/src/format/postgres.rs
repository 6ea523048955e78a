//! A database of PostgreSQL's: tables in the first schema of the connection's search path.

use linli_store::StoreError;

use super::{APPLICATION_ID, PATIENCE_MILLIS, POSTGRES_MIGRATIONS, Refused, end, known, statements};
use crate::connection::{Connection, Dialect, Failed, Row, Value, execute};
use crate::sql;

/// Milliseconds after which the server ends a transaction that nobody goes on with: that of a call whose instance is gone
/// would keep old rows from being cleaned up.
const ABANDONED_MILLIS: u32 = 60_000;

/// Leaves a transaction that whoever had the connection before has not ended: Spin keeps connections for the next one. Then
/// sets what commits rely on, and says whether there are tables, and whether the server syncs.
pub(super) fn set_up(connection: &dyn Connection) -> Result<(), Refused> {
    execute(connection, "ROLLBACK", vec![])?;
    let row = one_row(connection, &settings())?;
    if row.first() != Some(&Value::Text("on".to_owned())) {
        return Err(Refused::Store(StoreError::Database("commits would not be synced".to_owned())));
    }
    if format(connection)? < POSTGRES_MIGRATIONS.len() {
        execute(connection, sql::begin_writing(Dialect::Postgres), vec![])?;
        let migrated = migrate(connection);
        end(connection, &migrated)?;
        migrated?;
    }
    Ok(())
}

/// Sets, for the session: that commits are synced (a server may be set to more than that, and then stays so), at which level
/// single statements run, and how long it waits.
fn settings() -> String {
    format!(
        "SELECT current_setting('fsync'), \
         set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' \
         ELSE current_setting('synchronous_commit') END, false), \
         set_config('default_transaction_isolation', 'read committed', false), \
         set_config('lock_timeout', '{PATIENCE_MILLIS}', false), \
         set_config('idle_in_transaction_session_timeout', '{ABANDONED_MILLIS}', false)"
    )
}

/// The number of the format; 0 where there are no tables.
fn format(connection: &dyn Connection) -> Result<usize, Refused> {
    let is_there = one_row(connection, "SELECT to_regclass('linli')::text")?;
    if !matches!(is_there.first(), Some(Value::Text(_))) {
        return Ok(0);
    }
    match one_row(connection, "SELECT max(format) FROM linli")?.first() {
        Some(Value::Integer(found)) => known(*found),
        _ => Err(Refused::Store(StoreError::Damaged("format of the database"))),
    }
}

/// Under a lock: another process may have done it since it was looked at.
fn migrate(connection: &dyn Connection) -> Result<(), Refused> {
    // Of the type `void` otherwise, which no driver reads.
    let lock = format!("SELECT pg_advisory_xact_lock({APPLICATION_ID})::text");
    one_row(connection, &lock)?;
    let found = format(connection)?;
    for migration in POSTGRES_MIGRATIONS.iter().skip(found) {
        for statement in statements(migration) {
            execute(connection, statement, vec![])?;
        }
    }
    if found == 0 {
        execute(connection, "INSERT INTO linli (format) VALUES (0)", vec![])?;
    }
    execute(connection, &format!("UPDATE linli SET format = {}", POSTGRES_MIGRATIONS.len()), vec![])?;
    Ok(())
}

fn one_row(connection: &dyn Connection, statement: &str) -> Result<Row, Failed> {
    Ok(connection.query(statement, vec![])?.into_iter().next().unwrap_or_default())
}
