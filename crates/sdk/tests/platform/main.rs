//! What an author can rely on: the test platform keeps the contract's rules, and says so when a component does not.

#![allow(clippy::unwrap_used, reason = "clippy lets tests unwrap, but not what they share")]

mod calls;
mod collections;
mod later;
mod points;

use linli_sdk::prelude::*;
use linli_sdk::testing::Platform;

/// A note, for whatever a test wants to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Note {
    id: String,
    text: String,
    #[serde(default)]
    weight: i64,
}

const BY_WEIGHT: Index = Index::new("by_weight", &["/text", "/weight"]);
const NOTES: Collection<Note> = Collection::new("notes").indexes(&[BY_WEIGHT]);

fn note(id: &str, text: &str, weight: i64) -> Note {
    Note { id: id.to_owned(), text: text.to_owned(), weight }
}

fn keep(note: &Note) {
    NOTES.put(&note.id, note);
}

/// The input of operations that are told what to do.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Told {
    #[serde(default)]
    what: String,
    #[serde(default)]
    number: i64,
}
