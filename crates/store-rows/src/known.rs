//! What a reading has read.

use std::collections::HashMap;
use std::sync::Arc;

use linli_store::{Head, Key, Partition, Space, Versioned};

use crate::ahead::{Ahead, Both, Found};
use crate::habits::{Custom, Wanted, What};

/// Rows a reading keeps, by key: as many as one call may read.
const KEPT: usize = 4_096;

/// What is known of the state that a reading sees.
#[derive(Default)]
pub(crate) struct Known {
    heads: Vec<(i64, Head)>,
    rows: Vec<(i64, HashMap<Key, Row>)>,
    pub(crate) names: Option<Vec<(Space, String)>>,
    /// Read ahead, and not kept otherwise.
    stretches: Vec<Stretch>,
    pub(crate) about: Option<Told>,
    /// What was not read ahead, and rows visited: what can be learned.
    pub(crate) missed: Vec<(Wanted, u32)>,
}

/// What is under a key.
pub(crate) struct Row {
    pub(crate) row: Option<Versioned>,
    /// As what it was read ahead.
    pub(crate) custom: Option<Arc<Custom>>,
    /// Whether it was asked for.
    pub(crate) is_used: bool,
}

/// The beginning of a stretch.
pub(crate) struct Stretch {
    partition: i64,
    what: What,
    pub(crate) custom: Arc<Custom>,
    /// Rows that were read of it at most.
    most: u32,
    /// In the order they are visited.
    pub(crate) rows: Vec<(Key, Versioned)>,
    /// Whether it was asked for.
    is_used: bool,
}

/// [`About`](linli_store::About), for as long as the reading lasts.
pub(crate) struct Told {
    pub(crate) kind: Box<str>,
    /// The partitions of what is read ahead.
    pub(crate) places: Both<i64>,
    pub(crate) words: Vec<Box<[u8]>>,
}

impl Stretch {
    /// Whether there are no more rows of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.rows.len() < self.most as usize
    }
}

impl Known {
    pub(crate) fn head(&self, partition: i64) -> Option<Head> {
        self.heads.iter().find(|(other, _)| *other == partition).map(|(_, head)| *head)
    }

    /// Notes the head of a partition, in place of another that was.
    pub(crate) fn put_head(&mut self, partition: i64, head: Head) {
        self.heads.retain(|(other, _)| *other != partition);
        self.heads.push((partition, head));
    }

    /// The row of a key, if it was read; if it is not there, none of it.
    pub(crate) fn row(&self, partition: i64, key: &[u8]) -> Option<&Option<Versioned>> {
        let (_, rows) = self.rows.iter().find(|(other, _)| *other == partition)?;
        rows.get(key).map(|known| &known.row)
    }

    /// The same, for somebody who asks for it.
    pub(crate) fn use_row(&mut self, partition: i64, key: &[u8]) -> Option<Option<Versioned>> {
        let known = self.rows.iter_mut().find(|(other, _)| *other == partition)?.1.get_mut(key)?;
        known.is_used = true;
        known.custom.iter().for_each(|custom| custom.note_use(1));
        Some(known.row.clone())
    }

    pub(crate) fn keep(&mut self, partition: i64, key: Key, row: Row) {
        let place = self.rows.iter().position(|(other, _)| *other == partition).unwrap_or_else(|| {
            self.rows.push((partition, HashMap::new()));
            self.rows.len() - 1
        });
        let rows = &mut self.rows[place].1;
        if rows.len() < KEPT {
            rows.insert(key, row);
        }
    }

    /// The beginning of a stretch, if it was read ahead, for somebody who asks for it.
    pub(crate) fn use_stretch(
        &mut self,
        partition: i64,
        start: &[u8],
        end: &[u8],
        descending: bool,
    ) -> Option<&Stretch> {
        let stretch = self.stretches.iter_mut().find(|stretch| match &stretch.what {
            What::Stretch { start: from, end: to, descending: backwards } => {
                stretch.partition == partition && (&**from, &**to, *backwards) == (start, end, descending)
            }
            What::Key(_) => false,
        })?;
        stretch.is_used = true;
        Some(stretch)
    }

    pub(crate) fn has(&self, partition: i64, what: &What) -> bool {
        match what {
            What::Key(key) => self.row(partition, key).is_some(),
            What::Stretch { .. } => {
                self.stretches.iter().any(|known| known.partition == partition && known.what == *what)
            }
        }
    }

    /// Notes a read that could be learned.
    pub(crate) fn miss(&mut self, partition: i64, what: impl FnOnce() -> What, rows: u32) {
        let Some(told) = &self.about else { return };
        let platform = partition == Partition::Platform.id();
        if told.places.contains(&partition) && self.missed.len() < KEPT {
            self.missed.push((Wanted { platform, what: what() }, rows));
        }
    }

    /// Keeps what was read ahead as what was expected of two partitions.
    pub(crate) fn keep_ahead(
        &mut self,
        places: Both<i64>,
        expected: Vec<(Wanted, Arc<Custom>)>,
        ahead: &Ahead,
        found: Found,
    ) {
        self.put_heads(places, found.heads);
        let mut stretches = ahead.stretches.iter().zip(found.stretches);
        for (wanted, custom) in expected {
            let place = wanted.place();
            let partition = places[place];
            match wanted.what {
                What::Key(key) => {
                    // Two shapes may come to the same key.
                    let row = found.rows[place].get(&key).cloned();
                    self.keep(partition, key, Row { row, custom: Some(custom), is_used: false });
                }
                what @ What::Stretch { .. } => {
                    let Some(((_, first), rows)) = stretches.next() else { continue };
                    let most = first.rows;
                    self.stretches.push(Stretch { partition, what, custom, most, rows, is_used: false });
                }
            }
        }
    }

    /// All that is known of two partitions.
    pub(crate) fn all(&self, places: Both<i64>) -> Ahead {
        let mut ahead = Ahead::default();
        for (partition, rows) in &self.rows {
            ahead.keys[place(places, *partition)].extend(rows.keys().cloned());
        }
        for stretch in &self.stretches {
            ahead.add(place(places, stretch.partition), &stretch.what, stretch.most);
        }
        ahead
    }

    /// Puts [`all`](Self::all) of another state in place of what was known; whether that tells somebody who has asked.
    pub(crate) fn replace(&mut self, places: Both<i64>, mut found: Found) -> bool {
        let mut is_other = false;
        for (partition, rows) in &mut self.rows {
            for (key, row) in rows {
                let now = found.rows[place(places, *partition)].remove(key);
                is_other |= row.is_used && row.row != now;
                row.row = now;
            }
        }
        for (stretch, now) in self.stretches.iter_mut().zip(found.stretches) {
            is_other |= stretch.is_used && stretch.rows != now;
            stretch.rows = now;
        }
        self.put_heads(places, found.heads);
        is_other
    }

    fn put_heads(&mut self, places: Both<i64>, heads: Both<Head>) {
        places.into_iter().zip(heads).for_each(|(place, head)| self.put_head(place, head));
    }
}

fn place(places: Both<i64>, partition: i64) -> usize {
    usize::from(partition != places[0])
}
