import type { Account, HoldStatus, Refusal } from "./contract.js";

/** The ledger does not do it. */
export class Refused extends Error {
  readonly refusal: Refusal;
}

/** Whose account. */
export const account: {
  /** The subject of the call. */
  readonly subject: Account;
  /** A declared account of this plugin. */
  own(name: string): Account;
  /** Somebody's, by their reference. */
  person(reference: string): Account;
  /** The settlement account of a provider. */
  provider(id: string): Account;
};

/** One line of a statement; amounts in minor units, times in milliseconds. */
export interface Entry {
  posting: string;
  at: number;
  amount: number;
  balance: number;
  memo: string;
}

/** Double-entry accounts in integer minor units (CNY fen; points). */
export const ledger: {
  /** What can be spent now. */
  balance(book: string, of: Account): number;
  /** Newest first, up to 200. */
  entries(book: string, of: Account, limit?: number, cursor?: string | null): { items: Entry[]; next: string | null };
  /** All transfers (1 to 16) or none; the id of the posting. Throws `Refused`. */
  post(book: string, transfers: { debit: Account; credit: Account; amount: number; memo: string }[]): string;
  /** Sets money aside until `expiresAt` (milliseconds; at most 90 days ahead); the id of the hold. Throws `Refused`. */
  hold(request: {
    book: string;
    payer: Account;
    payee: Account;
    maximum: number;
    expiresAt: number;
    memo: string;
  }): string;
  /** Moves up to the maximum to the payee, less commission, and frees the rest. Throws `Refused`. */
  capture(hold: string, amount: number): string;
  /** Frees what is held. Throws `Refused`. */
  release(hold: string): void;
  /** Null if it is unknown, or another's. `commission` in basis points. */
  holdOf(
    hold: string,
  ): { status: HoldStatus; maximum: number; captured: number; commission: number; expiresAt: number } | null;
};
