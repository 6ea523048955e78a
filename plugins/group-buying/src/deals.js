// What a deal is, and how it ends: charged for all who joined when they are enough by the deadline, else for nobody.

import {
  account, collection, event, id, integer, ledger, now, oneOf, Refused, stock, string, time, timer,
} from "../vendor/linli/index.js";
import manifest from "../vendor/linli/manifest.js";

/** Holds captured or released in one commit: far below what a reaction may take, however many joined. */
const BATCH = 50;
const DAY = 86_400_000;

export const BOOK = "CNY";
/** Days from opening to the deadline, at most: a hold lasts ninety at most, and is settled after the deadline. */
export const MAX_DAYS = 60;

/** `open` until the deadline; then `succeeded` or `failed`, for ever. */
export const DEALS = collection("deals", { indexes: { by_state: ["/state", "/deadline"] }, keepDays: 400 });
/** By `deal~person`; `held` until it is `charged`, `released`, or `left` by its own will. */
export const JOINS = collection("joins", {
  indexes: { by_deal: ["/deal", "/state"], by_person: ["/person", "/at"] }, keepDays: 400,
});

export const SUCCEEDED = event("deal.succeeded", { deal: id(), shares: integer(0) });
export const FAILED = event("deal.failed", { deal: id(), shares: integer(0) });
export const DEADLINE = timer("deadline.reached");
export const SETTLEMENT = timer("settlement.continued");

export const Deal = {
  id: id(), title: string(1, 60), price: integer(1), minimum: integer(1), places: integer(1), joined: integer(0),
  deadline: time(), state: oneOf("open", "succeeded", "failed"),
};
export const Join = { deal: id(), shares: integer(1), amount: integer(1), state: oneOf("held", "charged", "released", "left") };

const counter = (deal) => `deal/${deal}`;

export function open(deal) {
  stock.open(counter(deal.id), deal.places);
  DEADLINE.schedule(deal.deadline, { deal: deal.id });
  DEALS.put(deal.id, deal);
}

/** Shares that were taken. */
export function joined(deal) {
  const { available, ceiling } = stock.level(counter(deal.id));
  return ceiling - available;
}

export const shownDeal = (deal) => ({
  id: deal.id, title: deal.title, price: deal.price, minimum: deal.minimum, places: deal.places, joined: joined(deal),
  deadline: new Date(deal.deadline).toISOString(), state: deal.state,
});

export const shownJoin = ({ deal, shares, amount, state }) => ({ deal, shares, amount, state });

/** Takes the shares and sets the money aside. False when there are not so many left; throws `Refused`. */
export function take(deal, person, shares) {
  // A take that fits meets no other: hundreds may join in the same second.
  if (!stock.take(counter(deal.id), shares)) return false;
  const amount = deal.price * shares;
  const hold = ledger.hold({
    book: BOOK, payer: account.subject, payee: account.provider(manifest.provider), maximum: amount,
    // Longer than it takes to settle: what was not captured by then goes back by itself.
    expiresAt: deal.deadline + 7 * DAY, memo: deal.title,
  });
  JOINS.put(`${deal.id}~${person}`, { deal: deal.id, person, shares, amount, hold, state: "held", at: now() });
  return true;
}

export function leave(deal, join) {
  ledger.release(join.hold);
  stock.give(counter(deal.id), join.shares);
  JOINS.put(`${join.deal}~${join.person}`, { ...join, state: "left" });
}

/** The deadline is there: once and for all, enough or not. */
export function decide({ deal: dealId }) {
  const deal = DEALS.get(dealId);
  if (deal?.state !== "open") return;
  const shares = joined(deal);
  const state = shares >= deal.minimum ? "succeeded" : "failed";
  DEALS.put(deal.id, { ...deal, state });
  (state === "succeeded" ? SUCCEEDED : FAILED).publish({ deal: deal.id, shares });
  settle({ deal: deal.id });
}

/** Charges or releases a batch, and goes on with the next one in a commit of its own. */
export function settle({ deal: dealId }) {
  const deal = DEALS.get(dealId);
  const batch = JOINS.first({ index: "by_deal", equals: [dealId, "held"] }, BATCH);
  for (const join of batch) {
    const state = deal.state === "succeeded" ? charge(join) : release(join);
    JOINS.put(`${join.deal}~${join.person}`, { ...join, state });
  }
  if (batch.length === BATCH) SETTLEMENT.schedule(now(), { deal: dealId });
}

function charge(join) {
  try {
    ledger.capture(join.hold, join.amount);
    return "charged";
  } catch (error) {
    // Expired while the platform stood still for days: the money went back already.
    if (error instanceof Refused && error.refusal === "hold-closed") return "released";
    throw error;
  }
}

function release(join) {
  try {
    ledger.release(join.hold);
  } catch (error) {
    if (!(error instanceof Refused && error.refusal === "hold-closed")) throw error;
  }
  return "released";
}
