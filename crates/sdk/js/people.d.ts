import type { Attribute, Denial } from "./contract.js";

/** The attribute is not shown. */
export class Denied extends Error {
  readonly denial: Denial;
}

/** Somebody, for this call only. */
export interface Person {
  /** The value, checked live and written to the access log with its purpose (1 to 200 bytes). Throws `Denied`. */
  reveal(attribute: Attribute, purpose: string): string;
  /** The value with all but what tells two neighbours apart covered: `张*`. Throws `Denied`. */
  masked(attribute: Attribute): string;
}

export const people: {
  /** Null when the reference is not one of this plugin's, or the person is gone. */
  open(reference: string): Person | null;
};
