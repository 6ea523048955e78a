// Refusals a resident can act on.

/** What `throw problem.conflict(…)` throws; the caller gets it as `application/problem+json`. */
export class Problem {
  constructor(kind, code, zh, en, { pointer = null, data = null } = {}) {
    this.kind = kind;
    this.code = code;
    this.detail = { zh, en };
    this.pointer = pointer;
    this.data = data === null ? null : JSON.stringify(data);
  }
}

const of = (kind) => (code, zh, en, more) => new Problem(kind, code, zh, en, more);

/** One for each HTTP status: code, one sentence in both languages that says what to do now, `{ pointer, data }`. */
export const problem = {
  /** 422 */ invalid: of("invalid"),
  /** 403 */ forbidden: of("forbidden"),
  /** 404 */ notFound: of("not-found"),
  /** 409 */ conflict: of("conflict"),
  /** 410 */ gone: of("gone"),
  /** 429 */ tooMany: of("too-many"),
  /** 503 */ unavailable: of("unavailable"),
};
