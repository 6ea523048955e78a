//! What calls of one kind read, learned from those before: the third reads at once what the first two have read.
//!
//! A key is learned as a shape, in which the words of a call ([`linli_store::About`]) stand for themselves: from
//! `signups/<activity>/<person>` of one call follows that of the next. An id that is derived from two words
//! ([`linli_contract::derived_id`]) is found out, too. What is learned is only ever read ahead, in the
//! state the call sees; a call that reads something else reads it by itself, as if nothing had been learned.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use linli_contract::{base32, derived_id};
use linli_store::Key;

/// Kinds of calls that are learned: a component has fewer operations and events.
const KINDS: usize = 256;
/// Reads learned of a kind.
const CUSTOMS: usize = 48;
/// Reads of one call that are looked at, and reads that are remembered until they happen again.
const READS: usize = 64;
/// Calls in a row that did without a read, after which it is forgotten.
const FORGOTTEN: u8 = 8;
/// Bytes of a word that can be told from chance.
const WORD: std::ops::RangeInclusive<usize> = 4..=128;
/// Rows of a stretch that are read ahead at most.
const ROWS: u32 = 64;
/// Calls in a row that read nothing but what was foreseen, after which it is counted on.
const FORESEEN: u8 = 2;
/// Bytes of an id that is derived, and words of a call that are tried for it: of so many there are 56 pairs.
const DERIVED: usize = 26;
const TRIED: usize = 8;

/// Something a call reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    /// Of the platform's partition, and not of the call's own.
    pub platform: bool,
    pub what: What,
}

impl Wanted {
    /// Its place among a platform's and a call's partition.
    pub(crate) fn place(&self) -> usize {
        usize::from(!self.platform)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Key(Key),
    Stretch { start: Key, end: Key, descending: bool },
}

/// A learned read.
#[derive(Debug)]
pub(crate) struct Custom {
    shape: Shape,
    /// Rows that were visited of a stretch, at most.
    rows: AtomicU32,
    /// Calls in a row that did without it.
    unused: AtomicU8,
}

impl Custom {
    /// Rows of the stretch to read: one more than were wanted, which tells whether there are more.
    pub(crate) fn rows(&self) -> u32 {
        (self.rows.load(Ordering::Relaxed) + 1).min(ROWS)
    }

    /// A call has read it, so many rows of it.
    pub(crate) fn note_use(&self, rows: u32) {
        self.unused.store(0, Ordering::Relaxed);
        self.rows.fetch_max(rows, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    platform: bool,
    start: Vec<Piece>,
    /// Of a stretch: its end, and whether it is read from there.
    end: Option<(Vec<Piece>, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    /// The word at this place.
    Word(usize),
    /// The id that is derived from the words at these places.
    Derived(Pair),
}

/// Places of two words.
type Pair = (usize, usize);

#[derive(Default)]
struct Habit {
    customs: Vec<Arc<Custom>>,
    /// What the last calls read that had to read by themselves: if another does so, too, it is a custom.
    once: VecDeque<Shape>,
    /// Calls in a row that read nothing but what was foreseen.
    foreseen: u8,
}

/// The habits of all kinds.
#[derive(Default)]
pub(crate) struct Habits(HashMap<Box<str>, Habit>);

impl Habits {
    /// What a call of this kind with these words is expected to read, besides what it `has` already.
    pub(crate) fn expected(
        &mut self,
        kind: &str,
        words: &[&[u8]],
        has: impl Fn(&Wanted) -> bool,
    ) -> Vec<(Wanted, Arc<Custom>)> {
        let Some(habit) = self.0.get_mut(kind) else { return Vec::new() };
        habit.customs.retain(|custom| custom.unused.load(Ordering::Relaxed) < FORGOTTEN);
        let wanted = |custom: &Arc<Custom>| Some((custom.shape.filled(words)?, custom.clone()));
        let expected = habit.customs.iter().filter_map(wanted);
        let expected: Vec<_> = expected.filter(|(wanted, _)| !has(wanted)).collect();
        for (_, custom) in &expected {
            custom.unused.fetch_add(1, Ordering::Relaxed);
        }
        expected
    }

    /// Whether the last calls of this kind read nothing but what was foreseen.
    pub(crate) fn are_foreseen(&self, kind: &str) -> bool {
        self.0.get(kind).is_some_and(|habit| habit.foreseen >= FORESEEN)
    }

    /// What a call of this kind with these words has read by itself, and how many rows of each; and whether it had to begin
    /// to read for want of something else.
    pub(crate) fn learn(
        &mut self,
        kind: &str,
        words: &[Box<[u8]>],
        reads: &[(Wanted, u32)],
        wanted_more: bool,
    ) {
        if let Some(habit) = self.0.get_mut(kind) {
            let is_foreseen = reads.is_empty() && !wanted_more;
            habit.foreseen = if is_foreseen { habit.foreseen.saturating_add(1) } else { 0 };
        }
        if reads.is_empty() || (self.0.len() == KINDS && !self.0.contains_key(kind)) {
            return;
        }
        let habit = self.0.entry(kind.into()).or_default();
        let mut derived = Derived::of(words);
        let before = habit.once.len();
        for (wanted, rows) in reads.iter().take(READS) {
            let shape = Shape::of(wanted, words, &mut derived);
            if habit.customs.iter().any(|custom| custom.shape == shape) {
                continue;
            }
            match habit.once.iter().position(|once| *once == shape) {
                None => habit.once.push_back(shape),
                Some(place) if place < before && habit.customs.len() < CUSTOMS => {
                    let (rows, unused) = (AtomicU32::new(*rows), AtomicU8::new(0));
                    habit.customs.push(Arc::new(Custom { shape, rows, unused }));
                }
                Some(_) => {}
            }
        }
        let forgotten = habit.once.len().saturating_sub(READS);
        habit.once.drain(..forgotten);
    }
}

impl Shape {
    fn of(wanted: &Wanted, words: &[Box<[u8]>], derived: &mut Derived<'_>) -> Self {
        let platform = wanted.platform;
        match &wanted.what {
            What::Key(key) => Self { platform, start: pieces(key, words, derived), end: None },
            What::Stretch { start, end, descending } => {
                let end = Some((pieces(end, words, derived), *descending));
                Self { platform, start: pieces(start, words, derived), end }
            }
        }
    }

    /// None while a word is not known.
    fn filled(&self, words: &[&[u8]]) -> Option<Wanted> {
        let start = filled(&self.start, words)?;
        let what = match &self.end {
            None => What::Key(start),
            Some((end, descending)) => {
                What::Stretch { start, end: filled(end, words)?, descending: *descending }
            }
        };
        Some(Wanted { platform: self.platform, what })
    }
}

/// Ids that are derived from two words of a call, computed when something first looks like one.
struct Derived<'a> {
    words: &'a [Box<[u8]>],
    ids: Option<HashMap<String, Pair>>,
}

impl<'a> Derived<'a> {
    fn of(words: &'a [Box<[u8]>]) -> Self {
        Self { words, ids: None }
    }

    /// Of which words the id is derived that a text begins with.
    fn find(&mut self, text: &[u8]) -> Option<Pair> {
        let id = text.get(..DERIVED).filter(|id| id.iter().all(|byte| base32::DIGITS.contains(byte)))?;
        let words = self.words;
        let ids = self.ids.get_or_insert_with(|| {
            let tried = words.iter().enumerate().filter(|(_, word)| WORD.contains(&word.len())).take(TRIED);
            let pairs = tried.clone().flat_map(|one| tried.clone().map(move |other| (one, other)));
            let pairs = pairs.filter(|((one, _), (other, _))| one != other);
            pairs.map(|((one, a), (other, b))| (derived_id(&[a, b]), (one, other))).collect()
        });
        ids.get(std::str::from_utf8(id).ok()?).copied()
    }
}

fn pieces(key: &[u8], words: &[Box<[u8]>], derived: &mut Derived<'_>) -> Vec<Piece> {
    let (mut pieces, mut bytes, mut rest) = (Vec::new(), Vec::new(), key);
    while let [first, others @ ..] = rest {
        let is_here = |word: &[u8]| WORD.contains(&word.len()) && rest.starts_with(word);
        let word = words.iter().position(|word| is_here(word));
        let piece = word.map(|place| (Piece::Word(place), words[place].len()));
        let derived = || derived.find(rest).map(|pair| (Piece::Derived(pair), DERIVED));
        if let Some((piece, length)) = piece.or_else(derived) {
            if !bytes.is_empty() {
                pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
            }
            pieces.push(piece);
            rest = &rest[length..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    if !bytes.is_empty() {
        pieces.push(Piece::Bytes(bytes));
    }
    pieces
}

fn filled(pieces: &[Piece], words: &[&[u8]]) -> Option<Key> {
    let word = |place: &usize| words.get(*place).copied().filter(|word| WORD.contains(&word.len()));
    let mut key = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => key.extend_from_slice(bytes),
            Piece::Word(place) => key.extend_from_slice(word(place)?),
            Piece::Derived((one, other)) => {
                key.extend_from_slice(derived_id(&[word(one)?, word(other)?]).as_bytes());
            }
        }
    }
    Some(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Wanted {
        Wanted { platform: false, what: What::Key(text.as_bytes().into()) }
    }

    fn stretch(start: &str, end: &str) -> Wanted {
        let (start, end) = (start.as_bytes().into(), end.as_bytes().into());
        Wanted { platform: false, what: What::Stretch { start, end, descending: false } }
    }

    fn call(habits: &mut Habits, words: [&str; 2], reads: &[Wanted]) -> usize {
        let words = words.map(str::as_bytes);
        let expected = habits.expected("sign-up", &words, |_| false);
        let mut missed = Vec::new();
        for read in reads {
            match expected.iter().find(|(wanted, _)| wanted == read) {
                Some((_, custom)) => custom.note_use(3),
                None => missed.push((read.clone(), 3)),
            }
        }
        habits.learn("sign-up", &words.map(Box::from), &missed, false);
        missed.len()
    }

    #[test]
    fn the_third_call_is_known() {
        let mut habits = Habits::default();
        let reads = |activity: &str, person: &str| {
            let by_person = format!("s/{activity}/{person}");
            [key(activity), stretch(&by_person, &format!("{by_person}~")), key("always")]
        };
        let calls = [("dance", "li-na"), ("chess", "wang"), ("choir", "zhao"), ("walks", "zhou")];
        let missed =
            calls.map(|(activity, person)| call(&mut habits, [activity, person], &reads(activity, person)));
        assert_eq!(missed, [3, 3, 0, 0]);
        let expected = habits.expected("sign-up", &[b"dance", b""], |_| false);
        assert_eq!(expected.len(), 2, "what needs a word that is not known is not read");
        assert_eq!(expected[0].1.rows(), 4);
    }

    #[test]
    fn what_happens_once_is_no_custom_and_what_is_given_up_is_forgotten() {
        let mut habits = Habits::default();
        for drawn in ["one", "two", "three"] {
            assert_eq!(call(&mut habits, ["dance", "li-na"], &[key(drawn)]), 1);
        }
        assert!(habits.expected("sign-up", &[b"dance", b"li-na"], |_| false).is_empty());
        for _ in 0..2 {
            call(&mut habits, ["dance", "li-na"], &[key("always")]);
        }
        for _ in 0..FORGOTTEN {
            assert_eq!(habits.expected("sign-up", &[b"dance", b"li-na"], |_| false).len(), 1);
        }
        assert!(habits.expected("sign-up", &[b"dance", b"li-na"], |_| false).is_empty());
        assert!(habits.expected("another", &[], |_| false).is_empty());
    }

    #[test]
    fn there_is_an_end_to_what_is_learned() {
        let mut habits = Habits::default();
        let many: Vec<_> = (0..CUSTOMS + 1).map(|n| (key(&format!("always {n}")), 0)).collect();
        for n in 0..KINDS + 1 {
            for _ in 0..2 {
                habits.learn(&format!("kind {n}"), &[], &many, false);
            }
        }
        assert_eq!(habits.0.len(), KINDS);
        assert_eq!(habits.expected("kind 0", &[], |_| false).len(), CUSTOMS);
        assert!(habits.expected(&format!("kind {KINDS}"), &[], |_| false).is_empty());
    }

    #[test]
    fn short_words_stand_for_nothing() {
        let words: [Box<[u8]>; 1] = [b"abc".as_slice().into()];
        assert_eq!(pieces(b"xabc", &words, &mut Derived::of(&words)), [Piece::Bytes(b"xabc".to_vec())]);
        assert_eq!(filled(&[Piece::Word(0)], &[b"abc"]), None);
    }
}
