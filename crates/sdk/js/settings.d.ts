import type { Setting as Declaration } from "./contract.js";
import type { Shape } from "./schema.js";

/** A configured value. */
export interface Setting<T> {
  readonly declaration: Declaration;
  /** The configured value, else the default. */
  get(): T;
}

/** A setting; list it in `plugin({ settings })`. Without a default the plugin does not start until it is configured. */
export function setting<T = any>(
  name: string,
  options: { title: [zh: string, en: string]; schema: Shape; default?: T; secret?: boolean },
): Setting<T>;
