// What leaves with the commit: events for others, timers for oneself.

import wit from "linli:platform/events@0.1.0";
import { schemaOf } from "./schema.js";

/** An event the plugin publishes: `event("parcel.arrived", { parcel: id() })`. List it in `plugin({ publishes })`. */
export function event(name, shape) {
  return {
    name,
    declaration: { name, schema: JSON.stringify(schemaOf(shape)) },
    /** To every subscriber, with the commit; its id. */
    publish: (content) => wit.publish(name, JSON.stringify(content)),
  };
}

/** A durable timer of the plugin; what it does stands in `plugin({ reactions: [onTimer(…)] })`. */
export function timer(name) {
  return {
    name,
    /** Fires at that time (milliseconds; at most 1,100 days ahead), or at once when it is past; its id. */
    schedule: (at, content = {}) => wit.schedule(Math.round(at * 1000), name, JSON.stringify(content)),
    /** Whether it was still waiting. */
    cancel: (id) => wit.cancel(id),
  };
}
