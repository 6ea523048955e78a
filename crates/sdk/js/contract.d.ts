// Made of the contract in `wit/`; see there for units, limits and errors. Not to be edited.

export interface Header {
  name: string;
  value: string;
}

export interface Request {
  /** `GET`, `POST`, `PUT`, `PATCH`, `DELETE`. */
  method: string;
  /** A granted origin and a path: `https://`, or `http://` where the operator granted just that. */
  url: string;
  headers: Header[];
  body: Uint8Array;
  /** Milliseconds, 1 to 30,000. */
  timeout: number;
}

export interface Response {
  status: number;
  headers: Header[];
  body: Uint8Array;
}

export type Failure = "not-granted" | "over-limit" | "unreachable" | "timed-out" | "too-large" | "invalid-request";

export interface Document {
  id: string;
  /** JSON object, exactly as it was put. */
  content: string;
}

export type Value =
  | { tag: "text"; val: string }
  | { tag: "integer"; val: number }
  | { tag: "flag"; val: boolean };

export interface Bound {
  value: Value;
  inclusive: boolean;
}

/** A stretch of an index: the first fields equal to `equals`, the next one between the bounds. */
export interface Range {
  equals: Value[];
  lower: Bound | null;
  upper: Bound | null;
  descending: boolean;
}

export interface Page {
  documents: Document[];
  /** Give it back as `cursor` for the documents after these; none when there are no more. */
  next: string | null;
}

export type ScanError = "cursor-invalid";

export interface Counter {
  available: number;
  ceiling: number;
}

/** Microseconds since 1970-01-01T00:00:00 UTC. Shown in Asia/Shanghai, kept and compared in UTC. */
export type Timestamp = number;

/**
 * An opaque, storable reference to a resident or worker: 26 characters of lower-case base32.
 * The same person has different references for different providers, so two merchants cannot join on
 * them. References to the same person seen by the same provider are equal.
 */
export type PersonRef = string;

/** A text shown to people, in both languages of the platform. */
export interface Text {
  zh: string;
  en: string;
}

/** Why an operation did not do what was asked. Decides the HTTP status. */
export type ProblemKind = "invalid" | "forbidden" | "not-found" | "conflict" | "gone" | "too-many" | "unavailable";

/** A refusal a resident can act on. Becomes RFC 9457 `application/problem+json`. */
export interface Problem {
  kind: ProblemKind;
  /** Stable, kebab-case, unique within the component: `signup-closed`. Programs switch on it. */
  code: string;
  /** One sentence that says what to do now. Never an inner detail, never a personal value. */
  detail: Text;
  /** RFC 6901 JSON pointer into the input, when one field is to blame: `/party_size`. */
  pointer: string | null;
  /** A JSON object with further members for programs, such as the id of the case already open. */
  data: string | null;
}

/** Who may call an operation. A caller may have several roles. */
export type Role = "anyone" | "resident" | "worker" | "grid-worker" | "officer" | "provider" | "reviewer" | "operator" | "system";

/** What may be known of a person, each on its own. */
export type Attribute = "name" | "phone" | "birth-date" | "age" | "citizen-number" | "address" | "grid";

export type OperationKind = "query" | "command" | "task";

export type Method = "get" | "post" | "put" | "patch" | "delete";

export interface Operation {
  /** snake_case `verb_noun`, unique within the component: `create_signup`. Also OpenAPI's operationId. */
  name: string;
  kind: OperationKind;
  method: Method;
  /** Below `/v1/{community}/{component}`, with parameters in braces: `/activities/{id}/signups`. */
  path: string;
  roles: Role[];
  title: Text;
  /**
   * JSON Schema 2020-12 of the input: **one** object in which path parameters, query parameters and
   * the members of the body stand side by side. The host coerces parameters by it, and validates
   * everything against it before the component is called.
   */
  input: string;
  /** JSON Schema 2020-12 of the reply's JSON content; empty when the reply is not JSON. */
  output: string;
  /**
   * For a query whose lists can be joined over the communities of an area: what its reply's `items` are in order
   * of, as JSON pointers within an item, compared in this order and ascending (times as times, other strings by
   * UTF-8 bytes, absent and null last), together different for every item of a community: `/due_at`, `/id`. The
   * query then also answers at `/v1/{area}/{component}`, for an area of 2, 4, 6 or 9 digits, to whom it is
   * entrusted: it is asked in every community by itself, with the caller's `limit` and cursors of its own (its
   * input has `cursor`), and the items are merged. Empty: it answers for one community only.
   */
  joinedBy: string[];
}

/** An ordered index. A document in which one of the fields is absent or null is not in it. */
export interface Index {
  name: string;
  /** JSON pointers, compared in this order. Values may be strings (by UTF-8 bytes), integers or booleans. */
  fields: string[];
}

/** A set of JSON documents the component keeps in each community. */
export interface Collection {
  name: string;
  indexes: Index[];
  /**
   * JSON pointers of the fields that hold personal values: masked on show, sealed at rest, every
   * reading logged.
   */
  personal: string[];
  /** How long a document is kept after it was last written, in days; none: until deleted. */
  keepDays: number | null;
}

export interface Subscription {
  /** Component that publishes it; `platform` for the host's own (`order.*`, `person.*`). */
  publisher: string;
  name: string;
}

export interface EventDeclaration {
  /** `noun.verb-in-past-tense`: `signup.confirmed`. */
  name: string;
  /** JSON Schema 2020-12 of its content. */
  schema: string;
}

export interface Setting {
  name: string;
  title: Text;
  /** JSON Schema 2020-12 of its value. */
  schema: string;
  /** JSON; used when nothing is configured. None: the component does not start without a value. */
  default: string | null;
  /** Never shown, never logged. */
  secret: boolean;
}

/** A ledger account of the component itself. */
export interface AccountDeclaration {
  name: string;
  /** `points`, or an ISO 4217 code: `CNY`. */
  book: string;
  /** The balance never falls below this. Zero, but for issuers; a negative floor must be granted. */
  floor: number;
}

export interface PeoplePermission {
  attributes: Attribute[];
  /** To the resident, why: `to deliver the order`. */
  purpose: Text;
}

export interface DebitPermission {
  book: string;
  /** In minor units, for one call. */
  maxPerCall: number;
}

export interface OutboundPermission {
  /** A host name, without scheme, port or path. */
  host: string;
  callsPerMinute: number;
}

/** What the component asks for beyond `context`, `records`, `stock`, `events` and `settings`. */
export type Permission =
  | { tag: "people"; val: PeoplePermission }
  /** Charge the caller, and hold the caller's money or points. */
  | { tag: "debit-caller"; val: DebitPermission }
  /** Have an account with a negative floor in this book. */
  | { tag: "issue"; val: string }
  /** Sign with the platform's keys, for this purpose. */
  | { tag: "sign"; val: string }
  | { tag: "outbound"; val: OutboundPermission }
  /** Register providers with the platform; see `registry`. */
  | { tag: "registry" };

export interface Descriptor {
  /** kebab-case; the `{capability}` of the path. */
  name: string;
  /** Semantic version. */
  version: string;
  title: Text;
  operations: Operation[];
  collections: Collection[];
  publishes: EventDeclaration[];
  subscribes: Subscription[];
  settings: Setting[];
  accounts: AccountDeclaration[];
  permissions: Permission[];
}

export interface CapabilityRequest {
  operation: string;
  /** A JSON object that meets the operation's input schema. */
  input: string;
}

export type Status = "ok" | "created" | "accepted" | "no-content";

export interface Media {
  /** An RFC 9110 media type. */
  contentType: string;
  bytes: Uint8Array;
}

export type Content =
  | { tag: "none" }
  | { tag: "json"; val: string }
  | { tag: "html"; val: string }
  | { tag: "media"; val: Media };

export interface Reply {
  status: Status;
  content: Content;
  /** Where the next page starts; becomes a `Link` header with `rel="next"`. */
  next: string | null;
}

export interface Event {
  /** Unique; the same at every delivery. */
  id: string;
  /** Stamped by the host. */
  publisher: string;
  name: string;
  /** JSON. */
  content: string;
  publishedAt: Timestamp;
}

export interface Principal {
  /**
   * The person the operation is *about*: the caller, or whom the caller acts for. None for `anyone`,
   * `system`, and providers' machines.
   */
  subject: PersonRef | null;
  /** The relative who really calls, when `Acting-For` was given and the binding allows it. */
  actedBy: PersonRef | null;
  roles: Role[];
  /** The division-code prefix (2, 4, 6, 9 or 12 digits) the caller answers for. */
  area: string;
  /** The provider the caller belongs to. */
  provider: string | null;
}

export type Level = "debug" | "info" | "warn" | "error";

export type Account =
  /** The subject of the call. */
  | { tag: "subject" }
  /** A declared account of this component. */
  | { tag: "own"; val: string }
  | { tag: "person"; val: PersonRef }
  /** The settlement account of a provider. */
  | { tag: "provider"; val: string };

export interface Transfer {
  debit: Account;
  credit: Account;
  /** 1 to 2^53-1, in minor units. */
  amount: number;
  /** Shown on statements; up to 200 bytes, nothing personal. */
  memo: string;
}

export type Refusal = "insufficient" | "not-allowed" | "unknown-hold" | "hold-closed" | "above-maximum";

export interface Entry {
  posting: string;
  at: Timestamp;
  /** Negative when the account was debited. */
  amount: number;
  /** After this entry. */
  balance: number;
  memo: string;
}

export interface EntriesPage {
  entries: Entry[];
  next: string | null;
}

export interface HoldRequest {
  book: string;
  payer: Account;
  payee: Account;
  maximum: number;
  /** Judged by `now`; at most 90 days ahead. */
  expiresAt: Timestamp;
  memo: string;
}

export type HoldStatus = "open" | "captured" | "released" | "expired";

export interface HoldState {
  status: HoldStatus;
  maximum: number;
  captured: number;
  /** What of it was given back since. */
  refunded: number;
  /** Basis points of the captured amount that go to the platform; fixed when the hold was made. */
  commission: number;
  expiresAt: Timestamp;
}

export type Denial = "not-granted" | "out-of-area" | "no-consent" | "unknown";

export interface Person {
  /**
   * The value, checked live (grant, area, consent) each time, and written to the access log with its
   * purpose (1 to 200 bytes). Dates are `YYYY-MM-DD`, ages whole years in digits.
   */
  reveal(attribute: Attribute, purpose: string): string;
  /** The value with all but what tells two neighbours apart covered: `张*`, `138****1234`. Not logged. */
  masked(attribute: Attribute): string;
}

/** Whether the platform deals with a provider. */
export type Standing = "active" | "suspended" | "removed";

export interface Provider {
  /** 1 to 64 characters of `[A-Za-z0-9._-]`: what tokens carry as `provider`, and `account.provider` in `ledger`. */
  id: string;
  /** Shown to people; 1 to 200 bytes. */
  name: string;
  /** Unified social credit code, GB 32100-2015. */
  creditCode: string;
  /** 1 to 64 bytes; what it means is the business of whoever registers. */
  category: string;
  /** Basis points of what is captured for it that go to the platform, 0 to 10,000. */
  commission: number;
  /** Ed25519 (RFC 8032), 32 bytes: signs what the provider uploads. */
  publicKey: Uint8Array | null;
  standing: Standing;
  /**
   * From this moment on it may not trade, whatever its standing says: judged by `now`, so that nobody waits for
   * a timer.
   */
  licensedUntil: Timestamp;
}

