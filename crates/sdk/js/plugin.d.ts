import type { AccountDeclaration, Permission, Role, Text } from "./contract.js";
import type { Shape } from "./schema.js";

/** What `linli-plugin.toml` says. */
export interface Manifest {
  name: string;
  version: string;
  title: Text;
  permissions: Permission[];
}

/** Made by `get`, `post`, `put`, `patch`, `del`. */
export interface Operation {
  readonly declaration: { readonly name: string };
}
/** Made by `onTimer` and `onEvent`. */
export interface Reaction {
  readonly name: string;
}
/** The envelope of an event that arrived. */
export interface Delivered {
  /** The same at every delivery. */
  id: string;
  publisher: string;
  name: string;
  /** Milliseconds; for a timer, when it was due. */
  publishedAt: number;
}

/** Who may call an operation, and what goes in and out. */
export interface About {
  roles: Role[];
  title: [zh: string, en: string];
  /** Path parameters, query parameters and the members of the body, side by side. */
  input?: Shape;
  /** Left out when the reply is not JSON. */
  output?: Shape;
  /** May call the outside; writes nothing but events to the plugin itself. */
  task?: boolean;
}

/** An operation has the name of its function: `verb_noun`. What it throws as a `Problem` is an answer, too. */
export type Declare = (path: string, run: (input: any) => unknown, about: About) => Operation;
/** A query: reads, writes nothing. */
export const get: Declare;
/** A command that makes something. */
export const post: Declare;
/** A command that replaces something. */
export const put: Declare;
/** A command that changes a part of something. */
export const patch: Declare;
/** A command that ends something. */
export const del: Declare;

/** Reacts to a timer of the plugin. */
export function onTimer<T>(timer: { name: string }, run: (content: T, event: Delivered) => void): Reaction;
/** Reacts to an event of another component, of the `platform`, or of the plugin itself. */
export function onEvent(publisher: string, name: string, run: (content: any, event: Delivered) => void): Reaction;

/** The plugin, to be exported: `export const capability = plugin({ ...manifest, operations })`. */
export function plugin(
  plugin: Manifest & {
    operations?: Operation[];
    collections?: { declaration: object }[];
    publishes?: { declaration: object }[];
    reactions?: Reaction[];
    settings?: { declaration: object }[];
    accounts?: AccountDeclaration[];
  },
): object;
