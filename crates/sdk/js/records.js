// Collections of JSON documents, in the community of the call.

import wit from "linli:platform/records@0.1.0";
import { problem } from "./problem.js";

/**
 * A collection of the plugin: `collection("parcels", { indexes: { by_owner: ["/owner", "/arrived_at"] } })`. List it in
 * `plugin({ collections })`.
 */
export function collection(name, { indexes = {}, personal = [], keepDays = null } = {}) {
  const declaration = {
    name,
    indexes: Object.entries(indexes).map(([name, fields]) => ({ name, fields })),
    personal,
    keepDays,
  };
  const scan = (range, limit, cursor) => wit.scan(name, range.index ?? null, toRange(range), limit, cursor ?? null);
  return {
    declaration,
    /** The document, or null. */
    get: (id) => read(wit.get(name, id)),
    /** The documents in the order of their ids, null where there is none. 256 at most. */
    getMany: (ids) => wit.getMany(name, ids).map(read),
    /** Creates or replaces. The id has 1 to 128 bytes of `[A-Za-z0-9._~:-]`. */
    put: (id, document) => wit.put(name, id, JSON.stringify(document)),
    /** Whether there was one. */
    delete: (id) => wit.delete(name, id),
    /**
     * Documents in the order of an index: `{ items, next }`. The range is `{ index, equals: [], from, after, upTo,
     * before, descending }`; give `next` back as the cursor for the documents after these.
     */
    scan(range = {}, limit = 100, cursor = null) {
      let page;
      try {
        page = scan(range, limit, cursor);
      } catch (error) {
        if (error !== "cursor-invalid" && error?.payload !== "cursor-invalid") throw error;
        throw problem.invalid(
          "cursor-invalid",
          "翻页标记已失效，请从第一页重新查看。",
          "The page marker is not valid here; start again from the first page.",
          { pointer: "/cursor" },
        );
      }
      return { items: page.documents.map((document) => read(document.content)), next: page.next ?? null };
    },
    /** The first documents of a range. */
    first: (range = {}, limit = 100) => scan(range, limit, null).documents.map((d) => read(d.content)),
    /** How many documents a range holds, counted up to `limit` (1 to 10,000). */
    count: (range = {}, limit = 10_000) => wit.count(name, range.index ?? null, toRange(range), limit),
  };
}

const read = (content) => (content === null || content === undefined ? null : JSON.parse(content));

function toRange({ equals = [], from, after, upTo, before, descending = false }) {
  const bound = (value, inclusive) => ({ value: toValue(value), inclusive });
  const either = (included, excluded) =>
    included !== undefined ? bound(included, true) : excluded !== undefined ? bound(excluded, false) : null;
  return { equals: equals.map(toValue), lower: either(from, after), upper: either(upTo, before), descending };
}

function toValue(value) {
  if (typeof value === "string") return { tag: "text", val: value };
  if (typeof value === "boolean") return { tag: "flag", val: value };
  if (Number.isSafeInteger(value)) return { tag: "integer", val: value };
  throw new TypeError("an index holds text, whole numbers within ±(2^53-1), true and false");
}
