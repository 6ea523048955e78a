import type { EventDeclaration } from "./contract.js";
import type { Shape } from "./schema.js";

/** An event the plugin publishes. */
export interface Event<T> {
  readonly name: string;
  readonly declaration: EventDeclaration;
  /** To every subscriber, with the commit; its id. At most 64 KiB. */
  publish(content: T): string;
}

/** A durable timer of the plugin. */
export interface Timer<T> {
  readonly name: string;
  /** Fires at that time (milliseconds; at most 1,100 days ahead), or at once when it is past; its id. */
  schedule(at: number, content?: T): string;
  /** Whether it was still waiting. */
  cancel(id: string): boolean;
}

/** An event `noun.verb-in-past-tense`; list it in `plugin({ publishes })`. */
export function event<T = any>(name: string, shape: Shape): Event<T>;
/** A timer `noun.verb-in-past-tense`; what it does stands in `plugin({ reactions: [onTimer(…)] })`. */
export function timer<T = any>(name: string): Timer<T>;
