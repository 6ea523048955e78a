// Group buying: a shop opens a deal, neighbours join, and all are charged when enough joined by the deadline.

import {
  caller, created, get, id, integer, list, newId, now, onTimer, oneOf, optional, page, plugin, post, problem, Refused,
  string, subject, time,
} from "../vendor/linli/index.js";
import manifest from "../vendor/linli/manifest.js";
import {
  DEADLINE, DEALS, Deal, FAILED, JOINS, Join, MAX_DAYS, SETTLEMENT, SUCCEEDED, decide, leave, open, settle, shownDeal,
  shownJoin, take,
} from "./deals.js";

const DAY = 86_400_000;

/** The shop opens a deal. */
function open_deal({ title, price, minimum, places, deadline: text }) {
  if (caller().provider !== manifest.provider) {
    throw problem.forbidden("not-our-shop", "仅限本店开团。", "Only the shop itself opens deals.");
  }
  if (places < minimum) {
    throw problem.invalid(
      "places-below-minimum", "份数不能少于成团份数。", "There must be at least as many shares as the deal needs.",
      { pointer: "/places" },
    );
  }
  const deadline = Date.parse(text);
  if (!(deadline > now() && deadline <= now() + MAX_DAYS * DAY)) {
    throw problem.invalid(
      "deadline-unfit", `截止时间须在今后${MAX_DAYS}天内。`, `The deadline must lie within the next ${MAX_DAYS} days.`,
      { pointer: "/deadline" },
    );
  }
  const deal = { id: newId(), title, price, minimum, places, deadline, state: "open" };
  open(deal);
  return created(shownDeal(deal));
}

/** Deals of one state, the next deadline first. */
function list_deals({ state = "open", cursor }) {
  const { items, next } = DEALS.scan({ index: "by_state", equals: [state] }, 50, cursor);
  return page({ items: items.map(shownDeal), next });
}

function get_deal({ id }) {
  return shownDeal(known(id));
}

/** A resident joins: the money is set aside, and goes nowhere before the deadline. */
function join_deal({ id, shares = 1 }) {
  const person = subject();
  const deal = stillOpen(id);
  if (JOINS.get(`${id}~${person}`)?.state === "held") {
    throw problem.conflict("joined-already", "您已参团；如需更改份数，请先退出。", "You have joined; leave first to change it.");
  }
  let took;
  try {
    took = take(deal, person, shares);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw refused(error.refusal);
  }
  if (!took) {
    throw problem.conflict("deal-full", "剩余份数不足，请减少份数。", "There are not so many shares left; take fewer.");
  }
  return created(shownJoin(JOINS.get(`${id}~${person}`)));
}

/** A resident leaves before the deadline: the money is free again. */
function leave_deal({ id }) {
  const deal = stillOpen(id);
  const join = JOINS.get(`${id}~${subject()}`);
  if (join?.state !== "held") {
    throw problem.notFound("not-joined", "您没有参加这个团。", "You have not joined this deal.");
  }
  leave(deal, join);
  return shownJoin({ ...join, state: "left" });
}

/** What a resident joined, the latest first. */
function list_joins({ cursor }) {
  const { items, next } = JOINS.scan({ index: "by_person", equals: [subject()], descending: true }, 50, cursor);
  return page({ items: items.map(shownJoin), next });
}

function known(id) {
  const deal = DEALS.get(id);
  if (!deal) throw problem.notFound("deal-unknown", "没有这个团，请从列表中选择。", "There is no such deal; choose from the list.");
  return deal;
}

function stillOpen(id) {
  const deal = known(id);
  // The timer may be a moment late; the deadline is not.
  if (deal.state !== "open" || now() >= deal.deadline) {
    throw problem.conflict("deal-closed", "该团已截止。", "The deal is closed.");
  }
  return deal;
}

function refused(refusal) {
  return refusal === "insufficient"
    ? problem.conflict("balance-too-low", "余额不足，请充值后再参团。", "Your balance is too low; top it up and join again.")
    : problem.conflict("charge-not-allowed", "金额超过单次限额，请减少份数。", "That is above what may be charged at once; take fewer.");
}

export const capability = plugin({
  ...manifest,
  collections: [DEALS, JOINS],
  publishes: [SUCCEEDED, FAILED],
  reactions: [onTimer(DEADLINE, decide), onTimer(SETTLEMENT, settle)],
  operations: [
    post("/deals", open_deal, {
      roles: ["provider"], title: ["开团", "Open a deal"], output: Deal,
      input: {
        title: string(1, 60), price: integer(1, 50_000), minimum: integer(1, 10_000), places: integer(1, 10_000),
        deadline: time(),
      },
    }),
    get("/deals", list_deals, {
      roles: ["anyone"], title: ["团购列表", "List deals"], output: { items: list(Deal) },
      input: { state: optional(oneOf("open", "succeeded", "failed")), cursor: optional(string()) },
    }),
    get("/deals/{id}", get_deal, { roles: ["anyone"], title: ["团购详情", "Show a deal"], input: { id: id() }, output: Deal }),
    post("/deals/{id}/join", join_deal, {
      roles: ["resident"], title: ["参团", "Join a deal"], input: { id: id(), shares: optional(integer(1, 99)) }, output: Join,
    }),
    post("/deals/{id}/leave", leave_deal, {
      roles: ["resident"], title: ["退出", "Leave a deal"], input: { id: id() }, output: Join,
    }),
    get("/joins", list_joins, {
      roles: ["resident"], title: ["我参加的团", "What I joined"], input: { cursor: optional(string()) },
      output: { items: list(Join) },
    }),
  ],
});
