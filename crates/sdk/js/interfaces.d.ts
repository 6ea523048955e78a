// Made of the contract in `wit/`; see there for units, limits and errors. Not to be edited.

declare module "linli:platform/keys@0.1.0" {
  const functions: {
    /** Signs up to 64 KiB. Needs the permission `sign(purpose)`; traps without. 64 bytes. */
    sign(purpose: string, bytes: Uint8Array): Uint8Array;
    /** Whether the platform made this signature for this component and purpose, with an algorithm that counts. */
    verify(purpose: string, bytes: Uint8Array, signature: Uint8Array): boolean;
  };
  export default functions;
}

declare module "linli:platform/outbound@0.1.0" {
  import type { Request, Response } from "./contract.js";

  const functions: {
    /**
     * Sends once; redirects are not followed. The host adds `Idempotency-Key` with a key that stays the same
     * when the task is run again.
     */
    send(request: Request): Response;
  };
  export default functions;
}

declare module "linli:platform/records@0.1.0" {
  import type { Range, Page } from "./contract.js";

  const functions: {
    /** The document, or none. */
    get(collection: string, id: string): string | null;
    /** The documents in the order of `ids` (256 at most). */
    getMany(collection: string, ids: string[]): (string | null)[];
    /**
     * Up to `limit` (1 to 1,000) documents in the order of the index and then of their ids; without an index,
     * in the order of ids, and `range` applies to the id as text. A cursor belongs to the same collection,
     * index and range; one that does not is refused as if it were none (`cursor-invalid`).
     */
    scan(collection: string, index: string | null, range: Range, limit: number, cursor: string | null): Page;
    /** How many documents the range holds, counted up to `limit` (1 to 10,000). */
    count(collection: string, index: string | null, range: Range, limit: number): number;
    /**
     * Creates or replaces. The id has 1 to 128 bytes of `[A-Za-z0-9._~:-]`; the content is a JSON object of at
     * most 256 KiB whose integers stay within ±(2^53-1).
     */
    put(collection: string, id: string, content: string): void;
    /** Whether there was one. */
    delete(collection: string, id: string): boolean;
  };
  export default functions;
}

declare module "linli:platform/settings@0.1.0" {
  const functions: {
    /** The value as JSON: the configured one, else the declared default. Traps for a name not declared. */
    get(name: string): string;
  };
  export default functions;
}

declare module "linli:platform/stock@0.1.0" {
  import type { Counter } from "./contract.js";

  const functions: {
    /** Makes a counter that holds `ceiling` (0 to 2^53-1). Traps if it exists. Names: 1 to 160 bytes. */
    open(name: string, ceiling: number): void;
    /** Takes `n` (at least 1) if that many are there. */
    take(name: string, n: number): boolean;
    /** Gives back `n` (at least 1). Going over the ceiling is a defect: the command fails as a whole. */
    give(name: string, n: number): void;
    /** Sets the ceiling, keeping what is taken. False, and nothing done, if more is taken than would be left. */
    resize(name: string, ceiling: number): boolean;
    /**
     * What is left and what it holds at most, this call's own takes and gives included; none if there is no
     * such counter. Counts as a read.
     */
    level(name: string): Counter | null;
    /** Removes the counter. Whether there was one. */
    close(name: string): boolean;
  };
  export default functions;
}

declare module "linli:platform/context@0.1.0" {
  import type { Timestamp, Principal, Level } from "./contract.js";

  const functions: {
    /** Who calls, and on whose behalf. The same at every rerun. */
    caller(): Principal;
    /** The 12-digit code of the community the call is in. */
    community(): string;
    /**
     * When the request arrived; never before the community's last commit. No two calls share it: the answer of a
     * query that asks is not given again. Where a comparison or a rounded time will do, ask for that instead.
     */
    now(): Timestamp;
    /**
     * Whether `now` is at or after a moment. The answer of a query that asks no more than this of the time may be
     * given to others without a new run, until the moment has passed.
     */
    hasPassed(moment: Timestamp): boolean;
    /**
     * `now`, rounded down to a whole multiple of so many seconds (at least 1) since 1970: 3,600 gives the hour, and
     * with it the day in any time zone of whole hours. Answers may be given again until the next multiple.
     */
    nowRounded(seconds: number): Timestamp;
    /**
     * A new id: 26 characters of lower-case Crockford base32, of which the first ten are `now` in
     * milliseconds, so that ids sort by time.
     */
    newId(): string;
    /** Up to 1,024 bytes from a stream seeded by the system's CSPRNG when the request arrived. */
    random(length: number): Uint8Array;
    /**
     * A line for the operator. Bounded in length and number; what is over is dropped and counted. Nothing
     * personal belongs here.
     */
    log(level: Level, message: string): void;
  };
  export default functions;
}

declare module "linli:platform/events@0.1.0" {
  import type { Timestamp, Person } from "./contract.js";

  const functions: {
    /**
     * Publishes a declared event to every subscriber; its id. The content is JSON of at most 64 KiB. Person
     * references in it are rewritten for each subscriber's provider.
     */
    publish(name: string, content: string): string;
    /**
     * Sets a durable timer for this component, at most 1,100 days ahead: at that time `react` gets an event of
     * this name, published by the component itself. The id of the timer. A time already past fires at once.
     */
    schedule(at: Timestamp, name: string, content: string): string;
    /** Whether the timer was still waiting. */
    cancel(timer: string): boolean;
  };
  export default functions;
}

declare module "linli:platform/ledger@0.1.0" {
  import type { Timestamp, Account, Transfer, EntriesPage, HoldRequest, HoldState } from "./contract.js";

  const functions: {
    /** What can be spent now: the balance less what is held. Zero for an account never used. */
    balance(book: string, account: Account): number;
    /** The balance after the last entry at or before `at`. */
    balanceAt(book: string, account: Account, at: Timestamp): number;
    /** Newest first, up to 200. */
    entries(book: string, account: Account, limit: number, cursor: string | null): EntriesPage;
    /** All transfers (1 to 16) or none; the id of the posting. */
    post(book: string, transfers: Transfer[]): string;
    /**
     * Sets money aside; the id of the hold. It belongs to this component and can be captured later, with no
     * caller, for instance in `react`. For a provider, the commission is the registered one, none for one that is not
     * registered; `not-allowed` for one that may not trade (see `registry`).
     */
    hold(request: HoldRequest): string;
    /** Moves up to the maximum to the payee, less commission, and frees the rest; the id of the posting. */
    capture(hold: string, amount: number): string;
    /** Frees what is held. */
    release(hold: string): void;
    /**
     * Gives back a part or all of what was captured: the payee pays its part and the platform gives back its share of the
     * commission, so that after several refunds the commission given back is to the commission taken as the amount
     * refunded is to the amount captured, rounded down to whole minor units; after a full refund it is all of it. The id
     * of the posting.
     *
     * `not-allowed` for a hold that was not captured; `above-maximum`; `insufficient` when the payee has not so much any
     * more: no account falls below its floor for a refund, and whoever sold may pay it from an account of its own by
     * `post`. A provider that may not trade refunds all the same.
     */
    refund(hold: string, amount: number): string;
    /** How a hold of this component stands now, as judged by `now`; none if it is unknown, or another's. */
    holdOf(hold: string): HoldState | null;
  };
  export default functions;
}

declare module "linli:platform/people@0.1.0" {
  import type { PersonRef, Person } from "./contract.js";

  const functions: {
    /** None when the reference is not one of this component's, or the person is gone. */
    open(reference: PersonRef): Person | null;
  };
  export default functions;
}

declare module "linli:platform/registry@0.1.0" {
  import type { Provider } from "./contract.js";

  const functions: {
    /**
     * Registers a provider, or replaces what is registered under its id. Traps when a value breaks a rule above, and
     * outside commands.
     *
     * A command spans one partition, so this leaves with the commit and is applied to the platform's partition in a
     * commit of its own, in effect once, soon after. Of two for the same provider the later one wins, by the time of
     * its call, whatever the order they arrive in.
     */
    put(provider: Provider): void;
    /**
     * What is registered under this id; none if nothing is. It belongs to no snapshot of a community, so it is fixed
     * when the request arrives, as `now` is, and the same at every rerun; what was put less than a moment ago,
     * by this call or another, may not show yet. Whoever needs its own last word keeps a record of its own.
     */
    get(id: string): Provider | null;
  };
  export default functions;
}

