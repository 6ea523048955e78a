//! Many reads by one statement.

use std::collections::HashMap;

use linli_store::{Head, Key, StoreError, Versioned, head_key};

use crate::connection::{Connection, Failed, Row, Value, query};
use crate::habits::{Wanted, What};
use crate::sql;
use crate::view::{blob, columns, damaged, versioned};

/// A platform's and a community's partition.
pub(crate) type Both<T> = [T; 2];

/// What is to be read of both, besides their heads.
#[derive(Default)]
pub(crate) struct Ahead {
    pub keys: Both<Vec<Key>>,
    /// Each of the one or the other.
    pub stretches: Vec<(usize, First)>,
}

/// The first rows of a stretch.
pub(crate) struct First {
    start: Key,
    end: Key,
    descending: bool,
    pub rows: u32,
}

/// What was there.
pub(crate) struct Found {
    pub heads: Both<Head>,
    pub rows: Both<HashMap<Key, Versioned>>,
    /// Of each stretch, in its order.
    pub stretches: Vec<Vec<(Key, Versioned)>>,
}

impl Ahead {
    /// So many rows of each stretch.
    pub(crate) fn of<'a>(wanted: impl Iterator<Item = (&'a Wanted, u32)>) -> Self {
        let mut ahead = Self::default();
        wanted.for_each(|(wanted, rows)| ahead.add(wanted.place(), &wanted.what, rows));
        ahead
    }

    /// Of the one partition or the other.
    pub(crate) fn add(&mut self, place: usize, what: &What, rows: u32) {
        match what {
            What::Key(key) => self.keys[place].push(key.clone()),
            What::Stretch { start, end, descending } => {
                let (start, end, descending) = (start.clone(), end.clone(), *descending);
                self.stretches.push((place, First { start, end, descending, rows }));
            }
        }
    }

    fn counts(&self) -> Both<usize> {
        [self.keys[0].len() + 1, self.keys[1].len() + 1]
    }

    fn directions(&self) -> Vec<(usize, bool)> {
        self.stretches.iter().map(|(of, first)| (*of, first.descending)).collect()
    }

    /// Reads all of it, of one state.
    pub(crate) fn ask(&self, connection: &dyn Connection, of: Both<i64>) -> Result<Vec<Row>, Failed> {
        let statement = sql::ahead(self.counts(), &self.directions());
        let mut parameters: Vec<_> = of.into_iter().map(Value::Integer).collect();
        let head = head_key();
        for keys in &self.keys {
            parameters.extend(keys.iter().chain([&head]).map(|key| Value::Blob(key.to_vec())));
        }
        for (_, First { start, end, rows, .. }) in &self.stretches {
            parameters.extend([start, end].map(|key| Value::Blob(key.to_vec())));
            parameters.push(Value::Integer(i64::from(*rows)));
        }
        query(connection, &statement, parameters)
    }

    /// What the rows say that were given for it.
    pub(crate) fn found(&self, given: Vec<Row>) -> Result<Found, StoreError> {
        let mut rows: Both<HashMap<Key, Versioned>> = Default::default();
        let mut stretches = vec![Vec::new(); self.stretches.len()];
        for row in given {
            let [tag, key, stored, value] = columns(row)?;
            let Value::Integer(tag) = tag else { return Err(damaged()) };
            let tag = usize::try_from(tag).map_err(|_| damaged())?;
            let row = versioned(stored, value)?;
            let key: Key = blob(key)?.into();
            match rows.get_mut(tag) {
                Some(rows) => drop(rows.insert(key, row)),
                None => stretches.get_mut(tag - 2).ok_or_else(damaged)?.push((key, row)),
            }
        }
        for (rows, (_, First { descending, .. })) in stretches.iter_mut().zip(&self.stretches) {
            rows.sort_unstable_by(|(a, _), (b, _)| if *descending { b.cmp(a) } else { a.cmp(b) });
        }
        let head = |rows: &HashMap<Key, Versioned>| {
            rows.get(&head_key()).map_or(Ok(Head::default()), |row| Head::decode(&row.value))
        };
        Ok(Found { heads: [head(&rows[0])?, head(&rows[1])?], rows, stretches })
    }
}
