// What an operation may give back. Anything else that it returns is a 200 with that as JSON.

/** A reply that says more than "200, this is the JSON". */
export class Reply {
  constructor(status, content, next = null) {
    this.status = status;
    this.content = content;
    this.next = next;
  }
}

const json = (value) => ({ tag: "json", val: JSON.stringify(value) });

/** 200. */
export const ok = (value) => new Reply("ok", json(value));
/** 201: something new, shown. */
export const created = (value) => new Reply("created", json(value));
/** 202: it will be done later. */
export const accepted = (value) => new Reply("accepted", json(value));
/** 204: done, nothing to show. */
export const noContent = () => new Reply("no-content", { tag: "none" });
/** A stretch of a list, as `{"items": […]}` with a `Link` to the next one: what `scan` gives. */
export const page = ({ items, next }) => new Reply("ok", json({ items }), next);
/** 200: a page for people. It is shown in a sandbox, without scripts. */
export const html = (text) => new Reply("ok", { tag: "html", val: text });
/** 200: bytes (`Uint8Array`) of a media type. */
export const media = (contentType, bytes) => new Reply("ok", { tag: "media", val: { contentType, bytes } });

/** The contract's reply. */
export const toReply = (value) => (value instanceof Reply ? value : value === undefined ? noContent() : ok(value));
