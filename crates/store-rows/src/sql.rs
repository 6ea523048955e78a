//! The statements on the tables, with parameters as SQLite writes them. Where PostgreSQL's are others, it is said.

use crate::connection::Dialect;

/// Version and value of a key: `partition`, `key`.
pub const GET: &str = "SELECT version, value FROM rows WHERE partition = ?1 AND key = ?2";

/// Key, version and value of a stretch in the order of the keys: `partition`, `start`, `end`.
pub const ASCENDING: &str =
    "SELECT key, version, value FROM rows WHERE partition = ?1 AND key >= ?2 AND key < ?3 ORDER BY key";

/// The same in the opposite order.
pub const DESCENDING: &str =
    "SELECT key, version, value FROM rows WHERE partition = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC";

/// Writes a row: `partition`, `key`, `version`, `value`.
pub const PUT: &str = "INSERT OR REPLACE INTO rows (partition, key, version, value) VALUES (?1, ?2, ?3, ?4)";

/// Begins to read one state of the whole database, which is the one at the first read.
pub fn begin_reading(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "BEGIN DEFERRED",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
}

/// Begins to write. On SQLite nobody else does until it ends; on PostgreSQL, see [`LOCK_PARTITION`].
pub fn begin_writing(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
    }
}

/// PostgreSQL: nobody else commits in a partition until the transaction ends. Where nobody ever has, a head is made that is
/// of no commit, so that there is something to lock; it is written over, or rolled back. Parameters: `partition`, key of
/// the head, the head that is of no commit.
pub const LOCK_PARTITION: &str = "INSERT INTO rows (partition, key, version, value) VALUES (?1, ?2, 0, ?3) ON CONFLICT \
                                  (partition, key) DO UPDATE SET version = rows.version";

/// SQLite: writes as many rows as there are groups of four parameters, if and only if the partition's last commit still is
/// the one it was; gives a row for each that was written. Parameters: `partition`, key of the head, number of that commit
/// (0 when there is none); then those of the rows. The whole statement is a transaction of its own.
pub fn put_if_last(rows: usize) -> String {
    format!(
        "INSERT OR REPLACE INTO rows (partition, key, version, value) SELECT * FROM (VALUES {}) WHERE \
         coalesce((SELECT version FROM rows WHERE partition = ?1 AND key = ?2), 0) = ?3 RETURNING 1",
        groups(4, rows)
    )
}

/// PostgreSQL: the same. Whoever comes second waits for the first at the row of the head, looks at it again, as the level
/// READ COMMITTED has it, and finds that it is another. Parameters: `partition`, key of the head, number of the commit, the
/// head; then key and value of each other row. `is_first`: nothing was committed in the partition yet.
pub fn put_after_head(is_first: bool, others: usize) -> String {
    let head = if is_first {
        "INSERT INTO rows (partition, key, version, value) VALUES (?1::bigint, ?2, ?3::bigint, ?4) ON CONFLICT (partition, key) DO NOTHING \
         RETURNING 1"
    } else {
        "UPDATE rows SET version = ?3, value = ?4 WHERE partition = ?1::bigint AND key = ?2 AND version = ?3::bigint - 1 \
         RETURNING 1"
    };
    if others == 0 {
        return head.to_owned();
    }
    let pair = |row: usize| format!("(?{}::bytea, ?{}::bytea)", 5 + 2 * row, 6 + 2 * row);
    let pairs = (0..others).map(pair).collect::<Vec<_>>().join(", ");
    format!(
        "WITH head AS ({head}) INSERT INTO rows (partition, key, version, value) SELECT ?1, put.key, ?3, put.value FROM \
         (VALUES {pairs}) AS put (key, value) WHERE EXISTS (SELECT 1 FROM head) {ON_CONFLICT}"
    )
}

const ON_CONFLICT: &str =
    "ON CONFLICT (partition, key) DO UPDATE SET version = excluded.version, value = excluded.value";

/// Writes as many rows as there are groups of four parameters; at least one.
pub fn put_all(dialect: Dialect, rows: usize) -> String {
    let rows = groups(1, rows);
    match dialect {
        Dialect::Sqlite => {
            format!("INSERT OR REPLACE INTO rows (partition, key, version, value) VALUES {rows}")
        }
        Dialect::Postgres => {
            format!("INSERT INTO rows (partition, key, version, value) VALUES {rows} {ON_CONFLICT}")
        }
    }
}

/// So many groups of four parameters, the first of which has this number.
fn groups(first: usize, rows: usize) -> String {
    let group = |n: usize| format!("(?{n}, ?{}, ?{}, ?{})", n + 1, n + 2, n + 3);
    (0..rows).map(|row| group(first + 4 * row)).collect::<Vec<_>>().join(", ")
}

/// So many parameters, the first of which has this number.
fn parameters(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ")
}

/// Rows of keys in full, the versions of others, and the numbers and highest versions of stretches, all of one state.
/// Parameters: `partition`; the keys of either; start and end of each stretch. Columns: 0, key, version, value; or 1, key,
/// version; or the number of the stretch plus 2, nothing, count, highest version. PostgreSQL has one type for a column, so
/// that version is eight bytes there, the highest first.
pub fn look(dialect: Dialect, full: usize, versions: usize, stretches: usize) -> String {
    let highest = match dialect {
        Dialect::Sqlite => "max(version)",
        Dialect::Postgres => "int8send(max(version))",
    };
    let mut statement = format!(
        "SELECT 0, key, version, value FROM rows WHERE partition = ?1 AND key IN ({})",
        parameters(2, full)
    );
    if versions > 0 {
        statement
            .push_str(" UNION ALL SELECT 1, key, version, NULL FROM rows WHERE partition = ?1 AND key IN (");
        statement.push_str(&parameters(2 + full, versions));
        statement.push(')');
    }
    for n in 0..stretches {
        let start = 2 + full + versions + 2 * n;
        statement.push_str(&format!(
            " UNION ALL SELECT {}, NULL, count(*), {highest} FROM rows WHERE partition = ?1 AND key >= ?{start} AND key \
             < ?{}",
            n + 2,
            start + 1
        ));
    }
    statement
}

/// Rows of keys in two partitions, and the first rows of stretches, each in the first (0) or second (1) of them and read
/// from its start or, descending, from its end; all of one state. Parameters: both partitions; the keys in the first, those
/// in the second, at least one of each; start, end and number of rows of each stretch. Columns: 0 or 1 for keys in the
/// first or second partition, or the number of the stretch plus 2; key, version, value.
pub fn ahead(keys: [usize; 2], stretches: &[(usize, bool)]) -> String {
    let mut next = 3;
    let mut take = |count: usize| {
        next += count;
        next - count
    };
    let mut selects = Vec::new();
    for (of, count) in (0..).zip(keys) {
        let keys = parameters(take(count), count);
        selects.push(format!(
            "SELECT {of}, key, version, value FROM rows WHERE partition = ?{} AND key IN ({keys})",
            of + 1
        ));
    }
    for (n, (of, descending)) in stretches.iter().enumerate() {
        let first = take(3);
        let order = if *descending { "key DESC" } else { "key" };
        selects.push(format!(
            "SELECT * FROM (SELECT {}, key, version, value FROM rows WHERE partition = ?{} AND key >= ?{first} AND key < \
             ?{} ORDER BY {order} LIMIT ?{}) AS stretch",
            n + 2,
            of + 1,
            first + 1,
            first + 2
        ));
    }
    selects.join(" UNION ALL ")
}

/// Deletes as many rows as there are keys: `partition`, then the keys.
pub fn delete_all(rows: usize) -> String {
    format!("DELETE FROM rows WHERE partition = ?1 AND key IN ({})", parameters(2, rows))
}

/// Deletes a row: `partition`, `key`.
pub const DELETE: &str = "DELETE FROM rows WHERE partition = ?1 AND key = ?2";

/// The first partition of a stretch, both ends included.
pub const NEXT_PARTITION: &str = "SELECT min(partition) FROM rows WHERE partition BETWEEN ?1 AND ?2";

/// The number of a name.
pub const SPACE: &str = "SELECT id FROM spaces WHERE name = ?1";

/// Gives a name a number, unless it has one.
pub const NEW_SPACE: &str = "INSERT INTO spaces (name) VALUES (?1) ON CONFLICT (name) DO NOTHING";

/// All names, in the order of their numbers.
pub const SPACES: &str = "SELECT id, name FROM spaces ORDER BY id";
