// A plugin: what it is, what can be called, what it reacts to.

import "./guard.js";
import { log } from "./context.js";
import { Problem } from "./problem.js";
import { toReply } from "./reply.js";
import { schemaOf } from "./schema.js";

const operation = (method, kind) => (path, run, { roles, title, input = {}, output, task = false }) => ({
  run,
  declaration: {
    name: run.name,
    kind: task ? "task" : kind,
    method,
    path,
    roles,
    title: { zh: title[0], en: title[1] },
    input: JSON.stringify(schemaOf(input)),
    output: output === undefined ? "" : JSON.stringify(schemaOf(output)),
    joinedBy: [],
  },
});

/** A query: reads, writes nothing. `get("/tools/{id}", find_tool, { roles, title: [zh, en], input, output })`. */
export const get = operation("get", "query");
/** A command that makes something. With `task: true`, one that may call the outside. */
export const post = operation("post", "command");
/** A command that replaces something. */
export const put = operation("put", "command");
/** A command that changes a part of something. */
export const patch = operation("patch", "command");
/** A command that ends something. */
export const del = operation("delete", "command");

/** Reacts to a timer of the plugin: `run(content, event)`. */
export const onTimer = (timer, run) => ({ publisher: null, name: timer.name, run });
/** Reacts to an event of another component, of the `platform`, or of the plugin itself: `run(content, event)`. */
export const onEvent = (publisher, name, run) => ({ publisher, name, run });

/**
 * The plugin, to be exported as `capability`: `export const capability = plugin({ ...manifest, operations, … })`, where
 * `manifest` (name, version, title, permissions) is made of `linli-plugin.toml`.
 */
export function plugin({
  name, version, title, permissions = [],
  operations = [], collections = [], publishes = [], reactions = [], settings = [], accounts = [],
}) {
  const descriptor = {
    name, version, title, permissions, accounts,
    operations: operations.map((operation) => operation.declaration),
    collections: collections.map((collection) => collection.declaration),
    publishes: publishes.map((event) => event.declaration),
    subscribes: reactions.filter((r) => r.publisher !== null).map(({ publisher, name }) => ({ publisher, name })),
    settings: settings.map((setting) => setting.declaration),
  };
  const runs = new Map(operations.map(({ declaration, run }) => [declaration.name, run]));
  return {
    describe: () => descriptor,
    handle({ operation, input }) {
      const run = runs.get(operation);
      return answering(() => toReply(run(JSON.parse(input))));
    },
    react({ id, publisher, name: event, content, publishedAt }) {
      const takes = (r) => (r.publisher ?? name) === publisher && r.name === event;
      const envelope = { id, publisher, name: event, publishedAt: Math.floor(publishedAt / 1000) };
      answering(() => reactions.find(takes).run(JSON.parse(content), envelope));
    },
  };
}

/** A problem is an answer. Anything else that is thrown is a defect of the plugin: it traps, and the log says where. */
function answering(run) {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof Problem) throw { ...thrown };
    log("error", `${thrown?.name ?? "thrown"}: ${thrown?.message ?? thrown}\n${thrown?.stack ?? ""}`.slice(0, 2_000));
    throw thrown;
  }
}
