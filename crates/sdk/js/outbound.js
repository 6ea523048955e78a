// HTTP to granted hosts; in tasks only.

import wit from "linli:platform/outbound@0.1.0";
import { fromUtf8, toUtf8 } from "./utf8.js";

/** Why nothing came back: `not-granted`, `over-limit`, `unreachable`, `timed-out`, `too-large`, `invalid-request`. */
export class Unanswered extends Error {
  constructor(failure) {
    super(`no answer from outside: ${failure}`);
    this.failure = failure;
  }
}

export const outbound = {
  /**
   * Sends once: `{ method, url, headers: {}, json or body, timeout }`, the time-out in milliseconds (1 to 30,000). What
   * came back is `{ status, headers, body, text(), json() }`. Throws `Unanswered`.
   */
  send({ method = "GET", url, headers = {}, json, body, timeout = 5_000 }) {
    const pairs = Object.entries(headers).map(([name, value]) => ({ name, value: String(value) }));
    if (json !== undefined) pairs.push({ name: "content-type", value: "application/json" });
    const bytes = json !== undefined ? toUtf8(JSON.stringify(json)) : typeof body === "string" ? toUtf8(body) : body;
    let response;
    try {
      response = wit.send({ method, url, headers: pairs, body: bytes ?? new Uint8Array(0), timeout });
    } catch (error) {
      const failure = typeof error === "string" ? error : error?.payload;
      throw typeof failure === "string" ? new Unanswered(failure) : error;
    }
    const received = Uint8Array.from(response.body);
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers.map(({ name, value }) => [name.toLowerCase(), value])),
      body: received,
      text: () => fromUtf8(received),
      json: () => JSON.parse(fromUtf8(received)),
    };
  },
};
