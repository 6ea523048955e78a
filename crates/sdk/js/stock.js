// Bounded counters: portions, places, vouchers. Takes that fit never conflict with each other, however hot the counter.

import wit from "linli:platform/stock@0.1.0";

export const stock = {
  /** Makes a counter that holds `ceiling`. */
  open: (name, ceiling) => wit.open(name, ceiling),
  /** Takes `n` if that many are there. */
  take: (name, n = 1) => wit.take(name, n),
  /** Gives back `n`. */
  give: (name, n = 1) => wit.give(name, n),
  /** Sets the ceiling, keeping what is taken; false, and nothing done, if more is taken than would be left. */
  resize: (name, ceiling) => wit.resize(name, ceiling),
  /** `{ available, ceiling }`, as a read; null without the counter. */
  level: (name) => wit.level(name) ?? null,
  /** Removes the counter; whether there was one. */
  close: (name) => wit.close(name),
};
