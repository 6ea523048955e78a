import type { Role } from "./contract.js";

/** Who calls, and on whose behalf. */
export interface Caller {
  /** The person the operation is about: the caller, or whom the caller acts for. */
  subject: string | null;
  /** The relative who really calls. */
  actedBy: string | null;
  roles: Role[];
  /** The division-code prefix the caller answers for. */
  area: string;
  /** The provider the caller belongs to. */
  provider: string | null;
}

/** Who calls. */
export function caller(): Caller;
/** The person the operation is about; throws a 403 when the caller is no person. */
export function subject(): string;
/** The 12-digit code of the community the call is in. */
export function community(): string;
/** When the request arrived, in milliseconds since 1970 (UTC). */
export function now(): number;
/** A new id: 26 characters that sort by time. */
export function newId(): string;
/** Up to 1,024 bytes from the system's CSPRNG, the same when the command is run again. */
export function random(length: number): Uint8Array;
/** So many digits as text, evenly drawn. */
export function randomDigits(digits: number): string;
/** A line for the operator. Bounded; nothing personal belongs here. */
export function log(level: "debug" | "info" | "warn" | "error", message: string): void;
