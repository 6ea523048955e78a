// Double-entry accounts in integer minor units (CNY fen; points).

import wit from "linli:platform/ledger@0.1.0";

/** Why the ledger does not do it: `insufficient`, `not-allowed`, `unknown-hold`, `hold-closed`, `above-maximum`. */
export class Refused extends Error {
  constructor(refusal) {
    super(`the ledger refused: ${refusal}`);
    this.refusal = refusal;
  }
}

/** Whose account. */
export const account = {
  /** The subject of the call. */
  subject: { tag: "subject" },
  /** A declared account of this plugin. */
  own: (name) => ({ tag: "own", val: name }),
  /** Somebody's, by their reference. */
  person: (reference) => ({ tag: "person", val: reference }),
  /** The settlement account of a provider. */
  provider: (id) => ({ tag: "provider", val: id }),
};

const micros = (millis) => Math.round(millis * 1000);

function refusing(act) {
  try {
    return act();
  } catch (error) {
    const refusal = typeof error === "string" ? error : error?.payload;
    throw typeof refusal === "string" ? new Refused(refusal) : error;
  }
}

export const ledger = {
  /** What can be spent now. */
  balance: (book, of) => wit.balance(book, of),
  /** Newest first: `{ items, next }`. */
  entries(book, of, limit = 50, cursor = null) {
    const { entries, next } = wit.entries(book, of, limit, cursor);
    const shown = entries.map((entry) => ({ ...entry, at: Math.floor(entry.at / 1000) }));
    return { items: shown, next: next ?? null };
  },
  /** All transfers `{ debit, credit, amount, memo }` or none; the id of the posting. Throws `Refused`. */
  post: (book, transfers) => refusing(() => wit.post(book, transfers)),
  /**
   * Sets money aside: `{ book, payer, payee, maximum, expiresAt, memo }`, `expiresAt` in milliseconds and at most 90
   * days ahead. The id of the hold, which can be captured later with no caller. Throws `Refused`.
   */
  hold: ({ expiresAt, ...request }) => refusing(() => wit.hold({ ...request, expiresAt: micros(expiresAt) })),
  /** Moves up to the maximum to the payee, less commission, and frees the rest. Throws `Refused`. */
  capture: (hold, amount) => refusing(() => wit.capture(hold, amount)),
  /** Frees what is held. Throws `Refused`. */
  release: (hold) => refusing(() => wit.release(hold)),
  /** `{ status, maximum, captured, commission, expiresAt }`; null if it is unknown, or another's. */
  holdOf(hold) {
    const state = wit.holdOf(hold);
    return state ? { ...state, expiresAt: Math.floor(state.expiresAt / 1000) } : null;
  },
};
