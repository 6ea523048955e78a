//! What has to be shown, and where it came from: fetched from the licence library, or given by the resident.

use std::collections::BTreeMap;

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;

use crate::affair::{Affair, Evidence};
use crate::facts::Facts;
use crate::library;

/// Evidence given by the resident, by its id.
pub type Given = BTreeMap<String, GivenPiece>;

/// A piece of evidence given by the resident. The picture itself lies in the city's document store.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct GivenPiece {
    /// Where it lies.
    #[schemars(length(min = 1, max = 200))]
    pub reference: String,
}

/// A piece of evidence of a case, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// As in the definition.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// Where it lies: in the licence library, or in the document store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Until when a licence is good, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
}

/// Where a piece of evidence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum State {
    /// The office will fetch it.
    ToFetch,
    /// Fetched from the licence library.
    Fetched,
    /// The resident is asked for it.
    Asked,
    /// Given by the resident.
    Given,
    /// Welcome, and not needed.
    Optional,
}

/// A piece of evidence as shown.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ShownPiece {
    id: String,
    title: Text,
    state: State,
    valid_until: Option<String>,
}

/// The pieces a case needs by these facts; what it had already is kept.
///
/// # Errors
/// The ids of those that are given and not known.
pub fn pieces(
    affair: &Affair,
    facts: &Facts,
    had: &[Piece],
    given: &Given,
) -> Result<Vec<Piece>, Vec<String>> {
    let needed: Vec<&Evidence> =
        affair.evidence.iter().filter(|piece| facts.apply(piece.when.as_ref())).collect();
    let unknown = given.keys().filter(|id| !needed.iter().any(|piece| piece.id == **id));
    let unknown: Vec<String> = unknown.cloned().collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let fetches = library::is_configured();
    let piece = |needed: &Evidence| {
        if let Some(GivenPiece { reference }) = given.get(&needed.id) {
            return Piece::new(&needed.id, State::Given, Some(reference.clone()));
        }
        if let Some(had) = had.iter().find(|piece| piece.id == needed.id) {
            return had.clone();
        }
        let state = match &needed.library {
            Some(_) if fetches => State::ToFetch,
            _ if needed.optional => State::Optional,
            _ => State::Asked,
        };
        Piece::new(&needed.id, state, None)
    };
    Ok(needed.into_iter().map(piece).collect())
}

/// What is still needed before an affair can be decided.
pub fn outstanding(affair: &Affair, pieces: &[Piece]) -> Vec<String> {
    let missing = |piece: &&Piece| matches!(piece.state, State::Asked | State::ToFetch);
    let optional = |id: &str| affair.evidence.iter().any(|piece| piece.id == id && piece.optional);
    pieces.iter().filter(missing).filter(|piece| !optional(&piece.id)).map(|piece| piece.id.clone()).collect()
}

/// The pieces as residents and offices see them.
pub fn shown(affair: &Affair, pieces: &[Piece]) -> Vec<ShownPiece> {
    let shown = |piece: &Piece| {
        let definition = affair.evidence.iter().find(|evidence| evidence.id == piece.id)?;
        let (id, title) = (piece.id.clone(), definition.title.clone());
        Some(ShownPiece { id, title, state: piece.state, valid_until: piece.valid_until.clone() })
    };
    pieces.iter().filter_map(shown).collect()
}

impl Piece {
    fn new(id: &str, state: State, reference: Option<String>) -> Self {
        Self { id: id.to_owned(), state, reference, valid_until: None }
    }
}
