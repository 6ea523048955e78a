/** A reply that says more than "200, this is the JSON". */
export class Reply {
  private constructor();
}
/** 200. */
export function ok(value: unknown): Reply;
/** 201: something new, shown. */
export function created(value: unknown): Reply;
/** 202: it will be done later. */
export function accepted(value: unknown): Reply;
/** 204: done, nothing to show. */
export function noContent(): Reply;
/** A stretch of a list, with a `Link` to the next one. */
export function page(page: { items: unknown[]; next: string | null }): Reply;
/** 200: a page for people, shown in a sandbox without scripts. */
export function html(text: string): Reply;
/** 200: bytes of a media type. */
export function media(contentType: string, bytes: Uint8Array): Reply;
