import type { Failure } from "./contract.js";

/** Nothing came back. */
export class Unanswered extends Error {
  readonly failure: Failure;
}

/** What came back. */
export interface Response {
  status: number;
  /** By lower-case name. */
  headers: { [name: string]: string };
  body: Uint8Array;
  text(): string;
  json(): any;
}

export const outbound: {
  /** Sends once, from a task; redirects are not followed. Time-out in milliseconds (1 to 30,000). Throws `Unanswered`. */
  send(request: {
    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    url: string;
    headers?: { [name: string]: string };
    json?: unknown;
    body?: Uint8Array | string;
    timeout?: number;
  }): Response;
};
