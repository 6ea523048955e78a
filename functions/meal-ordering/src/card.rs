//! The meal card: topped up at the counter, charged for meals.

use std::collections::BTreeMap;

use linli_sdk::Text;
use linli_sdk::ledger::{self, Account};
use linli_sdk::people::Denial;
use linli_sdk::prelude::*;

use crate::events::{CARD_TOPPED_UP, CardToppedUp};
use crate::menu::KEEP_DAYS;
use crate::order::{ORDERS, Order};
use crate::payment::{BOOK, issue};
use crate::problem;
use crate::terms::TERMS;

/// Entries shown of a card or a till, when the caller does not say.
const ENTRIES_SHOWN: u32 = 20;

/// Money paid in at the counter, as stored: what the cash in the till is checked against.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TopUp {
    id: Id,
    person: PersonRef,
    amount_fen: i64,
    receipt: Option<String>,
    by: PersonRef,
    #[serde(with = "linli_sdk::micros")]
    at: Timestamp,
}

const BY_WORKER: Index = Index::new("by_worker", &["/by", "/at"]);

/// All top-ups.
pub(crate) const TOP_UPS: Collection<TopUp> =
    Collection::new("top_ups").indexes(&[BY_WORKER]).keep_days(KEEP_DAYS);

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopUpPage {
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    #[schemars(length(max = 400))]
    cursor: Option<String>,
}

/// A top-up, as the worker who took the cash sees it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedTopUp {
    id: Id,
    name_masked: Option<String>,
    amount_fen: i64,
    receipt: Option<String>,
    at: Timestamp,
}

/// The cash the calling worker took, newest first: to count the till by.
pub(crate) fn list_top_ups(TopUpPage { limit, cursor }: TopUpPage) -> Result<Page<ListedTopUp>, Problem> {
    let mine = BY_WORKER.equal(context::subject()?.as_str()).descending();
    let page = TOP_UPS.scan(&mine, limit.unwrap_or(ENTRIES_SHOWN), cursor.as_deref())?;
    Ok(page.map(|TopUp { id, person, amount_fen, receipt, at, .. }| ListedTopUp {
        name_masked: masked_name(&person),
        id,
        amount_fen,
        receipt,
        at,
    }))
}

/// Money to put on a card.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTopUp {
    /// Whose card, as shown by `GET /card`.
    resident: PersonRef,
    #[schemars(range(min = 1, max = 500_000))]
    amount_fen: i64,
    /// The number on the receipt.
    #[schemars(length(min = 1, max = 40))]
    receipt: Option<String>,
}

/// Money that was put on a card.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownTopUp {
    id: Id,
    resident: PersonRef,
    /// So that the worker sees whose card it is.
    name_masked: Option<String>,
    amount_fen: i64,
    /// On the card now.
    balance_fen: i64,
}

/// A worker takes cash and puts it on a card.
pub(crate) fn create_top_up(new: NewTopUp) -> Result<Created<ShownTopUp>, Problem> {
    let worker = context::subject()?;
    let name_masked = neighbour(&new.resident)?;
    if worker == new.resident {
        return Err(problem::top_up_to_oneself());
    }
    let terms = TERMS.get();
    if new.amount_fen > terms.top_up_max_fen {
        return Err(problem::top_up_too_large(terms.top_up_max_fen));
    }
    let now = context::now();
    // What is set aside for meals still lies on the card.
    let before = ledger::balance_at(BOOK, &Account::Person(new.resident.clone()), now);
    let room = (terms.card_max_fen - before).max(0);
    if new.amount_fen > room {
        return Err(problem::card_full(room));
    }
    let id = context::new_id();
    issue(&new.resident, new.amount_fen, &id);
    let top_up = TopUp {
        id,
        person: new.resident,
        amount_fen: new.amount_fen,
        receipt: new.receipt,
        by: worker,
        at: now,
    };
    TOP_UPS.put(&top_up.id, &top_up);
    let TopUp { id, person, amount_fen, .. } = top_up;
    CARD_TOPPED_UP.publish(&CardToppedUp { top_up: id.clone(), person: person.clone(), amount_fen });
    let balance_fen = before + amount_fen;
    Ok(Created(ShownTopUp { id, resident: person, name_masked, amount_fen, balance_fen }))
}

/// How many entries.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardEntries {
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u32>,
}

/// A card.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Card {
    /// Whose: what a worker scans to top it up.
    person: PersonRef,
    /// What can be spent.
    balance_fen: i64,
    /// Besides, what is set aside for meals not picked up yet.
    held_fen: i64,
    /// Newest first.
    entries: Vec<CardEntry>,
}

/// A line of a card's statement.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CardEntry {
    at: Timestamp,
    /// Negative when money went.
    amount_fen: i64,
    /// After it, what was set aside included.
    balance_fen: i64,
    kind: EntryKind,
    /// What it was, in words.
    text: Text,
    /// The order or top-up it is about.
    reference: Option<String>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EntryKind {
    /// Paid in at the counter.
    TopUp,
    /// Paid for a meal.
    Meal,
    /// Given back for a meal.
    Refund,
    /// By another service.
    Other,
}

/// What the subject has on the card, and what it went for lately.
pub(crate) fn show_card(CardEntries { limit }: CardEntries) -> Result<Card, Problem> {
    let person = context::subject()?;
    let balance_fen = ledger::balance(BOOK, &Account::Subject);
    let held_fen = ledger::balance_at(BOOK, &Account::Subject, context::now()) - balance_fen;
    let entries = ledger::entries(BOOK, &Account::Subject, limit.unwrap_or(ENTRIES_SHOWN), None).items;
    let ids: Vec<String> = entries.iter().filter_map(|entry| read_memo(&entry.memo).1).collect();
    let orders = ORDERS.get_many(&ids).into_iter().flatten();
    let orders: BTreeMap<Id, Order> = orders.map(|order| (order.id.clone(), order)).collect();
    let shown = |entry: ledger::Entry| {
        let (kind, reference) = read_memo(&entry.memo);
        let order = reference.as_deref().and_then(|id| orders.get(&id.parse::<Id>().ok()?));
        CardEntry {
            at: entry.at,
            amount_fen: entry.amount,
            balance_fen: entry.balance,
            kind,
            text: describe(kind, order, &entry.memo),
            reference,
        }
    };
    Ok(Card { person, balance_fen, held_fen, entries: entries.into_iter().map(shown).collect() })
}

/// A memo of this component is `kind/reference`.
fn read_memo(memo: &str) -> (EntryKind, Option<String>) {
    let read = memo.split_once('/').and_then(|(kind, reference)| {
        let kind = match kind {
            "top-up" => EntryKind::TopUp,
            "meal" => EntryKind::Meal,
            "refund" => EntryKind::Refund,
            _ => return None,
        };
        let reference: Id = reference.parse().ok()?;
        Some((kind, Some(reference.into())))
    });
    read.unwrap_or((EntryKind::Other, None))
}

fn describe(kind: EntryKind, order: Option<&Order>, memo: &str) -> Text {
    let about = |zh: &str, en: &str| match order {
        Some(order) => {
            let (meal, date) = (order.meal.title(), &order.date);
            Text::new(
                format!("{zh}：{date} {}，{}", meal.zh, order.canteen),
                format!("{en}: {date} {}, {}", meal.en, order.canteen),
            )
        }
        None => Text::new(zh.to_owned(), en.to_owned()),
    };
    match kind {
        EntryKind::TopUp => Text::new("柜台充值", "Paid in at the counter"),
        EntryKind::Meal => about("用餐", "Meal"),
        EntryKind::Refund => about("退款", "Given back"),
        // Written by another service for statements.
        EntryKind::Other => Text::new(memo.to_owned(), memo.to_owned()),
    }
}

/// A person's name, covered but for what tells two neighbours apart.
pub(crate) fn masked_name(person: &PersonRef) -> Option<String> {
    people::open(person)?.masked(Attribute::Name).ok()
}

/// The masked name of somebody the caller may deal with.
fn neighbour(person: &PersonRef) -> Result<Option<String>, Problem> {
    match people::open(person).map(|person| person.masked(Attribute::Name)) {
        None => Err(problem::resident_unknown().at("/resident")),
        Some(Err(Denial::OutOfArea)) => Err(problem::resident_of_another_area()),
        Some(name) => Ok(name.ok()),
    }
}
