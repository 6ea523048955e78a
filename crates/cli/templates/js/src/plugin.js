// A board on which neighbours leave notes.

import {
  collection, created, del, get, id, list, newId, noContent, now, optional, page, personRef, plugin, post, problem,
  string, subject, time,
} from "../vendor/linli/index.js";
import manifest from "../vendor/linli/manifest.js";

// A note, as it is stored and shown.
const Note = { id: id(), text: string(1, 200), by: personRef(), at: time() };

// Ids sort by the time they were made at, so the order of ids is the order of notes.
const NOTES = collection("notes", { keepDays: 365 });

function leave_note({ text }) {
  const note = { id: newId(), text, by: subject(), at: new Date(now()).toISOString() };
  NOTES.put(note.id, note);
  return created(note);
}

function list_notes({ cursor }) {
  return page(NOTES.scan({}, 50, cursor));
}

function remove_note({ id }) {
  const note = NOTES.get(id);
  if (!note) {
    throw problem.notFound("note-unknown", "没有这条留言，请从列表中选择。", "There is no such note; choose from the list.");
  }
  if (note.by !== subject()) {
    throw problem.forbidden("note-of-another", "只能删除自己的留言。", "You can remove your own notes only.");
  }
  NOTES.delete(id);
  return noContent();
}

// All of the plugin. Name, version, title and permissions are in `linli-plugin.toml`.
export const capability = plugin({
  ...manifest,
  collections: [NOTES],
  operations: [
    post("/notes", leave_note, {
      roles: ["resident"], title: ["留言", "Leave a note"], input: { text: string(1, 200) }, output: Note,
    }),
    get("/notes", list_notes, {
      roles: ["resident"], title: ["留言列表", "List notes"],
      input: { cursor: optional(string()) }, output: { items: list(Note) },
    }),
    del("/notes/{id}", remove_note, {
      roles: ["resident"], title: ["删除留言", "Remove a note"], input: { id: id() },
    }),
  ],
});
