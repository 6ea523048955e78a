// Configured values.

import wit from "linli:platform/settings@0.1.0";
import { schemaOf } from "./schema.js";

/**
 * A setting: `setting("free_hours", { title: ["免费保管小时", "Free hours"], schema: integer(1, 720), default: 48 })`; a
 * `secret` is never shown. List it in `plugin({ settings })`.
 */
export function setting(name, { title, schema, default: fallback, secret = false }) {
  return {
    declaration: {
      name,
      title: { zh: title[0], en: title[1] },
      schema: JSON.stringify(schemaOf(schema)),
      default: fallback === undefined ? null : JSON.stringify(fallback),
      secret,
    },
    /** The configured value, else the default. */
    get: () => JSON.parse(wit.get(name)),
  };
}
