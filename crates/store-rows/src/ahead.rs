//! Many reads by one statement.

use std::collections::HashMap;

use linli_store::{Key, StoreError, Versioned};

use crate::connection::{Connection, Value, query};
use crate::sql;
use crate::view::{blob, columns, damaged, versioned};

/// A platform's and a community's partition.
pub(crate) type Both<T> = [T; 2];

/// What is to be read of both.
#[derive(Default)]
pub(crate) struct Ahead {
    pub keys: Both<Vec<Key>>,
    /// Each of the one or the other.
    pub stretches: Vec<(usize, First)>,
}

/// The first rows of a stretch.
pub(crate) struct First {
    pub start: Key,
    pub end: Key,
    pub descending: bool,
    pub rows: u32,
}

/// What was there.
pub(crate) struct Found {
    pub rows: Both<HashMap<Key, Versioned>>,
    /// Of each stretch, in its order.
    pub stretches: Vec<Vec<(Key, Versioned)>>,
}

impl Ahead {
    /// Reads all of it, of one state.
    pub(crate) fn read(self, connection: &dyn Connection, of: Both<i64>) -> Result<Found, StoreError> {
        let counts = [self.keys[0].len(), self.keys[1].len()];
        let directions: Vec<_> = self.stretches.iter().map(|(of, first)| (*of, first.descending)).collect();
        let statement = sql::ahead(counts, &directions);
        let read = of.into_iter().zip(sql::reads_of(counts, &directions)).filter(|(_, is_read)| *is_read);
        let mut parameters: Vec<_> = read.map(|(partition, _)| Value::Integer(partition)).collect();
        parameters.extend(self.keys.iter().flatten().map(|key| Value::Blob(key.to_vec())));
        for (_, First { start, end, rows, .. }) in &self.stretches {
            parameters.extend([start, end].map(|key| Value::Blob(key.to_vec())));
            parameters.push(Value::Integer(i64::from(*rows)));
        }
        let stretches = vec![Vec::new(); self.stretches.len()];
        let mut found = Found { rows: Default::default(), stretches };
        for row in query(connection, &statement, parameters)? {
            let [tag, key, stored, value] = columns(row)?;
            let Value::Integer(tag) = tag else { return Err(damaged()) };
            let tag = usize::try_from(tag).map_err(|_| damaged())?;
            let row = versioned(stored, value)?;
            let key: Key = blob(key)?.into();
            match found.rows.get_mut(tag) {
                Some(rows) => drop(rows.insert(key, row)),
                None => found.stretches.get_mut(tag - 2).ok_or_else(damaged)?.push((key, row)),
            }
        }
        for (rows, (_, descending)) in found.stretches.iter_mut().zip(directions) {
            rows.sort_unstable_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        }
        Ok(found)
    }
}
