// The call: who, where, when. Fixed when the request arrives, and the same when the command is run again.

import wit from "linli:platform/context@0.1.0";
import { problem } from "./problem.js";

/** Who calls: `{ subject, actedBy, roles, area, provider }`, null where there is none. */
export const caller = () => wit.caller();

/** The person the operation is about; a 403 when the caller is no person. */
export function subject() {
  const { subject } = wit.caller();
  if (!subject) {
    throw problem.forbidden(
      "person-needed",
      "此操作须由居民本人办理，请用居民身份登录后再试。",
      "This is for a resident in person; sign in as a resident and try again.",
    );
  }
  return subject;
}

/** The 12-digit code of the community the call is in. */
export const community = () => wit.community();

/** When the request arrived, in milliseconds since 1970 (UTC), as `new Date()` takes them. */
export const now = () => Math.floor(wit.now() / 1000);

/** A new id: 26 characters that sort by time. */
export const newId = () => wit.newId();

/** Up to 1,024 bytes from the system's CSPRNG, the same when the command is run again: a `Uint8Array`. */
export const random = (length) => Uint8Array.from(wit.random(length));

/** A number of so many digits as text, evenly drawn: a pick-up code. */
export function randomDigits(digits) {
  let text = "";
  while (text.length < digits) {
    for (const byte of random(digits * 2)) {
      // 250 is the largest multiple of ten below 256; what is above would make small digits likelier.
      if (byte < 250 && text.length < digits) text += byte % 10;
    }
  }
  return text;
}

/** A line for the operator: `log("warn", "…")`. Bounded; nothing personal belongs here. */
export const log = (level, message) => wit.log(level, String(message));
