import type { Collection as Declaration } from "./contract.js";

/** What an index can hold: text, whole numbers within ±(2^53-1), true and false. */
export type IndexValue = string | number | boolean;

/** A stretch of an index: its first fields equal to `equals`, the next one between the bounds. */
export interface Range {
  /** Without one: in the order of ids, and the bounds are of ids. */
  index?: string;
  equals?: IndexValue[];
  from?: IndexValue;
  after?: IndexValue;
  upTo?: IndexValue;
  before?: IndexValue;
  descending?: boolean;
}

/** JSON documents of one kind, in the community of the call. */
export interface Collection<T> {
  readonly declaration: Declaration;
  /** The document, or null. */
  get(id: string): T | null;
  /** In the order of the ids, 256 at most. */
  getMany(ids: string[]): (T | null)[];
  /** Creates or replaces. The id has 1 to 128 bytes of `[A-Za-z0-9._~:-]`; the document at most 256 KiB of JSON. */
  put(id: string, document: T): void;
  /** Whether there was one. */
  delete(id: string): boolean;
  /** In order, up to `limit` (1 to 1,000). A foreign cursor throws a 422. */
  scan(range?: Range, limit?: number, cursor?: string | null): { items: T[]; next: string | null };
  /** The first documents of a range. */
  first(range?: Range, limit?: number): T[];
  /** How many, counted up to `limit` (1 to 10,000). */
  count(range?: Range, limit?: number): number;
}

/** A collection of the plugin; list it in `plugin({ collections })`. */
export function collection<T = any>(
  name: string,
  options?: {
    /** Ordered indexes: JSON pointers by name. */
    indexes?: { [name: string]: string[] };
    /** JSON pointers of fields that hold personal values. */
    personal?: string[];
    /** Days a document is kept after it was last written; for ever without. */
    keepDays?: number;
  },
): Collection<T>;
