// JSON Schemas (2020-12) in the words of plugins.

const OPTIONAL = Symbol("optional");

/** Text of so many characters. */
export const string = (minLength = 0, maxLength = undefined) => bounded("string", { minLength, maxLength });

/** A whole number; within ±(2^53-1) without bounds. */
export const integer = (minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER) =>
  bounded("integer", { minimum, maximum });

/** True or false. */
export const boolean = () => ({ type: "boolean" });

/** One of these texts. */
export const oneOf = (...values) => ({ type: "string", enum: values });

/** An id as `newId()` makes them. */
export const id = () => ({ type: "string", pattern: "^[0-7][0-9a-hjkmnp-tv-z]{25}$" });

/** A reference to a person. */
export const personRef = () => ({ type: "string", pattern: "^[a-z0-9]{26}$" });

/** An RFC 3339 time: `2026-05-01T09:00:00+08:00`. */
export const time = () => ({ type: "string", format: "date-time" });

/** A list of one kind of thing. */
export const list = (items, maxItems = undefined) => bounded("array", { items: schemaOf(items), maxItems });

/** May be left out. */
export const optional = (shape) => ({ ...schemaOf(shape), [OPTIONAL]: true });

/** May be null. */
export const nullable = (shape) => ({ anyOf: [schemaOf(shape), { type: "null" }] });

/**
 * A schema out of a shape: `{ name: string(1, 40), note: optional(string()) }` is a closed object with these members.
 * What is a schema already (it says something of itself, such as its `type`) stays as it is.
 */
export function schemaOf(shape) {
  const isShape = Object.values(shape).every((member) => typeof member === "object" && !Array.isArray(member));
  if (!isShape) return shape;
  const properties = {};
  for (const [name, member] of Object.entries(shape)) properties[name] = schemaOf(member);
  const required = Object.keys(shape).filter((name) => !shape[name][OPTIONAL]);
  return { type: "object", properties, required, additionalProperties: false };
}

function bounded(type, bounds) {
  const schema = { type };
  for (const [name, value] of Object.entries(bounds)) if (value !== undefined) schema[name] = value;
  return schema;
}
