// Parcel lockers: residents say which parcels they expect, the courier reports arrivals, the locker opens to a code.

import {
  accepted, caller, created, get, list, noContent, now, onEvent, onTimer, outbound, page, plugin, post, problem, string,
  subject, Unanswered,
} from "../vendor/linli/index.js";
import manifest from "../vendor/linli/manifest.js";
import {
  API_TOKEN, ARRIVED, PARCELS, REMIND_AFTER, REMINDER, RETURNED, Shown, WAITING, WAYBILL, arrive, collect, remind, shown,
} from "./parcels.js";

const COURIER = "https://api.courier.example";

/** A resident expects a parcel, whether it has arrived or not. */
function expect_parcel({ waybill }) {
  const owner = subject();
  const known = PARCELS.get(waybill);
  if (known?.owner && known.owner !== owner) {
    throw problem.conflict(
      "parcel-of-another", "该运单已由他人登记，请核对单号。", "Somebody else expects this parcel; check the number.",
      { pointer: "/waybill" },
    );
  }
  const parcel = known ? { ...known, owner } : { waybill, owner, state: "expected", locker: null, since: now() };
  PARCELS.put(waybill, parcel);
  return created(shown(parcel));
}

/** A resident's parcels, the latest first, with the codes of those that wait. */
function list_parcels() {
  const { items, next } = PARCELS.scan({ index: "by_owner", equals: [subject()], descending: true }, 50);
  return page({ items: items.map(shown), next });
}

/** The courier's webhook. What it says is asked back at the courier before anything is written. */
function report_arrival({ waybill }) {
  ours();
  let answer;
  try {
    answer = outbound.send({
      url: `${COURIER}/waybills/${waybill}`, headers: { authorization: `Bearer ${API_TOKEN.get()}` }, timeout: 3_000,
    });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    throw problem.unavailable(
      "courier-unreachable", "快递系统暂时没有应答，请稍后重试。", "The courier does not answer at present; try again later.",
    );
  }
  const said = answer.status === 200 ? answer.json() : {};
  if (said.state !== "in-locker" || typeof said.locker !== "string") {
    throw problem.conflict(
      "parcel-not-there", "快递系统中该运单尚未入柜。", "By the courier's own books the parcel is in no locker yet.",
    );
  }
  ARRIVED.publish({ waybill, locker: said.locker });
  return accepted({ waybill, locker: said.locker });
}

/** The locker asks whether a code opens it. */
function open_locker({ locker, code }) {
  ours();
  const [parcel] = PARCELS.first({ index: "by_code", equals: [`${locker}/${code}`] }, 1);
  if (!parcel) {
    throw problem.notFound("code-wrong", "取件码不正确，请重新输入。", "The code is not right; enter it again.");
  }
  collect(parcel);
  return noContent();
}

/** Our own systems alone: a token of another merchant is none here. */
function ours() {
  if (caller().provider !== manifest.provider) {
    throw problem.forbidden("not-our-system", "仅限本柜运营方的系统调用。", "This is for the systems of these lockers.");
  }
}

export const capability = plugin({
  ...manifest,
  settings: [REMIND_AFTER, API_TOKEN],
  collections: [PARCELS],
  publishes: [ARRIVED, WAITING, RETURNED],
  reactions: [onEvent(manifest.name, ARRIVED.name, arrive), onTimer(REMINDER, remind)],
  operations: [
    post("/parcels", expect_parcel, {
      roles: ["resident"], title: ["登记待收快递", "Expect a parcel"], input: { waybill: WAYBILL() }, output: Shown,
    }),
    get("/parcels", list_parcels, {
      roles: ["resident"], title: ["我的快递", "My parcels"], output: { items: list(Shown) },
    }),
    post("/arrivals", report_arrival, {
      roles: ["provider"], title: ["快递入柜通知", "Report an arrival"], task: true,
      input: { waybill: WAYBILL() }, output: { waybill: WAYBILL(), locker: string() },
    }),
    post("/pickups", open_locker, {
      roles: ["provider"], title: ["开柜取件", "Open a locker"],
      input: { locker: string(1, 40), code: { type: "string", pattern: "^[0-9]{6}$" } },
    }),
  ],
});
