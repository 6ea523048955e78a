//! Drafts: forms half filled in, kept for whoever fills them in and seen by nobody else.

use linli_sdk::contract::Text;
use linli_sdk::prelude::*;
use serde_json::{Map, Value};

use crate::catalogue;
use crate::filing::check_size;
use crate::form::Violation;
use crate::privacy::{self, Reader};
use crate::problem;

/// Drafts of one person: as many as there are affairs, and somebody who helps the whole family.
const MAX_DRAFTS: u32 = 30;
/// Three months after it was last touched, a draft is forgotten: it holds personal values that led to nothing.
const KEEP_DAYS: u32 = 90;

/// The drafts, by person and id.
pub const DRAFTS: Collection<Draft> = Collection::new("drafts").personal(&["/form"]).keep_days(KEEP_DAYS);

/// As stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draft {
    id: Id,
    affair: String,
    form: Map<String, Value>,
    #[serde(with = "linli_sdk::micros")]
    saved_at: Timestamp,
}

/// A draft as its writer sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShownDraft {
    id: Id,
    affair: String,
    title: Text,
    saved_at: Timestamp,
    /// The answers so far; citizen numbers are covered, and a covered one that is sent again stands for what it was.
    form: Map<String, Value>,
    /// What is missing or wrong yet.
    violations: Vec<Violation>,
}

/// A form half filled in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// Chosen by the caller.
    id: Id,
    /// Code of the affair.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9-]{0,39}$"))]
    affair: String,
    /// The answers so far.
    form: Map<String, Value>,
}

/// Which draft.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftId {
    /// The draft.
    id: Id,
}

/// Keeps a draft.
///
/// # Errors
/// 404 `affair-unknown`; 409 `drafts-full`; 422 `form-too-large`.
pub fn save_draft(NewDraft { id, affair, form }: NewDraft) -> Result<ShownDraft, Problem> {
    let person = context::subject()?;
    let definition = catalogue::find(&affair)?;
    check_size(&form)?;
    let form = match stored(&person, &id) {
        Some(stored) => privacy::uncovered(&definition.form, form, &stored),
        None if DRAFTS.count(&Stretch::ids(&prefix(&person)), MAX_DRAFTS) >= MAX_DRAFTS => {
            return Err(problem::drafts_full(MAX_DRAFTS));
        }
        None => form,
    };
    let draft = Draft { affair, form, saved_at: context::now(), id };
    DRAFTS.put(&key(&person, &draft.id), &draft);
    shown(draft)
}

/// One of the caller's drafts.
///
/// # Errors
/// 404 `draft-unknown`, also for somebody else's.
pub fn get_draft(DraftId { id }: DraftId) -> Result<ShownDraft, Problem> {
    let draft = DRAFTS.get(&key(&context::subject()?, &id));
    shown(draft.ok_or_else(problem::draft_unknown)?)
}

/// The caller's drafts. One whose affair is no longer offered is not among them.
///
/// # Errors
/// 503 `affair-misconfigured`.
pub fn list_drafts() -> Result<Page<ShownDraft>, Problem> {
    let drafts = DRAFTS.first(&Stretch::ids(&prefix(&context::subject()?)), MAX_DRAFTS);
    let items = drafts.into_iter().filter_map(|draft| shown(draft).ok()).collect();
    Ok(Page { items, next: None })
}

/// Forgets a draft.
///
/// # Errors
/// 404 `draft-unknown`, also for somebody else's.
pub fn delete_draft(DraftId { id }: DraftId) -> Result<NoContent, Problem> {
    if discard(&context::subject()?, &id) { Ok(NoContent) } else { Err(problem::draft_unknown()) }
}

/// The answers of a draft.
pub fn stored(person: &PersonRef, id: &Id) -> Option<Map<String, Value>> {
    Some(DRAFTS.get(&key(person, id))?.form)
}

/// Forgets a draft; whether there was one.
pub fn discard(person: &PersonRef, id: &Id) -> bool {
    DRAFTS.delete(&key(person, id))
}

fn shown(draft: Draft) -> Result<ShownDraft, Problem> {
    let affair = catalogue::find(&draft.affair)?;
    let violations = affair.form.violations(&draft.form);
    let form = privacy::masked(&affair.form, &draft.form, Reader::Applicant);
    let Draft { id, affair: code, saved_at, .. } = draft;
    Ok(ShownDraft { id, affair: code, title: affair.title.clone(), saved_at, form, violations })
}

fn prefix(person: &PersonRef) -> String {
    format!("{person}:")
}

fn key(person: &PersonRef, id: &Id) -> String {
    format!("{person}:{id}")
}
