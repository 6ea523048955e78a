//! An open read transaction, and what is known of the state it sees.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use linli_store::{
    About, Head, Key, Partition, Read, Snapshot, Space, StoreError, Versioned, Visit, head_key,
};

use crate::ahead::{Ahead, First};
use crate::connection::{Connection, Failed, Open, execute};
use crate::habits::{Custom, Wanted, What};
use crate::shared::{IDLE, Inner, lock, names};
use crate::sql;
use crate::view::{Rows, after};

/// Rows a reading keeps, by key: as many as one call may read.
const KEPT: usize = 4_096;

/// An open read transaction: one state of the whole file.
pub(crate) struct Reading<O: Open> {
    inner: Arc<Inner<O>>,
    /// None only while it is being dropped.
    connection: Mutex<Option<O::Connection>>,
    known: Mutex<Known>,
}

/// What is known of that state.
#[derive(Default)]
pub(crate) struct Known {
    heads: Vec<(i64, Head)>,
    rows: Vec<(i64, HashMap<Key, Row>)>,
    names: Option<Vec<(Space, String)>>,
    /// Read ahead, and not kept otherwise.
    stretches: Vec<Stretch>,
    about: Option<Told>,
    /// What was not read ahead, and rows visited: what can be learned.
    missed: Vec<(Wanted, u32)>,
}

struct Row {
    row: Option<Versioned>,
    custom: Option<Arc<Custom>>,
}

struct Stretch {
    partition: i64,
    what: What,
    custom: Arc<Custom>,
    /// In the order they are visited.
    rows: Vec<(Key, Versioned)>,
    /// Whether there are no more.
    is_whole: bool,
}

/// [`About`], for as long as the reading lasts.
struct Told {
    kind: Box<str>,
    partition: i64,
    words: Vec<Box<[u8]>>,
}

impl Known {
    pub(crate) fn head(&self, partition: i64) -> Option<Head> {
        self.heads.iter().find(|(other, _)| *other == partition).map(|(_, head)| *head)
    }

    /// The row of a key, if it was read; if it is not there, none of it.
    pub(crate) fn row(&self, partition: i64, key: &[u8]) -> Option<&Option<Versioned>> {
        self.rows_of(partition)?.get(key).map(|known| &known.row)
    }

    fn rows_of(&self, partition: i64) -> Option<&HashMap<Key, Row>> {
        self.rows.iter().find(|(other, _)| *other == partition).map(|(_, rows)| rows)
    }

    fn keep(&mut self, partition: i64, key: Key, row: Row) {
        let place = self.rows.iter().position(|(other, _)| *other == partition).unwrap_or_else(|| {
            self.rows.push((partition, HashMap::new()));
            self.rows.len() - 1
        });
        let rows = &mut self.rows[place].1;
        if rows.len() < KEPT {
            rows.insert(key, row);
        }
    }

    fn stretch(&self, partition: i64, start: &[u8], end: &[u8], descending: bool) -> Option<&Stretch> {
        self.stretches.iter().find(|stretch| match &stretch.what {
            What::Stretch { start: from, end: to, descending: backwards } => {
                stretch.partition == partition && (&**from, &**to, *backwards) == (start, end, descending)
            }
            What::Key(_) => false,
        })
    }

    fn has(&self, partition: i64, what: &What) -> bool {
        match what {
            What::Key(key) => self.row(partition, key).is_some(),
            What::Stretch { start, end, descending } => {
                self.stretch(partition, start, end, *descending).is_some()
            }
        }
    }

    /// Notes a read that could be learned.
    fn miss(&mut self, partition: i64, what: impl FnOnce() -> What, rows: u32) {
        let Some(told) = &self.about else { return };
        let platform = partition == Partition::Platform.id();
        if (platform || partition == told.partition) && self.missed.len() < KEPT {
            self.missed.push((Wanted { platform, what: what() }, rows));
        }
    }
}

impl<O: Open> Reading<O> {
    /// Begins one.
    pub(crate) fn begin(inner: &Arc<Inner<O>>) -> Result<Self, StoreError> {
        for _ in 0..IDLE {
            match Self::begin_on(inner, inner.take()?) {
                // It may have been kept since before the server was started again, and so may the next one.
                Err(Failed::Lost(_)) => {}
                begun => return Ok(begun?),
            }
        }
        Ok(Self::begin_on(inner, inner.take()?)?)
    }

    fn begin_on(inner: &Arc<Inner<O>>, connection: O::Connection) -> Result<Self, Failed> {
        execute(&connection, sql::begin_reading(connection.dialect()), vec![])?;
        // The transaction sees what is there at its first read.
        Ok(Self { inner: inner.clone(), connection: Mutex::new(Some(connection)), known: Mutex::default() })
    }

    fn read<T>(
        &self,
        partition: i64,
        read: impl FnOnce(&Rows<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = lock(&self.connection);
        let connection = connection.as_ref().ok_or(StoreError::Closed)?;
        read(&Rows { connection, partition })
    }

    /// All names of spaces in this state.
    pub(crate) fn names(&self) -> Result<Vec<(Space, String)>, StoreError> {
        if let Some(names) = &lock(&self.known).names {
            return Ok(names.clone());
        }
        let names = {
            let connection = lock(&self.connection);
            names(connection.as_ref().ok_or(StoreError::Closed)?)?
        };
        lock(&self.known).names = Some(names.clone());
        Ok(names)
    }

    pub(crate) fn head(&self, partition: i64) -> Result<Head, StoreError> {
        if let Some(head) = lock(&self.known).head(partition) {
            return Ok(head);
        }
        let head = self.read(partition, |rows| rows.head())?;
        lock(&self.known).heads.push((partition, head));
        Ok(head)
    }

    /// Reads by one statement what calls like this one have read, and the heads of both partitions.
    pub(crate) fn read_ahead(&self, about: &About<'_>) -> Result<(), StoreError> {
        let places = [Partition::Platform.id(), about.partition.id()];
        let place = |wanted: &Wanted| usize::from(!wanted.platform);
        let mut known = lock(&self.known);
        let words = about.words.iter().map(|word| Box::from(*word)).collect();
        known.about = Some(Told { kind: about.kind.into(), partition: places[1], words });
        let has = |wanted: &Wanted| known.has(places[place(wanted)], &wanted.what);
        let expected = lock(&self.inner.habits).expected(about.kind, about.words, has);
        if expected.is_empty() {
            return Ok(());
        }
        let mut ahead = Ahead::default();
        let mut customs = [Vec::new(), Vec::new()];
        let mut stretches = Vec::new();
        for (wanted, custom) in expected {
            match &wanted.what {
                What::Key(key) => {
                    ahead.keys[place(&wanted)].push(key.clone());
                    customs[place(&wanted)].push((key.clone(), custom));
                }
                What::Stretch { start, end, descending } => {
                    let (start, end) = (start.clone(), end.clone());
                    let rows = custom.rows();
                    ahead
                        .stretches
                        .push((place(&wanted), First { start, end, descending: *descending, rows }));
                    stretches.push((wanted, custom, rows));
                }
            }
        }
        let news = places.map(|place| known.head(place).is_none());
        ahead.keys.iter_mut().zip(news).filter(|(_, new)| *new).for_each(|(keys, _)| keys.push(head_key()));
        let found = {
            let connection = lock(&self.connection);
            ahead.read(connection.as_ref().ok_or(StoreError::Closed)?, places)?
        };
        for place in (0..places.len()).filter(|place| news[*place]) {
            let head = found.rows[place].get(&head_key());
            let head = head.map_or(Ok(Head::default()), |row| Head::decode(&row.value))?;
            known.heads.push((places[place], head));
        }
        for (place, customs) in customs.into_iter().enumerate() {
            for (key, custom) in customs {
                // Two shapes may come to the same key.
                let row = Row { row: found.rows[place].get(&key).cloned(), custom: Some(custom) };
                known.keep(places[place], key, row);
            }
        }
        for ((wanted, custom, asked), rows) in stretches.into_iter().zip(found.stretches) {
            let (partition, is_whole) = (places[place(&wanted)], rows.len() < asked as usize);
            known.stretches.push(Stretch { partition, what: wanted.what, custom, rows, is_whole });
        }
        Ok(())
    }
}

impl<O: Open> Drop for Reading<O> {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // One whose transaction does not end is closed, and its transaction with it.
        if let Some(connection) =
            connection.filter(|connection| execute(connection, "COMMIT", vec![]).is_ok())
        {
            self.inner.give_back(connection);
        }
        let mut known = std::mem::take(self.known.get_mut().unwrap_or_else(PoisonError::into_inner));
        if let Some(told) = known.about.take() {
            lock(&self.inner.habits).learn(&told.kind, &told.words, &known.missed);
        }
        *lock(&self.inner.seen) = known;
    }
}

/// A partition in a reading.
pub(crate) struct View<O: Open> {
    reading: Arc<Reading<O>>,
    partition: i64,
    head: Head,
}

impl<O: Open> View<O> {
    pub(crate) fn new(reading: Arc<Reading<O>>, partition: i64) -> Result<Self, StoreError> {
        let head = reading.head(partition)?;
        Ok(Self { reading, partition, head })
    }
}

impl<O: Open> Read for View<O> {
    fn get(&self, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        let mut known = lock(&self.reading.known);
        if let Some(known) = known.rows_of(self.partition).and_then(|rows| rows.get(key)) {
            known.custom.iter().for_each(|custom| custom.note_use(1));
            return Ok(known.row.clone());
        }
        let row = self.reading.read(self.partition, |rows| rows.get(key))?;
        known.miss(self.partition, || What::Key(key.into()), 1);
        known.keep(self.partition, key.into(), Row { row: row.clone(), custom: None });
        Ok(row)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut known = lock(&self.reading.known);
        let mut visited = 0_u32;
        let mut visit = |key: &[u8], version: u64, value: &[u8]| {
            visited = visited.saturating_add(1);
            visit(key, version, value)
        };
        let Some(stretch) = known.stretch(self.partition, start, end, descending) else {
            self.reading.read(self.partition, |rows| rows.range(start, end, descending, &mut visit))?;
            let what = || What::Stretch { start: start.into(), end: end.into(), descending };
            known.miss(self.partition, what, visited);
            return Ok(());
        };
        let is_done = stretch.rows.iter().any(|(key, row)| visit(key, row.version, &row.value).is_break());
        if !is_done && !stretch.is_whole {
            // At least one row was read ahead, or it would be whole.
            let last = stretch.rows.last().map_or(start, |(key, _)| key);
            let (start, end) = after(last, start, end, descending);
            self.reading.read(self.partition, |rows| rows.range(&start, &end, descending, &mut visit))?;
        }
        stretch.custom.note_use(visited);
        Ok(())
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl<O: Open> Snapshot for View<O> {}
