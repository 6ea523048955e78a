// What a parcel is, and what becomes of it.

import {
  collection, event, integer, newId, now, nullable, oneOf, optional, randomDigits, setting, string, time, timer,
} from "../vendor/linli/index.js";

const HOUR = 3_600_000;
/** Reminders before a parcel goes back. */
const MAX_REMINDERS = 3;
/** Digits of a pick-up code: with five wrong tries an hour, a locker would be guessed open once in two centuries. */
const CODE_DIGITS = 6;

export const REMIND_AFTER = setting("remind_after_hours", {
  title: ["提醒间隔（小时）", "Hours between reminders"], schema: integer(1, 168), default: 24,
});
export const API_TOKEN = setting("api_token", {
  title: ["快递接口令牌", "Token for the courier's API"], schema: string(1, 200), secret: true,
});

export const WAYBILL = () => ({ type: "string", pattern: "^[A-Z0-9]{8,24}$" });

/**
 * By waybill. `expected` until the courier reports it; `waiting` in a locker; `collected`; `returned` when nobody came.
 * An owner is a resident who expects it, null as long as nobody has said so.
 */
export const PARCELS = collection("parcels", {
  indexes: { by_owner: ["/owner", "/since"], by_code: ["/open_with"] },
  keepDays: 90,
});

/** A parcel, as its owner sees it. */
export const Shown = {
  waybill: WAYBILL(),
  state: oneOf("expected", "waiting", "collected", "returned"),
  locker: nullable(string()),
  code: optional(string()),
  since: time(),
};

export const shown = ({ waybill, state, locker, code, since }) => ({
  waybill, state, locker, since: new Date(since).toISOString(), ...(state === "waiting" ? { code } : {}),
});

/** For whoever tells residents: a notification service, a kiosk. */
export const WAITING = event("parcel.waiting", { waybill: WAYBILL(), owner: nullable(string()), reminders: integer(0) });
export const RETURNED = event("parcel.returned", { waybill: WAYBILL(), owner: nullable(string()) });
/** From the task that asked the courier, to ourselves. */
export const ARRIVED = event("parcel.arrived", { waybill: WAYBILL(), locker: string(1, 40) });
export const REMINDER = timer("reminder.due");

/** The courier has put it into a locker. Told twice, it has arrived once. */
export function arrive({ waybill, locker }) {
  const known = PARCELS.get(waybill);
  if (known && known.state !== "expected") return;
  const code = randomDigits(CODE_DIGITS);
  const parcel = {
    waybill, owner: known?.owner ?? null, state: "waiting", locker, code,
    // In an index only while the code opens something.
    open_with: `${locker}/${code}`,
    since: now(), reminders: 0, visit: newId(),
  };
  parcel.timer = remindLater(parcel);
  PARCELS.put(waybill, parcel);
  WAITING.publish({ waybill, owner: parcel.owner, reminders: 0 });
}

const remindLater = ({ waybill, visit }) =>
  REMINDER.schedule(now() + REMIND_AFTER.get() * HOUR, { waybill, visit });

/** Nobody came yet: tell them again, and in the end send it back. */
export function remind({ waybill, visit }) {
  const parcel = PARCELS.get(waybill);
  // Collected in the very moment the timer fired, or here for another time.
  if (parcel?.state !== "waiting" || parcel.visit !== visit) return;
  if (parcel.reminders >= MAX_REMINDERS) {
    PARCELS.put(waybill, { ...closed(parcel), state: "returned", since: now() });
    RETURNED.publish({ waybill, owner: parcel.owner });
    return;
  }
  const reminders = parcel.reminders + 1;
  PARCELS.put(waybill, { ...parcel, reminders, timer: remindLater(parcel) });
  WAITING.publish({ waybill, owner: parcel.owner, reminders });
}

/** Taken out. */
export function collect(parcel) {
  REMINDER.cancel(parcel.timer);
  PARCELS.put(parcel.waybill, { ...closed(parcel), state: "collected", since: now() });
}

/** Without what only a waiting parcel has. */
const closed = ({ open_with, code, timer, ...rest }) => rest;

