//! One state of the whole database, for as long as somebody reads.
//!
//! Whoever reads it reads in a transaction, which is two statements more than are asked for. Calls of a kind whose last ones
//! read nothing but what was foreseen do without: one statement reads all of it, and is of one state by itself. If such a
//! call asks for more all the same, the transaction begins then, and what is known is brought to the state that it sees. As
//! a rule nobody has committed meanwhile, or nothing that was asked for. Otherwise the call has seen two states: it is told
//! so ([`Snapshot::is_whole`]), and nothing comes of it.

use std::sync::{Arc, Mutex, PoisonError};

use linli_store::{About, Head, Partition, Read, Snapshot, Space, StoreError, Versioned, Visit};

use crate::ahead::Ahead;
use crate::connection::{Connection, Failed, Open, execute};
use crate::habits::{Wanted, What};
use crate::known::{Known, Row, Told};
use crate::shared::{IDLE, Inner, lock, names};
use crate::sql;
use crate::view::{Rows, after};

/// One state of the whole database.
pub(crate) struct Reading<O: Open> {
    inner: Arc<Inner<O>>,
    state: Mutex<State<O>>,
}

struct State<O: Open> {
    /// None only while it is being dropped, or taken from.
    connection: Option<O::Connection>,
    stage: Stage,
    known: Known,
    /// Whether what was asked for is of more than one state.
    is_torn: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was read.
    Fresh,
    /// What is known was read by statements alone, all in the same state.
    Glimpsed,
    /// The transaction is open.
    Begun,
    /// The same, and something was glimpsed before: its call has asked for what was not foreseen.
    BegunLate,
}

impl<O: Open> Reading<O> {
    /// Of the state at its first read.
    pub(crate) fn new(inner: &Arc<Inner<O>>) -> Result<Self, StoreError> {
        let connection = Some(inner.take()?);
        let state = State { connection, stage: Stage::Fresh, known: Known::default(), is_torn: false };
        Ok(Self { inner: inner.clone(), state: Mutex::new(state) })
    }

    /// All names of spaces in this state.
    pub(crate) fn names(&self) -> Result<Vec<(Space, String)>, StoreError> {
        let mut state = lock(&self.state);
        if let Some(names) = &state.known.names {
            return Ok(names.clone());
        }
        let names = names(state.begun(&self.inner)?)?;
        state.known.names = Some(names.clone());
        Ok(names)
    }

    pub(crate) fn head(&self, partition: i64) -> Result<Head, StoreError> {
        let mut state = lock(&self.state);
        if let Some(head) = state.known.head(partition) {
            return Ok(head);
        }
        let head = state.rows(&self.inner, partition)?.head()?;
        state.known.put_head(partition, head);
        Ok(head)
    }

    /// Reads by one statement what calls like this one have read, and the heads of both partitions.
    pub(crate) fn read_ahead(&self, about: &About<'_>) -> Result<(), StoreError> {
        lock(&self.state).read_ahead(&self.inner, about)
    }
}

impl<O: Open> State<O> {
    /// The connection, in the transaction.
    fn begun(&mut self, inner: &Inner<O>) -> Result<&O::Connection, StoreError> {
        match self.stage {
            Stage::Begun | Stage::BegunLate => {}
            Stage::Fresh => {
                self.on_a_live_one(inner, begin)?;
                self.stage = Stage::Begun;
            }
            Stage::Glimpsed => {
                self.on_a_live_one(inner, begin)?;
                self.stage = Stage::BegunLate;
                // Of two states until it is known to be of one, should that fail.
                self.is_torn = true;
                self.is_torn = self.catch_up()?;
            }
        }
        self.connection()
    }

    fn connection(&self) -> Result<&O::Connection, StoreError> {
        self.connection.as_ref().ok_or(StoreError::Closed)
    }

    /// Does something that needs nothing of a connection but that it is open. One may have been kept since before the server
    /// was started again, and so may the next.
    fn on_a_live_one<T>(
        &mut self,
        inner: &Inner<O>,
        work: impl Fn(&O::Connection) -> Result<T, Failed>,
    ) -> Result<T, StoreError> {
        for _ in 0..IDLE {
            match work(self.connection()?) {
                Err(Failed::Lost(_)) => self.connection = Some(inner.take()?),
                done => return Ok(done?),
            }
        }
        Ok(work(self.connection()?)?)
    }

    /// A partition in the transaction.
    fn rows(&mut self, inner: &Inner<O>, partition: i64) -> Result<Rows<'_>, StoreError> {
        Ok(Rows { connection: self.begun(inner)?, partition })
    }

    /// See [`Reading::read_ahead`].
    fn read_ahead(&mut self, inner: &Inner<O>, about: &About<'_>) -> Result<(), StoreError> {
        let places = [Partition::Platform.id(), about.partition.id()];
        let is_of_others = self.known.about.as_ref().is_some_and(|told| told.places != places);
        if is_of_others && self.stage == Stage::Glimpsed {
            self.begun(inner)?;
        }
        let words = about.words.iter().map(|word| Box::from(*word)).collect();
        self.known.about = Some(Told { kind: about.kind.into(), places, words });
        let has = |wanted: &Wanted| self.known.has(places[wanted.place()], &wanted.what);
        let (expected, is_foreseen) = {
            let mut habits = lock(&inner.habits);
            (habits.expected(about.kind, about.words, has), habits.are_foreseen(about.kind))
        };
        if expected.is_empty() {
            return Ok(());
        }
        let ahead = Ahead::of(expected.iter().map(|(wanted, custom)| (wanted, custom.rows())));
        if about.may_run_again && is_foreseen && matches!(self.stage, Stage::Fresh | Stage::Glimpsed) {
            let rows = self.on_a_live_one(inner, |connection| ahead.ask(connection, places))?;
            let found = ahead.found(rows)?;
            let heads = places.into_iter().zip(found.heads);
            if heads.clone().all(|(place, head)| self.known.head(place).is_none_or(|known| known == head)) {
                self.stage = Stage::Glimpsed;
                self.known.keep_ahead(places, expected, &ahead, found);
                return Ok(());
            }
        }
        let rows = ahead.ask(self.begun(inner)?, places)?;
        self.known.keep_ahead(places, expected, &ahead, ahead.found(rows)?);
        Ok(())
    }

    /// Brings what was glimpsed to the state that the transaction sees; whether that tells what was asked for.
    fn catch_up(&mut self) -> Result<bool, StoreError> {
        let Some(places) = self.known.about.as_ref().map(|told| told.places) else { return Ok(false) };
        let ahead = self.known.all(places);
        let found = ahead.found(ahead.ask(self.connection()?, places)?)?;
        Ok(self.known.replace(places, found))
    }

    fn get(&mut self, inner: &Inner<O>, partition: i64, key: &[u8]) -> Result<Option<Versioned>, StoreError> {
        if let Some(row) = self.known.use_row(partition, key) {
            return Ok(row);
        }
        let row = self.rows(inner, partition)?.get(key)?;
        self.known.miss(partition, || What::Key(key.into()), 1);
        self.known.keep(partition, key.into(), Row { row: row.clone(), custom: None, is_used: true });
        Ok(row)
    }

    fn range(
        &mut self,
        inner: &Inner<O>,
        partition: i64,
        (start, end, descending): (&[u8], &[u8], bool),
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut visited = 0_u32;
        let mut visit = |key: &[u8], version: u64, value: &[u8]| {
            visited = visited.saturating_add(1);
            visit(key, version, value)
        };
        let Some(stretch) = self.known.use_stretch(partition, start, end, descending) else {
            self.rows(inner, partition)?.range(start, end, descending, &mut visit)?;
            let what = || What::Stretch { start: start.into(), end: end.into(), descending };
            self.known.miss(partition, what, visited);
            return Ok(());
        };
        let custom = stretch.custom.clone();
        let is_done = stretch.rows.iter().any(|(key, row)| visit(key, row.version, &row.value).is_break());
        if !is_done && !stretch.is_whole() {
            // At least one row was read ahead, or it would be whole.
            let last = stretch.rows.last().map_or(start, |(key, _)| key);
            let (start, end) = after(last, start, end, descending);
            self.rows(inner, partition)?.range(&start, &end, descending, &mut visit)?;
        }
        custom.note_use(visited);
        Ok(())
    }
}

fn begin(connection: &impl Connection) -> Result<(), Failed> {
    // The transaction sees what is there at its first read.
    execute(connection, sql::begin_reading(connection.dialect()), vec![]).map(drop)
}

impl<O: Open> Drop for Reading<O> {
    fn drop(&mut self) {
        let State { connection, stage, known, .. } =
            self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        // One whose transaction does not end is closed, and its transaction with it.
        let is_over = |connection: &O::Connection| match stage {
            Stage::Fresh | Stage::Glimpsed => true,
            Stage::Begun | Stage::BegunLate => execute(connection, "COMMIT", vec![]).is_ok(),
        };
        if let Some(connection) = connection.take().filter(is_over) {
            self.inner.give_back(connection);
        }
        let mut known = std::mem::take(known);
        if let Some(told) = known.about.take() {
            let is_late = *stage == Stage::BegunLate;
            lock(&self.inner.habits).learn(&told.kind, &told.words, &known.missed, is_late);
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
        lock(&self.reading.state).get(&self.reading.inner, self.partition, key)
    }

    fn range(
        &self,
        start: &[u8],
        end: &[u8],
        descending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let stretch = (start, end, descending);
        lock(&self.reading.state).range(&self.reading.inner, self.partition, stretch, visit)
    }

    fn head(&self) -> Result<Head, StoreError> {
        Ok(self.head)
    }
}

impl<O: Open> Snapshot for View<O> {
    fn is_whole(&self) -> bool {
        !lock(&self.reading.state).is_torn
    }
}
