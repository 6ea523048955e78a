import type { ProblemKind } from "./contract.js";

/** Where the blame lies, and members for programs. */
export interface More {
  /** RFC 6901 pointer into the input: `/party_size`. */
  pointer?: string;
  /** A JSON object with further members. */
  data?: object;
}

/** A refusal a resident can act on; the caller gets it as `application/problem+json`. */
export class Problem {
  constructor(kind: ProblemKind, code: string, zh: string, en: string, more?: More);
  readonly kind: ProblemKind;
  readonly code: string;
}

/** A stable kebab-case code, and one sentence in both languages that says what to do now. */
export type Refuse = (code: string, zh: string, en: string, more?: More) => Problem;

/** One for each HTTP status. */
export const problem: {
  /** 422 */ invalid: Refuse;
  /** 403 */ forbidden: Refuse;
  /** 404 */ notFound: Refuse;
  /** 409 */ conflict: Refuse;
  /** 410 */ gone: Refuse;
  /** 429 */ tooMany: Refuse;
  /** 503 */ unavailable: Refuse;
};
