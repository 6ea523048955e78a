/** Bounded counters. Takes that fit never conflict with each other, however hot the counter. */
export const stock: {
  /** Makes a counter that holds `ceiling`. */
  open(name: string, ceiling: number): void;
  /** Takes `n` (one without) if that many are there. */
  take(name: string, n?: number): boolean;
  /** Gives back `n` (one without). */
  give(name: string, n?: number): void;
  /** Sets the ceiling, keeping what is taken; false, and nothing done, if more is taken than would be left. */
  resize(name: string, ceiling: number): boolean;
  /** As a read; null without the counter. */
  level(name: string): { available: number; ceiling: number } | null;
  /** Removes the counter; whether there was one. */
  close(name: string): boolean;
};
