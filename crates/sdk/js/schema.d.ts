/** A JSON Schema (2020-12). */
export type Schema = { [word: string]: unknown };
/** A closed object: its members by name. */
export type Shape = { [member: string]: Schema } | Schema;

/** Text of so many characters. */
export function string(minLength?: number, maxLength?: number): Schema;
/** A whole number; within ±(2^53-1) without bounds. */
export function integer(minimum?: number, maximum?: number): Schema;
/** True or false. */
export function boolean(): Schema;
/** One of these texts. */
export function oneOf(...values: string[]): Schema;
/** An id as `newId()` makes them. */
export function id(): Schema;
/** A reference to a person. */
export function personRef(): Schema;
/** An RFC 3339 time. */
export function time(): Schema;
/** A list of one kind of thing. */
export function list(items: Shape, maxItems?: number): Schema;
/** May be left out. */
export function optional(shape: Shape): Schema;
/** May be null. */
export function nullable(shape: Shape): Schema;
/** The schema of a shape. */
export function schemaOf(shape: Shape): Schema;
