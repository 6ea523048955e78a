//! A board on which neighbours leave notes.

use linli_sdk::prelude::*;

#[rustfmt::skip]
#[path = "../vendor/manifest.rs"]
mod manifest;

/// A note, as it is stored and shown.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Note {
    id: Id,
    text: String,
    by: PersonRef,
    at: Timestamp,
}

/// Ids sort by the time they were made at, so the order of ids is the order of notes.
const NOTES: Collection<Note> = Collection::new("notes").keep_days(365);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    #[schemars(length(min = 1, max = 200))]
    text: String,
}

fn leave_note(new: NewNote) -> Result<Created<Note>, Problem> {
    let note = Note { id: context::new_id(), text: new.text, by: context::subject()?, at: context::now() };
    NOTES.put(&note.id, &note);
    Ok(Created(note))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cursor {
    cursor: Option<String>,
}

fn list_notes(Cursor { cursor }: Cursor) -> Result<Page<Note>, Problem> {
    NOTES.scan(&Stretch::ids(""), 50, cursor.as_deref())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoteId {
    id: Id,
}

fn remove_note(NoteId { id }: NoteId) -> Result<NoContent, Problem> {
    let note = NOTES.get(&id).ok_or_else(|| {
        Problem::not_found(
            "note-unknown",
            "没有这条留言，请从列表中选择。",
            "There is no such note; choose from the list.",
        )
    })?;
    if note.by != context::subject()? {
        return Err(Problem::forbidden(
            "note-of-another",
            "只能删除自己的留言。",
            "You can remove your own notes only.",
        ));
    }
    NOTES.delete(&id);
    Ok(NoContent)
}

/// All of the plugin. Name, version, title and permissions are in `linli-plugin.toml`.
pub static NOTE_BOARD: Component = manifest::PLUGIN.collections(&[&NOTES]).operations(&[
    post("/notes", handler!(leave_note)).roles(&[Role::Resident]).title("留言", "Leave a note"),
    get("/notes", handler!(list_notes)).roles(&[Role::Resident]).title("留言列表", "List notes"),
    delete("/notes/{id}", handler!(remove_note)).roles(&[Role::Resident]).title("删除留言", "Remove a note"),
]);
linli_sdk::export!(NOTE_BOARD);

#[cfg(test)]
mod tests {
    use linli_sdk::testing::Platform;

    use super::*;

    #[test]
    fn a_note_is_removed_by_its_writer_alone() {
        let platform = Platform::new(&NOTE_BOARD);
        let (li, wang) = (platform.resident(70), platform.resident(34));
        let note = platform.call(&li, "leave_note", json!({ "text": "谁有梯子？" })).created();
        let id = json!({ "id": note["id"] });
        assert_eq!(platform.call(&wang, "remove_note", id.clone()).code(), "note-of-another");
        platform.call(&li, "remove_note", id).no_content();
    }
}
